"""Placeholders: `{{NAME}}` in the strings of a template, replaced by data before the template is read as a timeline.

Nothing is evaluated and nothing nests. A string that is one placeholder and nothing else takes the value as it is, a number as
a number; within other text, values are written out. `{{{{` stands for two braces.
"""

from __future__ import annotations

import math
import re
import reprlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import reduce
from itertools import islice
from typing import Any, Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator

from reel.errors import InvalidRequest, Problem
from reel.limits import USUAL, Limits
from reel.request.colours import colour_of, fault_of
from reel.request.places import Path, below
from reel.request.problems import problems_of
from reel.values import Value
from reel.words import did_you_mean, shortened

PLACEHOLDER = re.compile(r"\{\{\{\{|\{\{([^{}]*+)\}\}")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

MOST_LISTED = 40
"""Variables that are named where another one was meant."""
FILLED = "filled"
"""In pydantic's context: the `Filled` that is read. Its placeholders are replaced, and who asks looks at the structure."""

VariableType = Literal["text", "number", "colour", "asset", "boolean", "choice"]


class Variable(Value):
    """What a template leaves open."""

    type: VariableType = "text"
    choices: tuple[str, ...] = Field((), description="Of a `choice`: the values that may be chosen.")
    max_length: int = Field(500, ge=1, le=10_000, description="Of a text.")
    default: str | float | bool | None = Field(None, description="Where data has no value; null: it must have one.")
    description: str = ""

    @field_validator("default")
    @classmethod
    def _of_its_type(cls, default: Any, info: ValidationInfo) -> Any:
        known = info.data
        if default is not None and {"type", "choices", "max_length"} <= known.keys():
            what = _mismatch(default, known["type"], known["choices"], known["max_length"])
            if what:
                raise ValueError(f"{reprlib.repr(default)} {what}")
        return default

    @model_validator(mode="after")
    def _choices_of_a_choice(self) -> Variable:
        if (self.type == "choice") != bool(self.choices):
            raise ValueError("`choices` belong to a variable of type `choice`, and it needs them")
        return self

    def problem(self, value: Any) -> str:
        """What is wrong with a value; empty where nothing is."""
        return _mismatch(value, self.type, self.choices, self.max_length)


def _mismatch(value: Any, kind: VariableType, choices: tuple[str, ...], max_length: int) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    rules = {
        "number": (is_number and abs(value) < math.inf, "is not a number"),
        "boolean": (isinstance(value, bool), "is neither true nor false"),
        "colour": (isinstance(value, str) and _is_colour(value), "is not a colour"),
        "choice": (value in choices, f"is none of {', '.join(choices)}"),
        "asset": (isinstance(value, str) and bool(value), "is not the name of an asset"),
        "text": (isinstance(value, str) and len(value) <= max_length, f"is no text of at most {max_length} characters"),
    }
    holds, what = rules[kind]
    if not holds and kind == "colour" and isinstance(value, str):
        return fault_of(value)
    return "" if holds else what


def _is_colour(text: str) -> bool:
    try:
        return bool(colour_of(text))
    except ValueError:
        return False


def escaped(part: Any) -> Any:
    """A document whose strings stand for themselves when placeholders are looked for in it."""
    if isinstance(part, dict):
        return {key: escaped(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [escaped(value) for value in part]
    return part.replace("{{", "{{{{") if isinstance(part, str) else part


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


def variables_of(given: Any) -> tuple[dict[str, Variable], list[Problem]]:
    """The variables that can be understood, and what is wrong with the others."""
    found: dict[str, Variable] = {}
    problems: list[Problem] = []
    for name, definition in given.items() if isinstance(given, Mapping) else ():
        try:
            found[str(name)] = Variable.model_validate(definition)
        except ValidationError as error:
            problems += [
                replace(
                    problem, place=f"variables.{name}" + ("" if problem.place == "request" else f".{problem.place}")
                )
                for problem in problems_of(error, definition, Variable)
            ]
    return found, problems


def _wrong_data(variables: Mapping[str, Variable], data: Mapping[str, Any], unread: Collection[str]) -> list[Problem]:
    unknown = [
        Problem(f"data.{name}", "is not a variable of this template", _meant(name, variables))
        for name in data
        if name not in variables and name not in unread
    ]
    wrong = [
        Problem(f"data.{name}", f"{_shown(data[name])} {what}", f"`{name}` is a {variable.type}")
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
