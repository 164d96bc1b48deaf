"""Operations that look at frames as they are composed, before or beside what is encoded of them: for how good they come out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from reel.codecs import VideoCodecName
from reel.codecs.video import STATS
from reel.media import MediaFacts
from reel.plan.operations.base import OneFile, Operation, Retention
from reel.plan.operations.expected import Sort, Work
from reel.plan.operations.layers import Compose
from reel.plan.operations.pictures import Picture
from reel.plan.operations.work import PROCESS_BYTES
from reel.presets import Canvas, Size
from reel.toolchain import Tool
from reel.values import Value, is_none

FIRST_PASS_SHARE = 0.55
"""What a first pass takes of encoding, with its quick settings."""

MEASURED_SECONDS_PER_MEGAPIXEL = {"vmaf": 0.034, "ssim": 0.006, "psnr": 0.005}
"""VMAF: 71 ms for a frame of 1920x1080, of which two decodes are a part."""

NOT_VMAF = 0.65
"""Share of that for decoding, scaling, comparing with the frames beside: which is of all frames where VMAF is of some."""

VMAF_BYTES_PER_PIXEL = 50
"""With one thread."""

RUNGS_FILE, RUNGS_PLOT = "rungs.json", "rungs.png"

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


class FirstPass(OfFrames):
    """Take note of what the frames of a segment cost at its encoder's quality, for a second pass over them."""

    operation: Literal["first-pass"] = "first-pass"
    rules: ClassVar[int] = 1
    tools: ClassVar[frozenset[Tool]] = Compose.tools
    task: ClassVar[str] = "first pass"
    doing: ClassVar[str] = "look at {}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = True
    retention: ClassVar[Retention] = "intermediates"
    file: ClassVar[str] = f"{STATS}-0.log"

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        work = self.shown.work(assets)
        encoding = (work.seconds - work.shared_seconds) * FIRST_PASS_SHARE
        seconds = round(work.shared_seconds + encoding, 3)
        size = self.shown.frames * (200 + self.shown.rendition.pixels // 256 * 2)
        return work.model_copy(update={"seconds": seconds, "shared_seconds": 0, "shared_bytes": 0, "bytes": size})


class Stretch(Value):
    """A segment that bits are shared out to."""

    first_pass: str
    """Key of the step that looked at it."""
    frames: int


class ShareBits(OneFile):
    """Share one budget out to all segments of a video: each has as many bits as its frames take at one quality for all, as far
    as the cap lets it."""

    operation: Literal["share-bits"] = "share-bits"
    rules: ClassVar[int] = 1
    tools: ClassVar[frozenset[Tool]] = frozenset()
    task: ClassVar[str] = "share out bits"
    doing: ClassVar[str] = "{}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = False
    retention: ClassVar[Retention] = "intermediates"
    file: ClassVar[str] = "decided.json"
    canvas: Canvas
    stretches: tuple[Stretch, ...]
    bits_per_second: int
    """Of the whole, in the mean."""
    cap: int
    """Bits a second, of any of them."""

    def needs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.first_pass for each in self.stretches))

    def assets(self) -> tuple[str, ...]:
        return ()

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        return Work(seconds=0.02, bytes=1_000 + 30 * len(self.stretches), memory_bytes=16 << 20)


class Probe(OfFrames):
    """Encode a few frames at several qualities, and measure each against them."""

    operation: Literal["probe"] = "probe"
    rules: ClassVar[int] = 1
    tools: ClassVar[frozenset[Tool]] = Compose.tools
    task: ClassVar[str] = "probe quality"
    doing: ClassVar[str] = "try qualities on {}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = True
    retention: ClassVar[Retention] = "intermediates"
    file: ClassVar[str] = "probe.json"
    crfs: tuple[float, ...]
    """Of the codec's own scale, the best first."""
    model: str
    """Of VMAF."""
    seen: Size | None = Field(None, exclude_if=is_none)
    """Size at which it is measured, and to which it is scaled for that, as players do; null: its own."""
    every: int | None = Field(None, exclude_if=is_none)
    """One of so many frames is measured; null: all."""

    @property
    def seen_pixels(self) -> int:
        return self.seen[0] * self.seen[1] if self.seen else self.shown.rendition.pixels

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        work, tried = self.shown.work(assets), len(self.crfs)
        megapixels = self.shown.frames * self.seen_pixels / 1e6
        encoding = (work.seconds - work.shared_seconds) * (tried + 0.5)
        measuring = tried * megapixels * MEASURED_SECONDS_PER_MEGAPIXEL["vmaf"]
        if self.every:
            measuring *= NOT_VMAF + (1 - NOT_VMAF) / self.every
        return Work(
            seconds=round(work.shared_seconds + encoding + measuring, 3),
            bytes=1_000,
            memory_bytes=work.shared_bytes
            + max(
                (tried + 1) * (work.memory_bytes - work.shared_bytes),
                PROCESS_BYTES + VMAF_BYTES_PER_PIXEL * self.seen_pixels if self.seen else 0,
            ),
            processors=work.processors,
            units=0,
        )


class ChooseQuality(OneFile):
    """Choose the worst quality at which samples of a video come to a VMAF."""

    operation: Literal["choose-quality"] = "choose-quality"
    rules: ClassVar[int] = 1
    tools: ClassVar[frozenset[Tool]] = frozenset()
    task: ClassVar[str] = "choose quality"
    doing: ClassVar[str] = "{}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = False
    retention: ClassVar[Retention] = "intermediates"
    file: ClassVar[str] = "decided.json"
    probes: tuple[str, ...]
    """Keys of the steps that tried."""
    vmaf: float
    model: str
    whole: bool
    """Whether the encoder takes whole numbers only."""

    def needs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.probes))

    def assets(self) -> tuple[str, ...]:
        return ()

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        return Work(seconds=0.02, bytes=2_000, memory_bytes=16 << 20)


class Candidate(Value):
    """A size and a codec that rungs of a ladder may have."""

    size: Size
    codec: VideoCodecName
    whole: bool
    """Whether the encoder takes whole numbers only."""
    most_bits_per_second: int
    """What its cap is twice of, at most."""
    probes: tuple[str, ...]
    """Keys of the steps that tried qualities of it, the same samples for all candidates."""


class ChooseRungs(Operation):
    """Choose the rungs of a ladder: of each quality that is to be had, the size at which it takes the fewest bits."""

    operation: Literal["choose-rungs"] = "choose-rungs"
    rules: ClassVar[int] = 1
    tools: ClassVar[frozenset[Tool]] = frozenset({"opencv", "numpy"})
    task: ClassVar[str] = "choose rungs"
    doing: ClassVar[str] = "{}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = False
    retention: ClassVar[Retention] = "intermediates"
    candidates: tuple[Candidate, ...]
    """The largest first; of a size, the codecs as they were asked for."""
    model: str
    """Of VMAF, at the size of the largest."""

    def needs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(key for candidate in self.candidates for key in candidate.probes))

    def assets(self) -> tuple[str, ...]:
        return ()

    def files(self) -> tuple[str, ...]:
        return RUNGS_FILE, RUNGS_PLOT

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        return Work(seconds=0.1, bytes=30_000, memory_bytes=PROCESS_BYTES)


class MeasureQuality(OfFrames):
    """Measure the frames of a segment against those that it was encoded from: composed again, as they are nowhere else."""

    operation: Literal["measure-quality"] = "measure-quality"
    rules: ClassVar[int] = 1
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
    rules: ClassVar[int] = 1
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
