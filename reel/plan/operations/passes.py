"""Operations that share one budget of bits out to the segments of a video: a look at each, and who has how many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from reel.codecs.video import STATS
from reel.media import MediaFacts
from reel.plan.operations.base import OneFile, Retention
from reel.plan.operations.expected import Work
from reel.plan.operations.layers import Compose
from reel.plan.operations.quality import OfFrames
from reel.presets import Canvas
from reel.toolchain import Tool
from reel.values import Value

FIRST_PASS_SHARE = 0.55
"""What a first pass takes of encoding, with its quick settings."""


class FirstPass(OfFrames):
    """Take note of what the frames of a segment cost at its encoder's quality, for a second pass over them."""

    operation: Literal["first-pass"] = "first-pass"
    rules: ClassVar[int] = 4
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
    rules: ClassVar[int] = 2
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
