"""What a request wants delivered: a list of files by type, each with what is explicit about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from reel.codecs import AudioCodecName, container_for
from reel.errors import Problem
from reel.presets import BITS_PER_SECOND, SHORT_SIDE, Bitrate, Resolution, Size, has_shape, sized
from reel.values import Value

MOST_OUTPUTS = 16

Codec = Literal["h264", "hevc", "av1", "vp9", "prores"]
"""Those that every machine has: what a request makes is the same everywhere."""

Bits = Bitrate | Annotated[int, Field(ge=50_000, le=200_000_000)]
"""A budget by its name, or in bits per second."""

Side = Annotated[int, Field(ge=64, le=8192, multiple_of=2)]
"""Pixels; even, as 4:2:0 chroma needs."""

OutputName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=60)]


class VideoOutput(Value):
    """A video. What it leaves open is as the request says."""

    type: Literal["video"]
    name: OutputName | None = Field(
        None, description="Ends the file's name (`variant-001-NAME.mp4`): letters, digits, `_`, `.` and `-`."
    )
    resolution: Resolution | None = Field(None, description="Size of the short side; null: as the request says.")
    width: Side | None = Field(None, description="Instead of `resolution`, with `height`: exact, in pixels.")
    height: Side | None = None
    codec: Codec | None = Field(None, description="Null: h264; or what is copied of a multicam's sources.")
    bitrate: Bits | None = Field(
        None,
        description="Budget of the picture; null: as many bits for a pixel as the request's `bitrate` is of the largest.",
    )
    audio: AudioCodecName | Literal["none"] = Field("aac", description="none: without any stream of sound.")

    @model_validator(mode="after")
    def _one_size(self) -> VideoOutput:
        if (self.width is None) != (self.height is None):
            raise ValueError("give `width` and `height`, or neither")
        if self.width and self.resolution:
            raise ValueError("give either `resolution`, or `width` and `height`")
        return self

    @model_validator(mode="after")
    def _one_container(self) -> VideoOutput:
        container_for(self.codec or "h264", None if self.audio == "none" else self.audio)
        return self

    @property
    def exact(self) -> Size | None:
        """Its size in pixels, where that is given."""
        return (self.width, self.height) if self.width and self.height else None

    def size(self, shape: Size) -> Size:
        """Its size in pixels, as a picture of a shape: parts of an aspect, or the size of a source, which it then has where it
        says nothing of its own."""
        if self.resolution:
            return sized(shape, self.resolution)
        return self.exact or (shape[0] // 2 * 2, shape[1] // 2 * 2)


class WantedVideo(Value):
    """A video of which all that was left open is settled."""

    name: str
    """What tells it from the others of its request."""
    size: Size
    codec: Codec | None
    """Null: that of the sources where they are copied, else H.264."""
    bits: int
    """Budget of the picture for a second."""
    audio: AudioCodecName | Literal["none"]

    @property
    def pixels(self) -> int:
        return self.size[0] * self.size[1]


def bits_of(budget: Bits) -> int:
    """A budget in bits per second."""
    return budget if isinstance(budget, int) else BITS_PER_SECOND[budget]


def settled(videos: Sequence[VideoOutput], shape: Size, budget: Bits) -> tuple[WantedVideo, ...]:
    """Videos as pictures of a shape. The `budget` is that of the largest; of smaller ones that have none of their own, the same
    share for each of their pixels."""
    sizes = [video.size(shape) for video in videos]
    most = max(width * height for width, height in sizes)
    return tuple(
        WantedVideo(
            name=video.name or _name(size, shape, video.codec),
            size=size,
            codec=video.codec,
            bits=round(bits_of(budget) * size[0] * size[1] / most) if video.bitrate is None else bits_of(video.bitrate),
            audio=video.audio,
        )
        for video, size in zip(videos, sizes, strict=True)
    )


def _name(size: Size, shape: Size, codec: Codec | None) -> str:
    """`720p`, or `1000x562` where no resolution gives that size; with the codec where that is not the usual one."""
    known = (name for name in SHORT_SIDE if sized(shape, name) == size)
    name: str = next(known, f"{size[0]}x{size[1]}")
    return name if codec in (None, "h264") else f"{name}-{codec}"


def largest(videos: Sequence[WantedVideo]) -> WantedVideo:
    """The first of the largest videos: all are made of pictures of its size."""
    return max(videos, key=lambda video: video.pixels)


def wrong_videos(videos: Sequence[VideoOutput], shape: Size, budget: Bits) -> Iterator[Problem]:
    """Videos of another shape than the picture's, and those that are the same as an earlier one or would have its name."""
    for number, video in enumerate(videos):
        if video.exact and not has_shape(video.exact, shape):
            what = f"{video.width}x{video.height} is not of the picture's shape, {_ratio(shape)}"
            yield Problem(f"outputs[{number}]", what, "give `resolution`, or a size of that shape")
    found: list[WantedVideo] = []
    for number, wanted in enumerate(settled(videos, shape, budget)):
        for before, other in enumerate(found):
            if wanted.model_copy(update={"name": other.name}) == other:
                yield Problem(f"outputs[{number}]", f"is the same as outputs[{before}]", "leave one of them out")
            elif wanted.name.lower() == other.name.lower():
                what = f"would be called {wanted.name}, as outputs[{before}] is"
                yield Problem(f"outputs[{number}].name", what, "give each a `name` of its own")
        found.append(wanted)


def _ratio(shape: Size) -> str:
    ratio = Fraction(*shape)
    return f"{ratio.numerator}:{ratio.denominator}"
