"""Placeholders: `{{NAME}}` in the strings of a template, replaced by data before the template is read as a timeline.

Nothing is evaluated and nothing nests. A string that is one placeholder and nothing else takes the value as it is, a number as
a number; within other text, values are written out. `{{{{` stands for two braces.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from reel.errors import Problem
from reel.values import Value

PLACEHOLDER = re.compile(r"\{\{\{\{|\{\{\s*([^{}]*?)\s*\}\}")
NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")
COLOUR = re.compile(r"^#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?$")

VariableType = Literal["text", "number", "colour", "asset", "boolean", "choice"]


class Variable(Value):
    """What a template leaves open."""

    type: VariableType = "text"
    default: str | float | bool | None = Field(None, description="Where data has no value; null: it must have one.")
    choices: tuple[str, ...] = Field((), description="Of a `choice`: the values that may be chosen.")
    max_length: int = Field(500, ge=1, le=10_000, description="Of a text.")
    description: str = ""

    @model_validator(mode="after")
    def _choices_of_a_choice(self) -> Variable:
        if (self.type == "choice") != bool(self.choices):
            raise ValueError("`choices` belong to a variable of type `choice`, and it needs them")
        return self

    def problem(self, value: Any) -> str:
        """What is wrong with a value; empty where nothing is."""
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        rules = {
            "number": (is_number, "is not a number"),
            "boolean": (isinstance(value, bool), "is neither true nor false"),
            "colour": (isinstance(value, str) and bool(COLOUR.match(value)), "is not a colour such as #ffcc00"),
            "choice": (value in self.choices, f"is none of {', '.join(self.choices)}"),
            "asset": (isinstance(value, str) and bool(value), "is not the name of an asset"),
            "text": (
                isinstance(value, str) and len(value) <= self.max_length,
                f"is no text of at most {self.max_length} characters",
            ),
        }
        holds, what = rules[self.type]
        return "" if holds else what


def resolved(
    document: Any, place: str, variables: Mapping[str, Variable], data: Mapping[str, Any]
) -> tuple[Any, list[Problem]]:
    """A document with every placeholder replaced; and all that is wrong with placeholders, variables and data."""
    problems = [*_wrong_data(variables, data)]
    values = {name: variable.default for name, variable in variables.items() if variable.default is not None} | dict(
        data
    )
    filled = _filled(document, place, variables, values, problems)
    return filled, problems


def _wrong_data(variables: Mapping[str, Variable], data: Mapping[str, Any]) -> list[Problem]:
    unknown = [
        Problem(f"data.{name}", "is not a variable of this template", f"it has: {', '.join(variables) or 'none'}")
        for name in data
        if name not in variables
    ]
    wrong = [
        Problem(f"data.{name}", f"{data[name]!r} {what}", f"`{name}` is a {variable.type}")
        for name, variable in variables.items()
        if name in data and (what := variable.problem(data[name]))
    ]
    badly_named = [
        Problem(f"variables.{name}", "is not a name", "use letters, digits and _, and begin with a letter")
        for name in variables
        if not NAME.match(name)
    ]
    return [*badly_named, *unknown, *wrong]


def _filled(
    part: Any, place: str, variables: Mapping[str, Variable], values: Mapping[str, Any], problems: list[Problem]
) -> Any:
    if isinstance(part, dict):
        return {
            key: _filled(value, f"{place}.{key}" if place else str(key), variables, values, problems)
            for key, value in part.items()
        }
    if isinstance(part, list):
        return [_filled(value, f"{place}[{number}]", variables, values, problems) for number, value in enumerate(part)]
    if isinstance(part, str):
        return _filled_text(part, place, variables, values, problems)
    return part


def _filled_text(
    text: str, place: str, variables: Mapping[str, Variable], values: Mapping[str, Any], problems: list[Problem]
) -> Any:
    def value_of(name: str) -> Any:
        if name not in variables:
            problems.append(
                Problem(
                    place,
                    f"{{{{{name}}}}} is not a variable of this template",
                    f"it has: {', '.join(variables) or 'none'}",
                )
            )
            return ""
        if name not in values:
            problems.append(Problem(place, f"{{{{{name}}}}} has no value", f"give data.{name}, or a default"))
            return ""
        return values[name]

    whole = PLACEHOLDER.fullmatch(text)
    if whole and whole[1] is not None:
        return value_of(whole[1])

    def written(match: re.Match[str]) -> str:
        if match[1] is None:
            return "{{"
        value = value_of(match[1])
        return f"{value:g}" if isinstance(value, float) else str(value)

    return PLACEHOLDER.sub(written, text)
