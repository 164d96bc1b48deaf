"""What a kind of generation is: its request, and all that others ask of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Generic, TypeVar

from reel.errors import Problem
from reel.findings import Findings
from reel.kinds.faults import Faults
from reel.limits import Limits
from reel.media import Library
from reel.plan.compiled import Compiled
from reel.request import Request
from reel.request.filling import Filled
from reel.timeline import Area, TextContent

R = TypeVar("R", bound=Request)

Text = tuple[str, TextContent, Area]
"""A text that is shown, with its field and area."""


@dataclass(frozen=True)
class Want:
    """A finding that a request's timelines rest on."""

    finding: str
    """Of which kind: an entry of `FINDERS` in `reel.find.finders`."""
    field: str
    """The field that asks for it; it is found under that."""
    of: tuple[str, ...]
    """The fields that name what is analysed."""
    given: tuple[Any, ...] = ()
    """What the finder is told besides; can be hashed."""
    begin: Fraction = Fraction(0)
    """Seconds into the first of these assets from which on it is used."""
    optional: bool = False
    """Whether the request compiles without it too, to timelines that differ in little."""


@dataclass(frozen=True)
class Amount:
    """How much of something a request asks for, of which an installation may take on less than is good elsewhere."""

    place: str
    number: Fraction | int
    setting: str
    """The setting that says how much."""
    words: str
    """`{:g} images are more than {:g}`."""


def _nothing(*_: Any) -> tuple[()]:
    return ()


@dataclass(frozen=True)
class Kind(Generic[R]):
    """A kind of generation. What it says is worked out from a request and from facts alone.

    Assets that are not in a `Library` are passed over, and so is what depends on fields that are unknown: a collection of
    places, of which nothing more is to be said.
    """

    request: type[R]
    """The model; its field `kind` has the kind's name for a default."""
    faults: Callable[[R, Library, Collection[str]], Faults]
    """All that is wrong besides the form, as far as it can be said without the assets and fields that are unknown."""
    compile: Callable[[R, Library, Findings], Compiled]
    """The timelines that are asked for. Raises `InvalidRequest` or `BadMedia` with all problems at once."""
    summary: Callable[[Mapping[str, Any]], str]
    """What there is to make, in lists that people read; of a document that may be anything."""
    wants: Callable[[R], Iterable[Want]] = _nothing
    """The findings that the timelines rest on."""
    texts: Callable[[R], Iterable[Text]] = _nothing
    """Every text that is shown; they depend on no asset."""
    amounts: Callable[[R, Library, Collection[str]], Iterable[Amount]] = _nothing
    """What installations may limit, as far as it can be said."""
    filled: Callable[[Mapping[str, Any], Limits], Filled] | None = None
    """Fills in what a document leaves open, within the limits, before it is read; null where nothing ever is."""
    misplaced: Callable[[R, Collection[str]], Iterable[Problem]] = _nothing
    """What is wrong beyond single fields, whatever the assets are."""
    asset_lists: tuple[str, ...] = ()
    """Fields that list assets, where a project or a folder of the tenant's library may stand for several."""
    stand_ins: Mapping[str, Any] = field(default_factory=dict)
    """Of lists by whose numbers others are told (`timeline.tracks[].clips`), what stands for an entry that is wrong."""

    @property
    def name(self) -> str:
        return str(self.request.model_fields["kind"].default)


def counted(number: object, what: str) -> str:
    """`1 clip`, `2 clips`."""
    return f"{number} {what}{'s' * (number != 1)}"


def listed(part: object, name: str) -> Sequence[object]:
    """A list of a document; empty where anything is instead."""
    found = part.get(name) if isinstance(part, Mapping) else None
    return found if isinstance(found, list | tuple) else ()


def entries(part: object, name: str) -> int:
    """How many there are in a list or object of a document, where anything may be instead: it is refused later, in words."""
    found = part.get(name) if isinstance(part, Mapping) else None
    return len(found) if isinstance(found, list | tuple | Mapping) else 0
