"""From JSON to values, with errors that name the field and say what to do. What reads requests themselves is
`reel.kinds.read`."""

from __future__ import annotations

import json
import reprlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from reel.errors import InvalidRequest, Problem
from reel.limits import USUAL
from reel.request.base import Request
from reel.request.places import enclosing, lies_in, unnumbered
from reel.request.problems import problems_of
from reel.request.terms import Terms
from reel.time import LONGEST_NUMBER

Model = TypeVar("Model", bound=BaseModel)

KEEP_ONE = "keep one of the two"
"""What to do about a `RepeatedName`."""


@dataclass(frozen=True)
class Reading:
    """What a document says, as far as it can be read."""

    request: Request
    """Where there are problems, a part of what is asked for, with stand-ins: good to look for more problems in alone."""
    problems: tuple[Problem, ...] = ()
    unknown: frozenset[str] = frozenset()
    """Places of which nothing can be said, as what is there is wrong or missing, and told."""

    @property
    def doubtful(self) -> frozenset[str]:
        """Places of which nothing more is to be said."""
        return self.unknown | {problem.place for problem in self.problems}

    def with_problems(self, *found: Problem) -> Reading:
        """The same, with more that is wrong."""
        return replace(self, problems=tuple(dict.fromkeys((*self.problems, *found)))) if found else self

    def is_certain(self, problem: Problem) -> bool:
        """Whether a problem is one whatever is meant in the places that are unknown: it is in none, and rests on none."""
        return not lies_in(problem.place, self.unknown) and not any(map(self._is_open, problem.rests_on))

    def _is_open(self, place: str) -> bool:
        """Whether something is unknown at a place, in it or around it."""
        unknown = self.unknown | {unnumbered(each) for each in self.unknown}
        return lies_in(place, unknown) or any(place in enclosing(each) for each in unknown)

    def asset_places(self) -> dict[str, str]:
        """The assets that the document names, under the fields that do."""
        return {
            place: asset for place, asset in self.request.asset_places().items() if not lies_in(place, self.unknown)
        }


class RepeatedName(ValueError):
    """An object of a JSON text has a name twice; JSON leaves open which of the two values counts."""


def once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these names and values, for `json.loads`. Raises `RepeatedName`."""
    found = dict(pairs)
    if len(found) < len(pairs):
        name = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise RepeatedName(f"has {reprlib.repr(name)} twice in one object")
    return found


def _whole(digits: str) -> int | float:
    """A whole number; of more digits than any quantity has, one that is too large in few: its field says so."""
    return int(digits) if len(digits) <= LONGEST_NUMBER else float(digits)


def read_json(
    document: str | bytes | Mapping[str, Any], place: str, begin: str, most_characters: int = USUAL.request_characters
) -> Mapping[str, Any]:
    """A JSON object: as it is, or from its text, with or without a byte-order mark, as bytes in UTF-8, -16 or -32.

    Raises `InvalidRequest` that names `place` and shows how one may `begin`.
    """
    if isinstance(document, str | bytes):
        longest = USUAL.model_copy(update={"request_characters": most_characters})
        if fault := longest.fault("request_characters", place, len(document), "has {} characters"):
            raise InvalidRequest(fault)
        try:
            text = document.removeprefix("\ufeff") if isinstance(document, str) else document
            document = json.loads(text, object_pairs_hook=once_each, parse_int=_whole)
        except RepeatedName as error:
            raise InvalidRequest.at(place, str(error), KEEP_ONE) from None
        except RecursionError:
            raise InvalidRequest.at(place, "is nested too deeply", "no request is deeper than ten levels") from None
        except UnicodeDecodeError as error:
            # JSON has no zeros, in UTF-8; in UTF-16 and UTF-32 only what is no JSON fails for another reason.
            if isinstance(document, bytes) and b"\0" in document:
                raise InvalidRequest.at(place, "is no text", f"give a JSON document: {begin}") from None
            what = f"is not {error.encoding.upper()} text: {error.reason}"
            raise InvalidRequest.at(place, what, "save it as UTF-8") from None
        except ValueError as error:
            raise InvalidRequest.at(place, f"is not JSON: {error}", "check it with a JSON linter") from None
    if not isinstance(document, Mapping):
        raise InvalidRequest.at(place, "is not a JSON object", f"begin with {begin}")
    return document


def parse_terms(document: Mapping[str, Any] | Terms | None) -> Terms:
    """The terms that a mapping describes; null stands for the defaults. Raises `InvalidRequest` as `validated`."""
    if isinstance(document, Terms):
        return document
    return under("terms", lambda: validated(Terms, document or {}))


def validated(model: type[Model], document: Any) -> Model:
    """The value that a document describes. Raises `InvalidRequest` with every problem found, each under its field."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise InvalidRequest(*problems_of(error, document, model)) from None


def under(place: str, parse: Callable[[], Model]) -> Model:
    """What `parse` returns; its errors name fields of what is at this place."""
    try:
        return parse()
    except InvalidRequest as refused:
        problems = (
            Problem(place if found.place == "request" else f"{place}.{found.place}", found.what, found.remedy)
            for found in refused.problems
        )
        raise InvalidRequest(*problems) from None
