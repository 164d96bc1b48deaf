"""Variables of a template: what it leaves open, and what values each may have."""

from __future__ import annotations

import math
import re
import reprlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator

from reel.errors import Problem
from reel.request.colours import colour_fault
from reel.request.problems import problems_of
from reel.values import Value

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

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
    is_text = isinstance(value, str)
    match kind:
        case "number":
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            return "" if is_number and abs(value) < math.inf else "is not a number"
        case "boolean":
            return "" if isinstance(value, bool) else "is neither true nor false"
        case "colour":
            return colour_fault(value) if is_text else "is not a colour"
        case "choice":
            return "" if value in choices else f"is none of {', '.join(choices)}"
        case "asset":
            return "" if is_text and value else "is not the name of an asset"
        case "text":
            return "" if is_text and len(value) <= max_length else f"is no text of at most {max_length} characters"


def escaped(part: Any) -> Any:
    """A document whose strings stand for themselves when placeholders are looked for in it."""
    if isinstance(part, dict):
        return {key: escaped(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [escaped(value) for value in part]
    return part.replace("{{", "{{{{") if isinstance(part, str) else part


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
