"""The parts that requests of several kinds share: assets, clips, the frame, sound."""

from __future__ import annotations

import reprlib
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

from reel.presets import Aspect, Bitrate, Fit, Resolution
from reel.request.told import Metadata, Webhook
from reel.time import as_fraction, meant_rate
from reel.values import Value


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
    Field(description="A path or a `file:` URI of an input file.", examples=["file:///footage/a.mp4", "clips/b.mov"]),
]

FRAME_RATES = (24, 25, 30, 50, 60, "24000/1001", "30000/1001", "60000/1001")
"""The rates of film, PAL and NTSC, and their doubles: what displays and platforms accept."""


def _known_rate(value: Any) -> Fraction:
    rate = as_fraction(value)
    meant = meant_rate(rate, [Fraction(known) for known in FRAME_RATES]) if rate > 0 else None
    if meant is None or (rate != meant and meant.denominator == 1):
        raise ValueError(f"frame rate {value} is not one of {', '.join(map(str, FRAME_RATES))}")
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


class Clip(Value):
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

    @model_validator(mode="after")
    def _in_before_out(self) -> Clip:
        if self.out is not None and self.out <= self.in_:
            raise ValueError(f"`out` ({float(self.out):g} s) must be after `in` ({float(self.in_):g} s)")
        return self


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


class TimeRange(Value):
    """A part of the video, in seconds; half-open."""

    start: Seconds = Fraction(0)
    end: Seconds

    @model_validator(mode="after")
    def _start_before_end(self) -> TimeRange:
        if self.end <= self.start:
            raise ValueError(f"`end` ({float(self.end):g} s) must be after `start` ({float(self.start):g} s)")
        return self


class Preview(Value):
    """A look at what a request makes: a part of it, smaller, or stills instead of a video."""

    range: TimeRange | None = Field(None, description="Only this part; segments that lie in it as a whole are shared.")
    scale: float = Field(1.0, ge=0.1, le=1, description="Of the width and height.")
    frame: Seconds | None = Field(None, description="Instead of a video, the picture at this second.")
    contact_sheet: int | None = Field(
        None, ge=2, le=100, description="Instead of a video, so many pictures on one sheet."
    )

    @model_validator(mode="after")
    def _one_of(self) -> Preview:
        if self.frame is not None and self.contact_sheet is not None:
            raise ValueError("give either `frame` or `contact_sheet`")
        return self

    @property
    def is_still(self) -> bool:
        return self.frame is not None or self.contact_sheet is not None


class Frame(Value):
    """The picture's shape, speed and budget, and what whoever asks is told; every kind has these fields."""

    aspect: Aspect = Field("9:16", description="Width to height of the frame.")
    resolution: Resolution = Field("1080p", description="Size of the frame's short side.")
    fit: Fit = Field("contain", description="How a clip fills a frame of another shape (the CSS `object-fit` names).")
    frame_rate: FrameRate = Field(Fraction(30), description="Frames per second.")
    bitrate: Bitrate = Field("medium", description="Budget of the picture: low 1000k, medium 2500k, high 5000k.")
    preview: Preview | None = Field(None, description="Only a look at it; null: the whole.")
    metadata: Metadata = Field(
        {},
        description="Anything of your own, at most 4 KiB of JSON: every webhook of the generation carries it.",
        examples=[{"order": "A-1047"}],
    )
    webhook: Webhook | None = Field(None, description="Where else the events of this request go; null: nowhere.")
