"""Operations on finished segments: a video, and pictures of it."""

from __future__ import annotations

from typing import ClassVar, Literal

from reel.plan.operations.base import Operation
from reel.presets import Canvas
from reel.values import Value


class Excerpt(Value):
    """A stretch of a mezzanine, to be copied."""

    mezzanine: str
    """Key of the step that makes it."""
    first: int
    """A key frame of it."""
    frames: int


class Join(Operation):
    """Join segments and their soundtrack by copying packets: `video.mp4`, ready to stream."""

    rules: ClassVar[int] = 1
    operation: Literal["join"] = "join"
    canvas: Canvas
    segments: tuple[str | Excerpt, ...]
    """Keys of the pictures, in order; or stretches of mezzanines."""
    frames: int
    soundtrack: str
    samples: int
    parameters_in_band: bool = False
    """Whether segments have codec parameters of their own, which then go in front of each key frame."""

    def needs(self) -> tuple[str, ...]:
        pictures = (each.mezzanine if isinstance(each, Excerpt) else each for each in self.segments)
        return tuple(dict.fromkeys((*pictures, self.soundtrack)))


class Sheet(Operation):
    """One picture, or a grid of pictures, each the only frame of a segment: `sheet.jpg`."""

    rules: ClassVar[int] = 1
    operation: Literal["sheet"] = "sheet"
    canvas: Canvas
    pictures: tuple[str, ...]
    """Keys of segments of one frame."""
    columns: int

    def needs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.pictures))


class Stills(Operation):
    """Pictures of a finished video: `poster.jpg` at full size, and `sprite.jpg`, a grid of thumbnails, with its
    WebVTT storyboard `sprite.vtt`."""

    rules: ClassVar[int] = 1
    operation: Literal["stills"] = "stills"
    video: str
    """Key of the joined video."""
    canvas: Canvas
    frames: int
    tiles: int
    """How many thumbnails the sprite sheet has, evenly spaced."""
    tile_height: int = 180
    poster: int | None = None
    """The frame that is the poster, or one just after it; null: that of the thumbnails with most to see."""

    def needs(self) -> tuple[str, ...]:
        return (self.video,)
