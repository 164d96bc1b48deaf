"""Placeholders: `{{NAME}}` in the strings of a template, replaced by data before the template is read as a timeline.

Nothing is evaluated and nothing nests. A string that is one placeholder and nothing else takes the value as it is, a number as
a number; within other text, values are written out. `{{{{` stands for two braces.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import reduce
from itertools import islice
from typing import Any

from reel.errors import InvalidRequest, Problem
from reel.limits import USUAL, Limits
from reel.request.places import Path, below
from reel.request.variables import NAME, Variable
from reel.words import did_you_mean, shortened

PLACEHOLDER = re.compile(r"\{\{\{\{|\{\{([^{}]*+)\}\}")

MOST_LISTED = 40
"""Variables that are named where another one was meant."""
LITERAL = ("kind", "variables", "data")
"""Fields of a template in which a placeholder is no placeholder."""
FILLED = "filled"
"""In pydantic's context: the `Filled` that is read. Its placeholders are replaced, and who asks looks at the structure."""


@dataclass(frozen=True)
class Filled:
    """A document with its placeholders replaced."""

    document: Any
    problems: tuple[Problem, ...] = ()
    """All that is wrong with placeholders, variables and data."""
    missing: tuple[Problem, ...] = ()
    """Those of them that values would mend: variables that have none."""
    open: tuple[Path, ...] = ()
    """Where something is left open, as its placeholder has no value that is good."""
    used: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The variables whose values are in a field, for each such field."""
    unused: tuple[str, ...] = ()
    """Variables that nothing depends on, as far as that is known."""


def resolved(
    document: Any,
    variables: Mapping[str, Variable],
    data: Mapping[str, Any],
    unread: Collection[str] = (),
    limits: Limits = USUAL,
) -> Filled:
    """A document with every placeholder replaced. `unread` are variables that are there, but cannot be understood. Raises
    `InvalidRequest` where it would become larger than requests may be."""
    wrong = _wrong_data(variables, data, unread)
    spoilt = {problem.place.removeprefix("data.") for problem in wrong} | {*unread}
    defaults = {name: variable.default for name, variable in variables.items() if variable.default is not None}
    filling = _Filling(variables, defaults | dict(data), spoilt, limits)
    filled = filling.of(document, ())
    return Filled(
        filled,
        (*wrong, *filling.problems),
        tuple(filling.missing),
        tuple(filling.open),
        {place: frozenset(names) for place, names in filling.used.items()},
    )


def _wrong_data(variables: Mapping[str, Variable], data: Mapping[str, Any], unread: Collection[str]) -> list[Problem]:
    unknown = [
        Problem(f"data.{name}", "is not a variable of this template", _meant(name, variables))
        for name in data
        if name not in variables and name not in unread
    ]
    wrong = [
        Problem(
            f"data.{name}",
            f"{_shown(data[name])} {what}",
            f"`{name}` is {'an' if variable.type == 'asset' else 'a'} {variable.type}",
        )
        for name, variable in variables.items()
        if name in data and (what := variable.problem(data[name]))
    ]
    badly_named = [
        Problem(f"variables.{name}", "is not a name", "use letters, digits and _, and begin with a letter")
        for name in (*variables, *unread)
        if not NAME.fullmatch(name)
    ]
    return [*badly_named, *unknown, *wrong]


def _shown(value: Any) -> str:
    """A value as JSON has it."""
    return (
        {None: "null", True: "true", False: "false"}[value]
        if value is None or isinstance(value, bool)
        else reprlib.repr(value)
    )


def _meant(name: str, variables: Collection[str]) -> str:
    return did_you_mean(
        name, variables, f"it has: {shortened(', '.join(islice(variables, MOST_LISTED)) or 'none', 400)}"
    )


class _Filling:
    """One pass over a document, and what was found on the way."""

    def __init__(
        self, variables: Mapping[str, Variable], values: Mapping[str, Any], spoilt: Collection[str], limits: Limits
    ) -> None:
        self._variables, self._values, self._spoilt, self._limits = variables, values, spoilt, limits
        self._written = 0
        self.problems: dict[Problem, None] = {}
        self.missing: dict[Problem, None] = {}
        self.open: dict[Path, None] = {}
        self.used: dict[str, set[str]] = {}

    def of(self, part: Any, path: Path) -> Any:
        """A part of the document, filled in."""
        if isinstance(part, Mapping):
            return {key: self.of(value, (*path, str(key))) for key, value in part.items()}
        if isinstance(part, list | tuple):
            return [self.of(value, (*path, number)) for number, value in enumerate(part)]
        return self._text(part, path) if isinstance(part, str) else part

    def _text(self, text: str, path: Path) -> Any:
        whole = PLACEHOLDER.fullmatch(text)
        if whole and whole[1] is not None:
            value = self._value(whole[1].strip(), path)
            self._count(value if isinstance(value, str) else "", path)
            return value
        return PLACEHOLDER.sub(
            lambda found: "{{" if found[1] is None else self._count(in_text(self._value(found[1].strip(), path)), path),
            text,
        )

    def _count(self, text: str, path: Path) -> str:
        """The text, which is written into the document once more."""
        self._written += len(text)
        place, what = reduce(below, path, ""), "has {} characters with its placeholders filled in"
        if fault := self._limits.fault("request_characters", place, self._written, what):
            raise InvalidRequest(fault)
        return text

    def _value(self, name: str, path: Path) -> Any:
        place = reduce(below, path, "")
        self.used.setdefault(place, set()).add(name)
        if name in self._values and name in self._variables and name not in self._spoilt:
            return self._values[name]
        self.open[path] = None
        if name in self._spoilt:  # what is wrong with it is told where it is said
            return ""
        known = name in self._variables
        what = "has no value" if known else "is not a variable of this template"
        remedy = f"give data.{name}, or a default" if known else _meant(name, self._variables)
        problem = Problem(place, f"{{{{{name}}}}} {what}", remedy)
        self.problems[problem] = None
        self.missing |= {problem: None} if known else {}
        return ""


def in_text(value: Any) -> str:
    """A value as part of a text: true and false as in JSON, numbers in full and without an empty fraction."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        digits = format(Decimal(repr(value)), "f")
        return digits.rstrip("0").rstrip(".") if "." in digits else digits
    return str(value)
