"""Operations that hold a joined video against the buffer of a player that is fed at its cap (VBV)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from reel.media import MediaFacts
from reel.plan.operations.base import OneFile, Retention, Segment
from reel.plan.operations.expected import Work
from reel.plan.operations.layers import Compose
from reel.plan.operations.pictures import Picture
from reel.plan.operations.work import PROCESS_BYTES
from reel.presets import Canvas
from reel.time import Rational
from reel.toolchain import Tool
from reel.values import Value


class Buffer(Value):
    """A player's buffer."""

    bits: int
    bits_per_second: int
    """At which it is fed."""
    rate: Rational
    """Frames a second that are taken out of it."""


class FillBuffer(OneFile):
    """Follow a player's buffer through segments that were encoded apart, each as if it was the first.

    Of those in which it would run dry, it is said how full it is where they begin.
    """

    operation: Literal["fill-buffer"] = "fill-buffer"
    rules: ClassVar[int] = 1
    tools: ClassVar[frozenset[Tool]] = frozenset({"pyav"})
    task: ClassVar[str] = "follow buffer"
    doing: ClassVar[str] = "{}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = False
    retention: ClassVar[Retention] = "intermediates"
    file: ClassVar[str] = "fills.json"
    segments: tuple[str, ...]
    """Keys of the steps that made them, in order."""
    buffer: Buffer

    def needs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.segments))

    def assets(self) -> tuple[str, ...]:
        return ()

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        return Work(seconds=0.02 * len(self.segments), bytes=20 * len(self.segments), memory_bytes=PROCESS_BYTES)


class Refit(Segment):
    """A segment as it was encoded where the buffer does not run dry in it; else anew, with the buffer as full as it is."""

    operation: Literal["refit"] = "refit"
    rules: ClassVar[int] = 3
    tools: ClassVar[frozenset[Tool]] = Compose.tools
    task: ClassVar[str] = "compose segment"
    doing: ClassVar[str] = "fit {}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = True
    retention: ClassVar[Retention] = "intermediates"
    shown: Annotated[Picture | Compose, Field(discriminator="operation")]
    """What encoded it."""
    segment: str
    """Key of that step."""
    fills: str
    """Key of the step that followed the buffer."""
    place: int
    """Which of its segments this is."""

    @property
    def frames(self) -> int:
        return self.shown.frames

    @property
    def encoded(self) -> Canvas:
        return self.shown.encoded

    def needs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.segment, self.fills, *self.shown.needs())))

    def assets(self) -> tuple[str, ...]:
        return self.shown.assets()

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        # Few are encoded anew.
        work = self.shown.work(assets)
        return work.model_copy(
            update={"seconds": round(0.02 + work.seconds / 20, 3), "shared_seconds": 0, "shared_bytes": 0, "units": 0}
        )


class CheckBuffer(OneFile):
    """Follow a player's buffer through a joined video: it must not run dry."""

    operation: Literal["check-buffer"] = "check-buffer"
    rules: ClassVar[int] = 1
    tools: ClassVar[frozenset[Tool]] = frozenset({"pyav"})
    task: ClassVar[str] = "quality"
    doing: ClassVar[str] = "{}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = False
    retention: ClassVar[Retention] = "intermediates"
    file: ClassVar[str] = "buffer.json"
    name: str
    """Of the video's file, for people."""
    video: str
    """Key of the step that joined it."""
    buffer: Buffer

    def needs(self) -> tuple[str, ...]:
        return (self.video,)

    def assets(self) -> tuple[str, ...]:
        return ()

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        return Work(seconds=0.1, bytes=10_000, memory_bytes=PROCESS_BYTES)
