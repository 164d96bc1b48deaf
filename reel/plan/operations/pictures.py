"""Operations that make segments out of one source at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from reel.media import MediaFacts
from reel.plan.operations.base import Composition, Rendition, Retention, Segment, SourceClip
from reel.plan.operations.expected import Work
from reel.plan.operations.work import PROCESS_BYTES, encoding_work
from reel.toolchain import Tool

COPY_SECONDS_PER_MEGAPIXEL = 0.003
"""Copying itself is nothing; decoding what was copied, as a proof, is what takes time."""


class Picture(Composition):
    """Encode one segment of picture that is nothing but cuts: exactly `frames` frames."""

    operation: Literal["picture"] = "picture"
    rules: ClassVar[int] = 7
    tools: ClassVar[frozenset[Tool]] = frozenset({"ffmpeg"})
    task: ClassVar[str] = "compose segment"
    doing: ClassVar[str] = "compose {}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = True
    retention: ClassVar[Retention] = "intermediates"
    clips: tuple[SourceClip, ...]
    """One after another, each filling the canvas. Few: all their decoders are open at once."""

    @property
    def frames(self) -> int:
        return sum(clip.frames for clip in self.clips)

    def needs(self) -> tuple[str, ...]:
        made = (clip.source.asset for clip in self.clips if clip.source.made)
        return tuple(dict.fromkeys((*made, *self.decided_by)))

    def assets(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(clip.source.asset for clip in self.clips if not clip.source.made))

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        return encoding_work(self.canvas, self.frames, self.rendition, self.clips, assets)


class Copied(Segment):
    """Copy the packets of one stretch of a source that begins at a key frame: exactly `frames` frames.

    What cannot be copied to the frame, the last few at most, is encoded; all of it where the source turns out not to allow
    copying, which `declined` in the measures then explains.
    """

    operation: Literal["copied"] = "copied"
    rules: ClassVar[int] = 2
    tools: ClassVar[frozenset[Tool]] = frozenset({"ffmpeg", "pyav"})
    task: ClassVar[str] = "copy segment"
    doing: ClassVar[str] = "copy {}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = True
    retention: ClassVar[Retention] = "intermediates"
    clip: SourceClip
    required: bool = False
    """Whether not being able to copy is an error."""

    @property
    def frames(self) -> int:
        return self.clip.frames

    def needs(self) -> tuple[str, ...]:
        return ()

    def assets(self) -> tuple[str, ...]:
        return (self.clip.source.asset,)

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        seconds = 0.5 + COPY_SECONDS_PER_MEGAPIXEL * self.frames * self.canvas.pixels / 1e6
        size = self.frames * 30_000
        return Work(seconds=round(seconds, 3), bytes=size, memory_bytes=PROCESS_BYTES + 4 * size, units=self.frames)


class Mezzanine(Segment):
    """Encode a part of a source so that stretches can be copied out of it: exactly `clip.frames` frames.

    Every `group` frames there is a key frame, and nowhere else.
    """

    operation: Literal["mezzanine"] = "mezzanine"
    rules: ClassVar[int] = 5
    tools: ClassVar[frozenset[Tool]] = frozenset({"ffmpeg"})
    task: ClassVar[str] = "make mezzanine"
    doing: ClassVar[str] = "make {}"
    awaits_findings: ClassVar[bool] = False
    spreads: ClassVar[bool] = True
    retention: ClassVar[Retention] = "mezzanines"
    clip: SourceClip
    group: int

    @property
    def frames(self) -> int:
        return self.clip.frames

    def needs(self) -> tuple[str, ...]:
        return ()

    def assets(self) -> tuple[str, ...]:
        return (self.clip.source.asset,)

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        rendition = Rendition(size=self.canvas.size, encoder=self.encoder)
        return encoding_work(self.canvas, self.frames, rendition, (self.clip,), assets)
