"""What the clips of a template are described by: keyframes, places, crops, transitions. Times are seconds."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator
from fractions import Fraction
from typing import Annotated, Any

from pydantic import AfterValidator, Field, FiniteFloat, GetJsonSchemaHandler, ValidationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from reel.curves import Easing
from reel.request.parts import Number, OpaqueColour, known_transition
from reel.request.rules import Fault, Ruled, fault, refuse, rule


def or_placeholder(schema: JsonSchemaValue, handler: GetJsonSchemaHandler, besides: Collection[str]) -> JsonSchemaValue:
    """The JSON Schema of an object, each of whose fields (but those `besides`) may also be a string with a placeholder, where
    a variable's value can be what it asks for: none is an object or a list.

    Forms and servers check documents by their schema before a placeholder has got its value.
    """
    properties = handler.resolve_ref_schema(schema).get("properties", {})
    for name, part in properties.items():
        is_any_text = part.get("type") == "string" and not {"pattern", "enum", "const"} & part.keys()
        if name not in besides and not is_any_text and _takes_scalar(part):
            about = {key: part.pop(key) for key in ("title", "description", "default") if key in part}
            options = part.pop("anyOf", None) or [{**part}]
            part.clear()
            part.update(about, anyOf=[*options, {"type": "string", "pattern": r"\{\{", "title": "Placeholder"}])
    return schema


def _takes_scalar(part: JsonSchemaValue) -> bool:
    """Whether a text, a number, true or false may stand here."""
    options = part.get("anyOf") or part.get("oneOf")
    if options:
        return any(map(_takes_scalar, options))
    return bool({"enum", "const"} & part.keys()) or part.get("type") in ("string", "number", "integer", "boolean")


class TemplatePart(Ruled):
    """A part of a template. Its JSON Schema lets a placeholder stand for any field, as the template itself does."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return or_placeholder(handler(core), handler, besides=("type",))


class Keyframe(TemplatePart):
    """A value at a time."""

    at: Number = Field(ge=-86_400, le=86_400, description="Seconds from the clip's begin.")
    value: FiniteFloat
    easing: Easing = Field("linear", description="How the value goes on to the next keyframe.")


Animated = FiniteFloat | Annotated[tuple[Keyframe, ...], Field(min_length=1, max_length=1000)]
"""One value, or keyframes."""


def _between(least: float, most: float) -> AfterValidator:
    """Keyframes rise in time, and all values lie in a range."""

    def faults(animated: Any) -> Iterator[Fault]:
        keyframes = animated if isinstance(animated, tuple) else ()
        times = [key.at for key in keyframes if key.knows("at")]
        if any(later <= earlier for earlier, later in itertools.pairwise(times)):
            yield fault("keyframes must have rising times")
        values = [key.value for key in keyframes if key.knows("value")] if keyframes else [animated]
        beyond = (value for value in dict.fromkeys(values) if not least <= value <= most)
        yield from (fault(f"{value:g} is not between {least:g} and {most:g}") for value in beyond)

    def checked(animated: Any, info: ValidationInfo) -> Any:
        refuse(animated, faults(animated), info)
        return animated

    return AfterValidator(checked)


Offset = Annotated[Animated, _between(-10, 10)]
Scale = Annotated[Animated, _between(0, 20)]
Degrees = Annotated[Animated, _between(-36_000, 36_000)]
Opacity = Annotated[Animated, _between(0, 1)]
Decibels = Annotated[Animated, _between(-100, 12)]


class Position(TemplatePart):
    """By how much a clip's area is moved, in shares of the canvas's width and height."""

    x: Offset = Field(0.0, description="To the right.")
    y: Offset = Field(0.0, description="Down.")


class AreaShare(TemplatePart):
    """A rectangle in shares of the canvas; all of it by default."""

    x: float = Field(0.0, ge=-2, le=3)
    y: float = Field(0.0, ge=-2, le=3)
    width: float = Field(1.0, gt=0, le=4)
    height: float = Field(1.0, gt=0, le=4)


class CropShare(TemplatePart):
    """A rectangle in shares of the picture; all of it by default."""

    x: float = Field(0.0, ge=0, lt=1)
    y: float = Field(0.0, ge=0, lt=1)
    width: float = Field(1.0, gt=0, le=1)
    height: float = Field(1.0, gt=0, le=1)

    @rule
    def _inside_its_width(self) -> Iterator[Fault]:
        if self.x + self.width > 1 + 1e-9:
            yield fault("reaches beyond the picture: `x` + `width` are at most 1", "x", "width")

    @rule
    def _inside_its_height(self) -> Iterator[Fault]:
        if self.y + self.height > 1 + 1e-9:
            yield fault("reaches beyond the picture: `y` + `height` are at most 1", "y", "height")


class FocusShare(TemplatePart):
    """The point that stays in sight, in shares of the picture."""

    x: float = Field(0.5, ge=0, le=1)
    y: float = Field(0.5, ge=0, le=1)


class TransitionIn(TemplatePart):
    """How a clip takes over from the one before it on its track; both are seen meanwhile."""

    name: Annotated[str, AfterValidator(known_transition)] = Field("crossfade", description="See docs/transitions.md.")
    duration: Number = Field(Fraction(1, 2), gt=0, le=60, description="Seconds.")
    easing: Easing = "linear"
    colour: OpaqueColour = Field("#000000", description="Of those that go through a colour.")
