"""What can be read of a document that is not right as a whole, so that all that is wrong with it can be told at once.

What is wrong is taken out, or a stand-in put in its place so that everything else keeps its number, until the rest can be
read. Nothing that depends on what was taken out may be said to be wrong later: those places are handed on as unknown.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from reel.errors import Problem
from reel.request.places import Path, below, lies_in
from reel.request.problems import (
    MOST_FAULTS,
    Models,
    first_errors,
    hint_of,
    holds,
    mentions,
    path_in,
    problems_of,
    without_repeats,
)
from reel.words import FAULT, PLAIN

Model = TypeVar("Model", bound=BaseModel)

MOST_ROUNDS = 12
"""Each takes out something larger around what is wrong; documents are about six levels deep."""

STAND_INS: Mapping[str, Any] = {
    "asset": "unknown",
    "soundtrack": "unknown",
    "colour": "#000000",
    "text": "",
    "name": "golden",
}
"""For fields that must be there."""

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
    `stand_ins` are for entries of lists that others are counted by: by list, as in `timeline.tracks[].clips`; and for fields of
    these that must be there, as in `switches[].at`."""

    def begun() -> _Salvage[Model]:
        return _Salvage(copy.deepcopy(dict(document)), model, others, stand_ins, open_places)

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
            return salvage.outcome(value) if salvage else Salvaged(value)
    return salvage.outcome(None) if salvage else Salvaged(None)


class _Salvage(Generic[Model]):
    def __init__(
        self,
        document: dict[str, Any],
        model: type[Model],
        others: Models,
        stand_ins: Mapping[str, Any],
        open_places: Collection[Path],
    ) -> None:
        self.document = document
        self.lost = False
        self._model, self._others, self._stand_ins = model, others, stand_ins
        self._problems: dict[Problem, None] = {}
        self._unknown = {reduce(below, path, "") for path in open_places}
        self._taken: set[Path] = set()
        self._filled: set[Path] = set()
        self._given_up: set[Path] = set()
        """Entries of lists of which nothing is left."""

    def outcome(self, value: Model | None) -> Salvaged[Model]:
        return Salvaged(value, tuple(self._problems), frozenset(self._unknown))

    def learn(self, error: ValidationError) -> None:
        """Note what is new, and take out what is wrong."""
        found = [*problems_of(error, self.document, self._model, self._others)]
        self._problems |= dict.fromkeys(problem for problem in found if not self._follows(problem))
        details = without_repeats(first_errors(error))
        paths = [path for detail in details for path in self._blamed(detail)]
        self._unknown |= {place for detail in details for place in self._meant(detail)}
        for path in dict.fromkeys(paths):
            self._take_out(path)

    def _blamed(self, detail: ErrorDetails) -> list[Path]:
        """What is to be taken out for an error to be gone: of a rule that is broken, those of its fields that are there."""
        path = path_in(self.document, detail)
        if detail["type"] != FAULT:
            return [path]
        here = self._at(path)
        return [(*path, name) for name in detail["ctx"]["fields"] if holds(here, name)] or [path]

    def _follows(self, problem: Problem) -> bool:
        """Whether a problem may only be there because of what was taken out, or was open from the begin."""
        if problem.what == PLAIN["extra_forbidden"]:
            return False
        prefix = "" if problem.place == "request" else f"{problem.place}."
        names = [place.removeprefix(prefix) for place in self._unknown if place.startswith(prefix)]
        return lies_in(problem.place, self._unknown) or mentions(problem, names)

    def _meant(self, detail: ErrorDetails) -> list[str]:
        """A field of a wrong name stands for another one, whose value is unknown then."""
        if detail["type"] != "extra_forbidden":
            return []
        meant = hint_of(detail, self.document, self._model, self._others).meant
        return [reduce(below, meant, "")] if meant else []

    def _take_out(self, path: Path) -> None:
        if not path:
            self.lost = True
            return
        around = self._at(path[:-1])
        last = path[-1]
        if around is None:
            return
        self._unknown.add(reduce(below, path, ""))
        if isinstance(around, list) and isinstance(last, int) and path not in self._given_up:
            stand_in = self._stand_in(path, around[last]) if last < len(around) else None
            self._taken.add(path)
            if stand_in is not None:
                around[last] = stand_in
                return
        elif isinstance(around, dict) and path not in self._taken and last in around:
            self._taken.add(path)
            del around[last]
            return
        elif isinstance(around, dict) and path not in self._filled and (filled := self._filling(path)) is not None:
            self._taken.add(path)
            self._filled.add(path)
            around[last] = filled
            return
        self._take_out(path[:-1])

    def _stand_in(self, path: Path, entry: Any) -> Any:
        """What stands for an entry of a list; null where nothing does."""
        if path == ("outputs", path[-1]) and isinstance(entry, dict) and path not in self._taken:
            return {name: entry[name] for name in SIZING if name in entry}
        self._given_up.add(path)
        if path == ("outputs", path[-1]):
            self._unknown.add(f"{reduce(below, path, '')}.resolution")
            return dict(NO_VIDEO)
        return copy.deepcopy(self._stand_ins.get(_unnumbered(path[:-1])))

    def _filling(self, path: Path) -> Any:
        """What stands for a field that must be there; null where nothing does."""
        return self._stand_ins.get(_unnumbered(path), STAND_INS.get(str(path[-1])))

    def _at(self, path: Path) -> Any:
        """What is at a path; null where it was taken out with what was around it."""
        here: Any = self.document
        for part in path:
            if not holds(here, part):
                return None
            here = here[part]
        return here


def _unnumbered(path: Path) -> str:
    return re.sub(r"\[\d+\]", "[]", reduce(below, path, ""))
