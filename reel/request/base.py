"""What requests of all kinds have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from pydantic import Field, model_validator

from reel.errors import Problem
from reel.presets import Aspect, Fit, Resolution, Size, shape_of
from reel.request.outputs import MOST_OUTPUTS, Bits, Codec, VideoOutput, bits_of, settled, wrong_videos
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
    """One generation, of some kind: what is wanted of it, its speed and budget, and what whoever asks is told.

    Each kind adds fields of its own; who handles requests of any kind knows these alone.
    """

    resolution: Resolution | None = Field(
        None, description="Size of the frame's short side, a default of `outputs`; null: as the source has it."
    )
    bitrate: Bits = Field(
        "medium",
        description="Budget of the picture: low 1000k, medium 2500k, high 5000k, or bits per second; a default of `outputs`.",
    )
    outputs: tuple[VideoOutput, ...] | None = Field(
        None,
        min_length=1,
        max_length=MOST_OUTPUTS,
        description="What to deliver; null: one video, as the request says.",
    )
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

    @property
    def shape(self) -> Size | None:
        """The picture's width to its height; null where that is a source's."""
        return None

    @property
    def usual_codec(self) -> Codec | None:
        """Of videos that name none; null where that is the sources' affair."""
        return "h264"

    @property
    def videos(self) -> tuple[VideoOutput, ...]:
        """The videos that are wanted, with what the request says of all of them."""
        return tuple(
            video.model_copy(
                update={
                    "resolution": video.resolution or (None if video.exact else self.resolution),
                    "codec": video.codec or self.usual_codec,
                }
            )
            for video in self.outputs or (VideoOutput(type="video"),)
        )

    @property
    def is_sized(self) -> bool:
        """Whether every video has a size, whatever the sources are."""
        return all(video.resolution or video.exact for video in self.videos)

    def wrong_outputs(self, shape: Size) -> Iterator[Problem]:
        """What is wrong with `outputs` as pictures of a shape."""
        return wrong_videos(self.videos, shape, self.bitrate)

    def in_full(self) -> dict[str, Any]:
        """What is asked for, each value in one form, with defaults of `outputs` in there: equal for two that mean the same."""
        in_bits = self._in_bits()
        is_open = self.shape is None and any(video.bitrate is None for video in in_bits)
        videos = settled(self.videos, self.shape, self.bitrate) if self.shape else in_bits
        told = {
            "resolution": None,
            "bitrate": bits_of(self.bitrate) if is_open else None,
            "outputs": [video.model_dump(mode="json") for video in videos],
        }
        return self.model_dump(mode="json", by_alias=True) | told

    def _in_bits(self) -> tuple[VideoOutput, ...]:
        """The videos with budgets in bits, as far as these are known before the sources are."""
        alone = self.bitrate if len(self.videos) == 1 else None
        budgets = [alone if video.bitrate is None else video.bitrate for video in self.videos]
        return tuple(
            video.model_copy(update={"bitrate": budget and bits_of(budget)})
            for video, budget in zip(self.videos, budgets, strict=True)
        )


class ComposedRequest(Request):
    """A generation whose picture is composed on a frame of a shape that is asked for."""

    aspect: Aspect = Field("9:16", description="Width to height of the frame.")
    resolution: Resolution = Field("1080p", description="Size of the frame's short side; a default of `outputs`.")
    frame_rate: FrameRate = Field(Fraction(30), description="Frames per second.")
    fit: Fit = Field("contain", description="How a clip fills a frame of another shape (the CSS `object-fit` names).")

    @property
    def shape(self) -> Size | None:
        return shape_of(self.aspect)
