"""Operations that make segments out of one source at a time."""

from __future__ import annotations

from typing import ClassVar, Literal

from reel.plan.operations.base import Operation, SourceClip
from reel.presets import Canvas, VideoEncoder


class Picture(Operation):
    """Encode one segment of picture that is nothing but cuts: `picture.mp4`, video only, exactly `frames` frames."""

    rules: ClassVar[int] = 4
    operation: Literal["picture"] = "picture"
    canvas: Canvas
    clips: tuple[SourceClip, ...]
    """One after another, each filling the canvas. Few: all their decoders are open at once."""
    encoder: VideoEncoder

    @property
    def frames(self) -> int:
        return sum(clip.frames for clip in self.clips)

    def needs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(clip.source.asset for clip in self.clips if clip.source.made))

    def assets(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(clip.source.asset for clip in self.clips if not clip.source.made))


class Copied(Operation):
    """Copy the packets of one stretch of a source that begins at a key frame: `picture.mp4`, exactly `frames` frames.

    What cannot be copied to the frame, the last few at most, is encoded; all of it where the source turns out not to allow
    copying, which `declined` in the measures then explains.
    """

    rules: ClassVar[int] = 2
    operation: Literal["copied"] = "copied"
    canvas: Canvas
    clip: SourceClip
    encoder: VideoEncoder
    required: bool = False
    """Whether not being able to copy is an error."""

    @property
    def frames(self) -> int:
        return self.clip.frames

    def assets(self) -> tuple[str, ...]:
        return (self.clip.source.asset,)


class Mezzanine(Operation):
    """Encode a part of a source so that stretches can be copied out of it: `picture.mp4`, exactly `clip.frames` frames.

    Every `group` frames there is a key frame, and nowhere else.
    """

    rules: ClassVar[int] = 2
    operation: Literal["mezzanine"] = "mezzanine"
    canvas: Canvas
    clip: SourceClip
    encoder: VideoEncoder
    group: int

    @property
    def frames(self) -> int:
        return self.clip.frames

    def assets(self) -> tuple[str, ...]:
        return (self.clip.source.asset,)
