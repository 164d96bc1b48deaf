"""Operations that have frames composed as for a segment, for how good it came out; measuring that, and judging of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from reel.media import MediaFacts
from reel.plan.operations.base import OneFile, Operation, Retention
from reel.plan.operations.expected import Sort, Work
from reel.plan.operations.layers import Compose
from reel.plan.operations.pictures import Picture
from reel.plan.operations.work import PROCESS_BYTES
from reel.presets import Canvas
from reel.toolchain import Tool
from reel.values import Value

MEASURED_SECONDS_PER_MEGAPIXEL = {"vmaf": 0.034, "ssim": 0.006, "psnr": 0.005}
"""VMAF: 71 ms for a frame of 1920x1080, of which two decodes are a part."""

VMAF_BYTES_PER_PIXEL = 50
"""With one thread."""

Composed = Annotated[Picture | Compose, Field(discriminator="operation")]


class OfFrames(OneFile):
    """The family of those that have frames composed as for a segment, and make something else of them."""

    shown: Composed
    """What shows them, and the encoder that they are for."""

    def needs(self) -> tuple[str, ...]:
        return self.shown.needs()

    def assets(self) -> tuple[str, ...]:
        return self.shown.assets()

    def sort(self) -> Sort:
        return self.shown.sort()


class MeasureQuality(OfFrames):
    """Measure the frames of a segment against those that it was encoded from: composed again, as they are nowhere else."""

    operation: Literal["measure-quality"] = "measure-quality"
    rules: ClassVar[int] = 4
    tools: ClassVar[frozenset[Tool]] = Compose.tools
    task: ClassVar[str] = "measure quality"
    doing: ClassVar[str] = "measure {}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = True
    retention: ClassVar[Retention] = "intermediates"
    file: ClassVar[str] = "quality.json"
    segment: str
    """Key of the step that encoded it."""
    metric: Literal["vmaf", "ssim", "psnr"]
    model: str | None
    """Of VMAF; null for the others."""
    every: int

    def needs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.shown.needs(), self.segment)))

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        work, pixels = self.shown.work(assets), self.shown.rendition.pixels
        took = self.shown.frames * pixels / 1e6 * MEASURED_SECONDS_PER_MEGAPIXEL[self.metric]
        return Work(
            seconds=round(work.shared_seconds + took, 3),
            bytes=10 * self.shown.frames,
            memory_bytes=work.shared_bytes + PROCESS_BYTES + VMAF_BYTES_PER_PIXEL * pixels,
            units=0,
        )


class Measured(Value):
    """A segment that was measured."""

    quality: str
    """Key of the step that measured it."""
    frames: int


class JudgeQuality(Operation):
    """Hold what was measured of a video against its floors; the values of all frames, and a plot of them."""

    operation: Literal["judge-quality"] = "judge-quality"
    rules: ClassVar[int] = 2
    tools: ClassVar[frozenset[Tool]] = frozenset({"opencv", "numpy"})
    task: ClassVar[str] = "quality"
    doing: ClassVar[str] = "{}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = False
    retention: ClassVar[Retention] = "intermediates"
    video: str
    """Name of its file, for people."""
    canvas: Canvas
    segments: tuple[Measured, ...]
    metric: Literal["vmaf", "ssim", "psnr"]
    model: str | None
    every: int
    mean: float | None
    lowest: float | None

    def needs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.quality for each in self.segments))

    def assets(self) -> tuple[str, ...]:
        return ()

    def files(self) -> tuple[str, ...]:
        return ("quality.json", "quality.png")

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        frames = sum(each.frames for each in self.segments)
        return Work(seconds=0.1, bytes=100_000 + 10 * frames, memory_bytes=PROCESS_BYTES)
