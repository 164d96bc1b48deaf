"""What can be read of a document that is not right as a whole, so that all that is wrong with it can be told at once.

What is wrong is taken out, and noted where it was (`Partial`), or a stand-in put in its place so that everything else keeps its
number, until the rest can be read. Nothing that depends on what was taken out may be said to be wrong later: rules do not see
it, and the places are handed on as unknown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from reel.errors import Problem
from reel.request.places import Path, below, lies_in, unnumbered
from reel.request.problems import (
    MOST_FAULTS,
    Models,
    first_errors,
    hint_of,
    holds,
    path_in,
    problems_of,
    without_repeats,
)
from reel.request.rules import AS_IT_IS, Partial
from reel.words import FAULT, PLAIN, choices_of

Model = TypeVar("Model", bound=BaseModel)

MOST_ROUNDS = 24
"""Each takes out something larger around what is wrong, or tries another stand-in; documents are about six levels deep."""

STAND_INS: Mapping[str, Any] = {"colour": "#000000", "name": "golden", "url": "https://unknown.example"}
"""For fields that must be there, and that few texts are good for."""
PLAIN_STAND_INS: tuple[Any, ...] = ("unknown", 1, [])
"""For all others: one of them is good, whatever is asked for."""

SIZING = ("type", "name", "resolution", "width", "height")
"""Fields that an output keeps that is wrong as a whole: what others are held to."""

NO_VIDEO: Mapping[str, Any] = {"type": "analysis"}
"""Stands for an output that cannot be read: nothing is held to it."""


@dataclass(frozen=True)
class Salvaged(Generic[Model]):
    """What could be read."""

    value: Model | None
    """Null where nothing could."""
    problems: tuple[Problem, ...] = ()
    unknown: frozenset[str] = frozenset()
    """The places that were taken out, and those that they stood for."""


def salvaged(
    model: type[Model],
    document: Mapping[str, Any],
    context: Mapping[str, Any],
    others: Models,
    stand_ins: Mapping[str, Any],
    open_places: Collection[Path] = (),
) -> Salvaged[Model]:
    """What can be read of a document, in which `open_places` hold nothing of use, and all that is wrong with it besides.
    `stand_ins` are for fields that must be there, as `timeline` and `switches[].at`, and for entries of lists that others are
    counted by, as `timeline.tracks[]`."""

    def begun() -> _Salvage[Model]:
        return _Salvage(document, model, others, stand_ins, open_places)

    salvage = begun() if open_places else None
    for _ in range(MOST_ROUNDS):
        try:
            value = model.model_validate(salvage.document if salvage else document, context=dict(context))
        except ValidationError as error:
            salvage = salvage or begun()
            salvage.learn(error)
            if salvage.lost or error.error_count() > MOST_FAULTS:
                return salvage.outcome(None)
        else:
            if salvage:  # once more, so that there is something everywhere
                value = model.model_validate(salvage.document, context={**context, AS_IT_IS: True})
                return salvage.outcome(value)
            return Salvaged(value)
    return salvage.outcome(None) if salvage else Salvaged(None)


class _Salvage(Generic[Model]):
    def __init__(
        self,
        document: Mapping[str, Any],
        model: type[Model],
        others: Models,
        stand_ins: Mapping[str, Any],
        open_places: Collection[Path],
    ) -> None:
        self.document = _in_parts(document)
        self.lost = False
        self._model, self._others, self._stand_ins = model, others, stand_ins
        self._problems: dict[Problem, None] = {}
        self._unknown: set[str] = set()
        self._taken: set[Path] = set()
        self._fillings: dict[Path, Iterator[Any]] = {}
        self._given_up: set[Path] = set()
        """Entries of lists of which nothing is left."""
        for path in open_places:
            self._leave_open(path)

    def outcome(self, value: Model | None) -> Salvaged[Model]:
        return Salvaged(value, tuple(self._problems), frozenset(self._unknown))

    def learn(self, error: ValidationError) -> None:
        """Note what is new, and take out what is wrong."""
        found = [*problems_of(error, self.document, self._model, self._others)]
        self._problems |= dict.fromkeys(problem for problem in found if not self._follows(problem))
        details = without_repeats(first_errors(error))
        paths: dict[Path, list[str]] = {}
        for detail in details:
            if self._is_told_of(detail):
                continue
            paths.setdefault(path_in(self.document, detail), []).extend(_choices(detail))
            if meant := self._meant(detail):
                self._leave_open(meant)
        for path, choices in paths.items():
            self._take_out(path, choices)

    def _is_told_of(self, detail: ErrorDetails) -> bool:
        """Whether an error is a rule's, which is not looked at again, and neither are the fields that break it."""
        if detail["type"] != FAULT:
            return False
        path, context = path_in(self.document, detail), detail["ctx"]
        at = context["at"]
        here = path[:-1] if at and path[-1:] == (at,) else path
        value = self._at(here)
        if not isinstance(value, Partial) or not context["fields"]:
            return False
        value.told.add(context["what"])
        for name in context["fields"]:
            self._leave_open((*here, name))
            value.pop(name, None)
        return True

    def _leave_open(self, path: Path) -> None:
        """Have nothing rest on what is at a place."""
        self._unknown.add(reduce(below, path, ""))
        around = self._at(path[:-1])
        if isinstance(around, Partial):
            around.refused.setdefault(str(path[-1]), path[-1] in around)

    def _follows(self, problem: Problem) -> bool:
        """Whether a problem may only be there because of what was taken out, or was open from the begin."""
        return problem.what != PLAIN["extra_forbidden"] and lies_in(problem.place, self._unknown)

    def _meant(self, detail: ErrorDetails) -> Path | None:
        """A field of a wrong name stands for another one, whose value is unknown then."""
        if detail["type"] != "extra_forbidden":
            return None
        return hint_of(detail, self.document, self._model, self._others).meant

    def _take_out(self, path: Path, choices: Collection[str] = ()) -> None:
        if not path:
            self.lost = True
            return
        around = self._at(path[:-1])
        last = path[-1]
        if around is None:
            return
        self._leave_open(path)
        if isinstance(around, list) and isinstance(last, int) and path not in self._given_up:
            stand_in = self._stand_in(path, around[last]) if last < len(around) else None
            self._taken.add(path)
            if stand_in is not None:
                around[last] = stand_in
                return
        elif isinstance(around, dict):
            if path not in self._taken and last in around:
                self._taken.add(path)
                del around[last]
                self._fillings.setdefault(path, self._filling(path, choices))
                return
            fillings = self._fillings.setdefault(path, self._filling(path, choices))
            if (filling := next(fillings, None)) is not None:
                self._taken.add(path)
                around[last] = _in_parts(filling)
                return
        self._take_out(path[:-1])

    def _stand_in(self, path: Path, entry: Any) -> Any:
        """What stands for an entry of a list; null where nothing does."""
        if path == ("outputs", path[-1]) and isinstance(entry, dict) and path not in self._taken:
            return Partial({name: entry[name] for name in SIZING if name in entry})
        self._given_up.add(path)
        if path == ("outputs", path[-1]):
            self._unknown.add(f"{reduce(below, path, '')}.resolution")
            return dict(NO_VIDEO)
        found = self._stand_ins.get(f"{unnumbered(reduce(below, path[:-1], ''))}[]")
        return None if found is None else _in_parts(found)

    def _filling(self, path: Path, choices: Collection[str]) -> Iterator[Any]:
        """What may stand for a field that must be there, the likeliest first."""
        place = unnumbered(reduce(below, path, ""))
        if place in self._stand_ins:
            yield self._stand_ins[place]
        if (entry := f"{place}[]") in self._stand_ins:
            yield [self._stand_ins[entry]]
        if path[-1] in STAND_INS:
            yield STAND_INS[str(path[-1])]
        yield from [*choices][:1]
        yield from PLAIN_STAND_INS

    def _at(self, path: Path) -> Any:
        """What is at a path; null where it was taken out with what was around it."""
        here: Any = self.document
        for part in path:
            if not holds(here, part):
                return None
            here = here[part]
        return here


def _in_parts(part: Any) -> Any:
    """A copy of a document in which it can be noted what is wrong with each of its objects."""
    if isinstance(part, Mapping):
        return Partial({name: _in_parts(each) for name, each in part.items()})
    return [_in_parts(each) for each in part] if isinstance(part, list | tuple) else part


def _choices(detail: ErrorDetails) -> list[str]:
    return choices_of(detail) if detail["type"] in ("literal_error", "enum") else []
