"""Operations that draw: still pictures as bitmaps, and loops of the library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from reel.media import MediaFacts
from reel.plan.operations.base import Bitmap, Operation, PictureSource, Retention
from reel.plan.operations.expected import Work
from reel.plan.operations.work import bitmap_work
from reel.time import Rational
from reel.timeline import Area, Framing, TextStyle
from reel.toolchain import Tool

IMAGE_SECONDS, TEXT_SECONDS, DRAWING_SECONDS = 0.04, 0.15, 0.1
"""For a bitmap of a megapixel."""

LOOP_SECONDS_PER_MEGAPIXEL = 0.012


class ImageBitmap(Bitmap):
    """Decode a still picture and frame it for an area."""

    operation: Literal["image"] = "image"
    rules: ClassVar[int] = 6
    tools: ClassVar[frozenset[Tool]] = frozenset({"pillow", "opencv", "numpy"})
    task: ClassVar[str] = "prepare image"
    doing: ClassVar[str] = "prepare {}"
    awaits_findings: ClassVar[bool] = False
    spreads: ClassVar[bool] = False
    retention: ClassVar[Retention] = "intermediates"
    source: PictureSource
    width: int
    height: int
    framing: Framing = Framing()

    def assets(self) -> tuple[str, ...]:
        return (self.source.asset,)

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        source = assets[self.source.asset].video
        assert source
        return bitmap_work(self.width, self.height, IMAGE_SECONDS, source)


class TextBitmap(Bitmap):
    """Shape, wrap and draw a text into a box."""

    operation: Literal["text"] = "text"
    rules: ClassVar[int] = 4
    tools: ClassVar[frozenset[Tool]] = frozenset({"typst", "opencv", "numpy"})
    task: ClassVar[str] = "draw"
    doing: ClassVar[str] = "draw {}"
    awaits_findings: ClassVar[bool] = False
    spreads: ClassVar[bool] = False
    retention: ClassVar[Retention] = "intermediates"
    text: str
    style: TextStyle
    box: tuple[int, int]
    """Width and height that it is set in; drawn in as many pixels as the bitmap has."""
    width: int
    height: int
    fonts: tuple[str, ...]
    """SHA-256 of the font files, in the order of the fallback chain."""

    def assets(self) -> tuple[str, ...]:
        return ()

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        return bitmap_work(self.width, self.height, TEXT_SECONDS)


class DrawnBitmap(Bitmap):
    """Draw a still picture of the library."""

    operation: Literal["drawing"] = "drawing"
    rules: ClassVar[int] = 3
    tools: ClassVar[frozenset[Tool]] = frozenset({"opencv", "numpy"})
    task: ClassVar[str] = "draw"
    doing: ClassVar[str] = "draw {}"
    awaits_findings: ClassVar[bool] = False
    spreads: ClassVar[bool] = False
    retention: ClassVar[Retention] = "intermediates"
    name: str
    width: int
    height: int
    unit: float
    """Pixels of the bitmap for a pixel of a canvas whose short side has 1080: how thick lines are."""

    def assets(self) -> tuple[str, ...]:
        return ()

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        return bitmap_work(self.width, self.height, DRAWING_SECONDS)


class DrawnLoop(Operation):
    """Draw a moving picture of the library that begins anew without a jump, opaque: a file for each part."""

    operation: Literal["loop"] = "loop"
    rules: ClassVar[int] = 5
    tools: ClassVar[frozenset[Tool]] = frozenset({"ffmpeg", "opencv", "numpy"})
    task: ClassVar[str] = "draw"
    doing: ClassVar[str] = "draw {}"
    awaits_findings: ClassVar[bool] = False
    spreads: ClassVar[bool] = False
    retention: ClassVar[Retention] = "intermediates"
    name: str
    width: int
    height: int
    rate: Rational
    frames: int
    """After how many it begins anew."""
    parts: tuple[Area, ...]
    """What is seen of it. The rest is not encoded, and so need not be decoded, over and over."""

    def needs(self) -> tuple[str, ...]:
        return ()

    def assets(self) -> tuple[str, ...]:
        return ()

    def files(self) -> tuple[str, ...]:
        return tuple(map(loop_file, range(len(self.parts))))

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        megapixels = self.width * self.height * self.frames / 1e6
        return Work(
            seconds=round(0.2 + megapixels * LOOP_SECONDS_PER_MEGAPIXEL, 3),
            bytes=round(megapixels * 12_000),
            memory_bytes=256 << 20,
        )


def loop_file(part: int) -> str:
    """The file of one of the parts of a loop."""
    return f"{part}.mp4"
