"""What requests of all kinds have in common."""

from __future__ import annotations

from abc import abstractmethod
from fractions import Fraction

from pydantic import Field, model_validator

from reel.presets import Aspect, Bitrate, Fit, Resolution
from reel.request.parts import FrameRate, Seconds
from reel.request.told import Metadata, Webhook
from reel.values import Value


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


class Request(Value):
    """One generation, of some kind: the picture's shape, speed and budget, and what whoever asks is told.

    Each kind adds fields of its own; who handles requests of any kind knows these alone.
    """

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

    @abstractmethod
    def asset_places(self) -> dict[str, str]:
        """Every asset that the request names, under the field that names it (`clips[2].asset`)."""
