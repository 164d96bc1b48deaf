"""Sizes and budgets of what a request wants, and a video of which both are settled."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from reel.codecs import AudioCodecName
from reel.codecs.container import Published
from reel.presets import BITS_PER_SECOND, SHORT_SIDE, Bitrate, Resolution, Size, sized
from reel.request.animated import AnimatedFormat
from reel.request.quality import Floor, Quality
from reel.request.rules import Fault, Ruled, fault, rule
from reel.request.tracks import Chapters, TrackName
from reel.values import Value, is_none, is_off

Codec = Literal["h264", "hevc", "av1", "vp9", "prores"]
"""Those that every machine has: what a request makes is the same everywhere."""

Bits = Bitrate | Annotated[int, Field(ge=50_000, le=200_000_000)]
"""A budget by its name, or in bits per second."""

Effort = Literal["quick", "balanced", "small"]
"""How much time an encoder takes to save bits at the same quality."""

BitDepth = Literal[8, 10]

Side = Annotated[int, Field(ge=64, le=8192, multiple_of=2)]
"""Pixels; even, as 4:2:0 chroma needs."""


SIZES = (
    *("aspect", "resolution", "outputs[].type"),
    *("outputs[].resolution", "outputs[].width", "outputs[].height"),
)
"""What says how large the largest video is, to which others are held."""


class Sized(Ruled):
    """What has a size: by a word, or exactly."""

    resolution: Resolution | None = Field(None, description="Size of the short side; null: as the request says.")
    width: Side | None = Field(None, description="Instead of `resolution`, with `height`: exact, in pixels.")
    height: Side | None = None

    @rule
    def _both_sides(self) -> Iterator[Fault]:
        if len(self.given("width", "height")) == 1:
            yield fault("give `width` and `height`, or neither", "width", "height")

    @rule
    def _one_size(self) -> Iterator[Fault]:
        if self.given("width", "height") and self.given("resolution"):
            yield fault("give either `resolution`, or `width` and `height`", "resolution", "width", "height")

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
    effort: Effort = "balanced"
    bit_depth: BitDepth | None = None
    """Null: the codec's least."""
    alpha: bool = Field(False, exclude_if=is_off)
    hdr: Literal["keep", "map"] = Field("map", exclude_if=lambda hdr: hdr == "map")
    container: Published | None = Field(None, exclude_if=is_none)
    """Null: the usual one of its codecs."""
    format: AnimatedFormat | None = Field(None, exclude_if=is_none)
    """Null: a video; else what is shown as a picture."""
    pictures_per_second: int | None = Field(None, exclude_if=is_none)
    loops: int = Field(0, exclude_if=lambda loops: loops == 0)
    quality: Quality | None = Field(None, exclude_if=is_none)
    """Null: what the budget stands for."""
    floor: Floor | None = Field(None, exclude_if=is_none)
    audio_tracks: Literal["all"] | tuple[TrackName, ...] | None = Field(None, exclude_if=is_none)
    chapters: Chapters = Field("keep", exclude_if=lambda chapters: chapters == "keep")

    @property
    def pixels(self) -> int:
        return self.size[0] * self.size[1]


def bits_of(budget: Bits) -> int:
    """A budget in bits per second."""
    return budget if isinstance(budget, int) else BITS_PER_SECOND[budget]


def video_name(size: Size, shape: Size, codec: Codec | None) -> str:
    """`720p`, or `1000x562` where no resolution gives that size; with the codec where that is not the usual one."""
    known = (name for name in SHORT_SIDE if sized(shape, name) == size)
    name: str = next(known, f"{size[0]}x{size[1]}")
    return name if codec in (None, "h264") else f"{name}-{codec}"


def ratio(shape: Size) -> str:
    """`16:9`."""
    ratio = Fraction(*shape)
    return f"{ratio.numerator}:{ratio.denominator}"
