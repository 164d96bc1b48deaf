"""Findings: what a request's timelines depend on besides facts, found by analysing sound and picture.

A kind of finding is one entry of `FINDERS`; which of them a request asks for, its kind says. Whoever performs a generation
makes what is wanted its own way, all at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

from reel.errors import merged
from reel.find.ingest import attempted
from reel.find.scene_analysis import scenes_of
from reel.find.sound_analysis import beats_of, offset_of
from reel.findings import Finding, Findings
from reel.kinds import kind_of
from reel.kinds.kind import Want
from reel.make.worker import Worker
from reel.media import Library
from reel.request import Request


@dataclass(frozen=True)
class WantedFinding:
    """A finding that a request asks for, once for all fields that ask for the same."""

    fields: tuple[str, ...]
    """The fields that ask; errors name the first."""
    asset: str
    """What is analysed, as the request names it."""
    given: tuple[Any, ...]
    """What the finder is given before the field and the worker."""


@dataclass(frozen=True)
class Finder:
    """A kind of finding."""

    kind: str
    title: str
    """What finding does, with `{name}` for the asset."""
    find: Callable[..., Finding]
    """Takes what is `given`, the field that asks, and the worker; memoised. Raises `ReelError`."""

    def made(self, wanted: WantedFinding, worker: Worker) -> Finding:
        """What is wanted, found now or before."""
        return self.find(*wanted.given, wanted.fields[0], worker)


class Pending(Protocol):
    """A finding that is being made."""

    def done(self) -> bool: ...

    def result(self) -> Finding:
        """Waits for it. Raises `ReelError`."""


FINDERS = (
    Finder("beats", "beats of {name}", beats_of),
    Finder("sync", "sync {name}", offset_of),
    Finder("scenes", "scenes of {name}", scenes_of),
)
_BY_KIND = {finder.kind: finder for finder in FINDERS}


def begun(
    request: Request, library: Library, begin: Callable[[Finder, WantedFinding], Pending]
) -> list[tuple[WantedFinding, Pending]]:
    """All that a request asks for, each begun by `begin`."""
    return [(wanted, begin(finder, wanted)) for finder, wanted in wanted_of(request, library)]


def wanted_of(request: Request, library: Library) -> Iterator[tuple[Finder, WantedFinding]]:
    """All that a request asks for, each with what finds it."""
    assets = request.asset_places()
    alike: dict[tuple[Any, ...], list[Want]] = {}
    for want in kind_of(request).wants(request):
        heard = (library[place].sha256 for place in want.of)
        alike.setdefault((want.finding, *heard, *want.given), []).append(want)
    for first, *others in alike.values():
        facts = (library[place] for place in first.of)
        fields = tuple(want.field for want in (first, *others))
        yield _BY_KIND[first.finding], WantedFinding(fields, assets[first.of[0]], (*facts, *first.given))


def settled_findings(pending: Iterable[tuple[WantedFinding, Pending]]) -> Findings:
    """What was found, under each field that asks. Raises one error with the problems of all that give nothing."""
    pairs = list(pending)
    results, failures = attempted({wanted.fields[0]: each.result for wanted, each in pairs})
    if failures:
        raise merged(failures)
    return {field: results[wanted.fields[0]] for wanted, _ in pairs for field in wanted.fields}


def find_all(request: Request, library: Library, worker: Worker) -> Findings:
    """All findings that the request's timelines depend on, memoised. Errors: as `settled_findings`."""
    # As many at a time as the worker has room for.
    with ThreadPoolExecutor(worker.room.processors, "find") as threads:
        return settled_findings(
            begun(request, library, lambda finder, wanted: threads.submit(finder.made, wanted, worker))
        )
