"""Placeholders: `{{NAME}}` in the strings of a template, replaced by data before the template is read as a timeline.

Nothing is evaluated and nothing nests. A string that is one placeholder and nothing else takes the value as it is, a number as
a number; within other text, values are written out. `{{{{` stands for two braces.
"""

from __future__ import annotations

import math
import re
import reprlib
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field, GetJsonSchemaHandler, ValidationInfo, field_validator, model_validator
from pydantic.json_schema import JsonSchemaValue

from reel.errors import Problem
from reel.values import Value

PLACEHOLDER = re.compile(r"\{\{\{\{|\{\{\s*([^{}]*?)\s*\}\}")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?")

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
        "colour": (isinstance(value, str) and bool(COLOUR.fullmatch(value)), "is not a colour such as #ffcc00"),
        "choice": (value in choices, f"is none of {', '.join(choices)}"),
        "asset": (isinstance(value, str) and bool(value), "is not the name of an asset"),
        "text": (isinstance(value, str) and len(value) <= max_length, f"is no text of at most {max_length} characters"),
    }
    holds, what = rules[kind]
    return "" if holds else what


def or_placeholder(schema: JsonSchemaValue, handler: GetJsonSchemaHandler, besides: Collection[str]) -> JsonSchemaValue:
    """The JSON Schema of an object, each of whose fields (but those `besides`) may also be a string with a placeholder.

    Forms and servers check documents by their schema before a placeholder has got its value.
    """
    properties = handler.resolve_ref_schema(schema).get("properties", {})
    for name, field in properties.items():
        is_any_text = field.get("type") == "string" and not {"pattern", "enum", "const"} & field.keys()
        if name not in besides and not is_any_text:
            about = {key: field.pop(key) for key in ("title", "description", "default") if key in field}
            options = field.pop("anyOf", None) or [{**field}]
            field.clear()
            field.update(about, anyOf=[*options, {"type": "string", "pattern": r"\{\{", "title": "Placeholder"}])
    return schema


def escaped(part: Any) -> Any:
    """A document whose strings stand for themselves when placeholders are looked for in it."""
    if isinstance(part, dict):
        return {key: escaped(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [escaped(value) for value in part]
    return part.replace("{{", "{{{{") if isinstance(part, str) else part


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
        Problem(f"data.{name}", f"{reprlib.repr(data[name])} {what}", f"`{name}` is a {variable.type}")
        for name, variable in variables.items()
        if name in data and (what := variable.problem(data[name]))
    ]
    badly_named = [
        Problem(f"variables.{name}", "is not a name", "use letters, digits and _, and begin with a letter")
        for name in variables
        if not NAME.fullmatch(name)
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

    def filled(match: re.Match[str]) -> str:
        if match[1] is None:
            return "{{"
        return in_text(value_of(match[1]))

    return PLACEHOLDER.sub(filled, text)


def in_text(value: Any) -> str:
    """A value as part of a text: true and false as in JSON, numbers in full and without an empty fraction."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        digits = format(Decimal(repr(value)), "f")
        return digits.rstrip("0").rstrip(".") if "." in digits else digits
    return str(value)
