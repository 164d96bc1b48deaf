"""The parts that requests of several kinds share: assets, clips, sound, colours."""

from __future__ import annotations

import reprlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from reel.presets import OWN_TRANSITIONS, TRANSITIONS, Fit, MissingGlyphs
from reel.request.colours import colour_of, opaque_colour_of
from reel.request.rules import Fault, Ruled, fault, rule
from reel.time import as_fraction, meant_rate
from reel.values import Value
from reel.words import did_you_mean, one_of


def _in_one_line(name: str) -> str:
    if "\n" in name or "\r" in name:
        raise ValueError(f"{reprlib.repr(name)} has a line break in it: name one file, in one line")
    if control := next((character for character in name if character < " "), None):
        raise ValueError(f"{reprlib.repr(name)} has a control character in it, U+{ord(control):04X}: write it without")
    return name


AssetName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=4096),
    AfterValidator(_in_one_line),
    Field(
        description="A path or a `file:` URI of an input file; `asset:ID` for one of the tenant's library.",
        examples=["file:///footage/a.mp4", "clips/b.mov"],
    ),
]

FRAME_RATES = (24, 25, 30, 50, 60, "24000/1001", "30000/1001", "60000/1001")
"""The rates of film, PAL and NTSC, and their doubles: what displays and platforms accept."""


def _known_rate(value: Any) -> Fraction:
    rate = as_fraction(value)
    meant = meant_rate(rate, [Fraction(known) for known in FRAME_RATES]) if rate > 0 else None
    if meant is None or (rate != meant and meant.denominator == 1):
        raise ValueError(f"frame rate {str(value)[:40]} is not one of {', '.join(map(str, FRAME_RATES))}")
    return meant


def _rate_to_json(rate: Fraction) -> int | str:
    return rate.numerator if rate.denominator == 1 else str(rate)


FrameRate = Annotated[
    Fraction,
    BeforeValidator(_known_rate),
    PlainSerializer(_rate_to_json, return_type=int | str),
    WithJsonSchema({"enum": list(FRAME_RATES), "title": "Frame rate"}),
]


def _number_to_json(value: Fraction) -> int | float | str:
    """As people write it: 2, 1.5; a string (`1/3`) only where no decimal of a float's length is exact."""
    if value.denominator == 1:
        return value.numerator
    return float(value) if Fraction(repr(float(value))) == value else str(value)


Number = Annotated[
    Fraction, BeforeValidator(as_fraction), PlainSerializer(_number_to_json, return_type=int | float | str)
]
"""An exact number that JSON shows as a plain number."""

Seconds = Annotated[Number, Field(ge=0, le=86_400), WithJsonSchema({"type": "number", "minimum": 0, "maximum": 86_400})]


class Clip(Ruled):
    """A stretch of an asset. A bare string stands for the whole of that asset."""

    asset: AssetName
    in_: Seconds = Field(Fraction(0), alias="in", description="Seconds into the asset at which the clip begins.")
    out: Seconds | None = Field(None, description="Seconds into the asset at which it ends (exclusive); null: its end.")
    fit: Fit | None = Field(None, description="How this clip fills the frame; null: as the request says.")
    split: Literal["scenes"] | None = Field(
        None,
        description="scenes: cut it where its scenes change (hard cuts), and mix each scene as a clip of its own; "
        "null: it stays one clip.",
    )

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {"asset": value} if isinstance(value, str) else value

    @rule
    def _in_before_out(self) -> Iterator[Fault]:
        if self.out is not None and self.out <= self.in_:
            yield fault(f"`out` ({float(self.out):g} s) must be after `in` ({float(self.in_):g} s)", "in", "out")


class Soundtrack(Value):
    """Music or speech under the whole video, in place of the clips' own sound."""

    soundtrack: AssetName
    in_: Seconds = Field(Fraction(0), alias="in", description="Seconds into the asset at which the sound begins.")
    volume: float = Field(0.0, ge=-60, le=12, description="Gain in dB.")
    loop: bool = Field(True, description="Begin again where the asset is shorter than the video; else silence.")


@dataclass(frozen=True)
class OrText:
    """Tells the JSON Schema of a model that a bare string is welcome too."""

    title: str

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [handler(schema), {"type": "string", "minLength": 1, "title": self.title}]}


ClipOrAsset = Annotated[Clip, OrText("Whole asset")]


class Loudness(Value):
    """What a sound is brought to (EBU R128)."""

    lufs: float = Field(-14.0, ge=-40, le=-5, description="Integrated loudness.")
    true_peak_db: float = Field(-1.0, ge=-20, le=0, description="Highest true peak in dBTP.")


AudioMode = Literal["keep", "mute"]

Colour = Annotated[
    str, AfterValidator(colour_of), Field(description="A CSS colour: `#rrggbb`, `#rrggbbaa`, `white`, `rgb(...)`.")
]
OpaqueColour = Annotated[
    str,
    AfterValidator(opaque_colour_of),
    Field(description="A CSS colour without alpha: `#rrggbb`, `white`, `rgb(...)`."),
]

MISSING_GLYPHS: MissingGlyphs = Field(
    "replace",
    description="Characters that no font has: refuse the text, draw what is like them or else a box, or leave them out.",
)


def known_transition(name: str) -> str:
    """A name of a transition; `ValueError` for any other, with the nearest one."""
    if name in TRANSITIONS:
        return name
    # What is written in full is suggested, and never what FFmpeg calls it; of a kind, all that there are.
    if same_kind := [each for each in OWN_TRANSITIONS if each.startswith(f"{name.lower()}-")]:
        raise ValueError(f"{name!r} is not a transition; say which: {one_of(same_kind)}")
    return known(name, OWN_TRANSITIONS, "is not a transition", "see docs/transitions.md")


def known(name: str, names: Collection[str], what: str, otherwise: str) -> str:
    """A name that is one of these; `ValueError` for any other, which says `what` it is not, and the nearest one."""
    if name in names:
        return name
    raise ValueError(f"{name!r} {what}; {did_you_mean(name, names, otherwise)}")
