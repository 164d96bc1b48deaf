"""Operations that try qualities on samples before anything is encoded, and choose by them: of a video, of a ladder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from reel.codecs import VideoCodecName
from reel.media import MediaFacts
from reel.plan.operations.base import OneFile, Operation, Retention
from reel.plan.operations.expected import Work
from reel.plan.operations.layers import Compose
from reel.plan.operations.quality import MEASURED_SECONDS_PER_MEGAPIXEL, VMAF_BYTES_PER_PIXEL, OfFrames
from reel.plan.operations.work import PROCESS_BYTES
from reel.presets import Size
from reel.toolchain import Tool
from reel.values import Value, is_none

NOT_VMAF = 0.65
"""Share of that for decoding, scaling, comparing with the frames beside: which is of all frames where VMAF is of some."""

RUNGS_FILE, RUNGS_PLOT = "rungs.json", "rungs.png"


class Probe(OfFrames):
    """Encode a few frames at several qualities, and measure each against them."""

    operation: Literal["probe"] = "probe"
    rules: ClassVar[int] = 5
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
    def of_rungs(self) -> bool:
        """Whether it is tried for a ladder's rungs, and not for one video's quality."""
        return self.seen is not None

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
