"""`mixer`: N distinct variants from an ordered list of clips."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field, WithJsonSchema

from reel.request import ComposedRequest
from reel.request.kept import ListOf
from reel.request.parts import AudioMode, ClipOrAsset, Loudness, Number, Soundtrack
from reel.request.rules import Fault, Ruled, fault, rule

SpeedFactor = Annotated[
    Number, Field(ge=Fraction(1, 4), le=4), WithJsonSchema({"type": "number", "minimum": 0.25, "maximum": 4})
]


class Speed(Ruled):
    """The speeds that clips may get. Sound keeps its pitch."""

    min: SpeedFactor = Field(Fraction(1), description="Slowest; 0.5 is half speed.")
    max: SpeedFactor = Field(Fraction(1), description="Fastest; 2 is double speed.")
    steps: int = Field(
        5,
        ge=1,
        le=33,
        description="How many different speeds are drawn from, evenly spaced; few speeds share more work.",
    )

    @rule
    def _min_before_max(self) -> Iterator[Fault]:
        if self.min > self.max:
            what = f"`min` ({float(self.min):g}) must not be above `max` ({float(self.max):g})"
            yield fault(what, "min", "max")

    def choices(self) -> tuple[Fraction, ...]:
        """The speeds to draw from: `steps` values from `min` to `max`, rounded to hundredths, each once."""
        if self.min == self.max:
            return (self.min,)
        if self.steps == 1:
            return (round((self.min + self.max) / 2, 2),)
        span = self.max - self.min
        evenly = (self.min + span * step / (self.steps - 1) for step in range(1, self.steps - 1))
        return tuple(sorted({self.min, self.max, *(round(speed, 2) for speed in evenly)}))


MOST_CLIPS = 500
"""Of a request, those that scenes become included."""


class MixerRequest(ComposedRequest):
    """N distinct videos from one ordered list of clips. The same request and seed give the same files."""

    kind: Literal["mixer"] = "mixer"
    clips: ListOf[ClipOrAsset] = Field(
        min_length=1,
        max_length=MOST_CLIPS,
        description="The clips in order; any mix of sizes, rates, codecs, rotations.",
    )
    variants: int = Field(1, ge=1, le=1000, description="How many videos to make; no two are the same.")
    seed: int = Field(0, ge=0, le=2**63 - 1, description="Of all chance in this request.")
    order_mixing: bool = Field(False, description="Shuffle the clips anew for every variant.")
    different_start: bool = Field(
        False, description="Variant i begins i clips (of those that are split: scenes) further on."
    )
    speed: Speed = Field(Speed(), description="Range of speeds; each clip of each variant draws one.")
    audio: AudioMode | Soundtrack = Field("keep", description="The clips' own sound, none, or a soundtrack.")
    loudness: Loudness | Literal["off"] = Field("off", description="What the sound is brought to (EBU R128).")

    def source_places(self) -> dict[str, str]:
        """Every asset that the timelines are made of, under the field that names it (`clips[2].asset`)."""
        places = {f"clips[{number}].asset": clip.asset for number, clip in enumerate(self.clips)}
        if isinstance(self.audio, Soundtrack):
            places["audio.soundtrack"] = self.audio.soundtrack
        return places
