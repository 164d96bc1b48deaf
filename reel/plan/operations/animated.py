"""Finished videos as files that are shown as pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from reel.media import MediaFacts
from reel.plan.operations.base import Muxed, Retention
from reel.plan.operations.expected import Sort, Work, usual_size
from reel.plan.operations.work import PROCESS_BYTES
from reel.presets import Canvas
from reel.toolchain import Tool

ANIMATED_SECONDS_PER_MEGAPIXEL = {"gif": 0.135, "webp": 0.07}
ANIMATED_BYTES_PER_MEGAPIXEL = {"gif": 220_000, "webp": 35_000}
"""Of Big Buck Bunny at 640x360."""


class Animated(Muxed):
    """Make a joined video, which is without loss, a GIF of one palette for all of it, or an animated WebP."""

    operation: Literal["animated"] = "animated"
    rules: ClassVar[int] = 1
    tools: ClassVar[frozenset[Tool]] = frozenset({"ffmpeg", "pillow"})
    task: ClassVar[str] = "animate"
    doing: ClassVar[str] = "make {}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = False
    retention: ClassVar[Retention] = "intermediates"
    source: str
    """Key of the joined video."""
    canvas: Canvas
    frames: int
    format: Literal["gif", "webp"]
    every: int
    """One of so many frames is shown."""
    loops: int
    """How often it is shown; 0: for ever."""
    alpha: bool

    @property
    def file(self) -> str:
        return f"video.{self.format}"

    @property
    def pictures(self) -> int:
        """How many are shown."""
        return -(-self.frames // self.every)

    def needs(self) -> tuple[str, ...]:
        return (self.source,)

    def assets(self) -> tuple[str, ...]:
        return ()

    def sort(self) -> Sort:
        return Sort(self.format, "", usual_size(self.canvas))

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        megapixels = self.pictures * self.canvas.pixels / 1e6
        size = round(megapixels * ANIMATED_BYTES_PER_MEGAPIXEL[self.format])
        return Work(
            seconds=round(0.5 + megapixels * ANIMATED_SECONDS_PER_MEGAPIXEL[self.format], 3),
            bytes=size,
            memory_bytes=PROCESS_BYTES + 60 * self.canvas.pixels + size,
        )
