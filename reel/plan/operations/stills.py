"""Operations that make pictures of finished videos."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from reel.media import MediaFacts
from reel.plan.operations.base import Operation, PictureSource, Retention
from reel.plan.operations.expected import Sort, Work, usual_size
from reel.plan.operations.work import bitmap_work
from reel.presets import Canvas, Size
from reel.toolchain import Tool
from reel.values import Value

PICTURE_SECONDS = 0.03
"""Of finding, scaling and coding one."""

SUFFIXES = {"jpeg": "jpg", "webp": "webp", "avif": "avif"}

ANIMATION_SECONDS, ANIMATION_RATE, ANIMATION_WIDTH = 4, 10, 320
"""Seconds, pictures a second and pixels: a few hundred kilobytes."""


class Look(Value):
    """How pictures are coded, and how wide they are."""

    format: Literal["jpeg", "webp", "avif"] = "jpeg"
    quality: int = 90
    widths: tuple[int, ...] = ()
    """None: as large as the video."""

    def files(self, stem: str) -> dict[str, int | None]:
        """The width of each file of one picture."""
        suffix = SUFFIXES[self.format]
        return {f"{stem}-{width}.{suffix}": width for width in self.widths} or {f"{stem}.{suffix}": None}


class Pictures(Operation):
    """The family of those that show moments of one finished video."""

    video: str
    """Key of the joined video."""
    canvas: Canvas
    frames: int

    def needs(self) -> tuple[str, ...]:
        return (self.video,)

    def assets(self) -> tuple[str, ...]:
        return ()

    def sort(self) -> Sort:
        return Sort(size=usual_size(self.canvas))

    def _work(self, pictures: int) -> Work:
        size = self.canvas.pixels // 8
        return Work(seconds=round(0.1 + PICTURE_SECONDS * pictures, 3), bytes=pictures * size, memory_bytes=128 << 20)


class Poster(Pictures):
    """The picture that stands for a video."""

    operation: Literal["poster"] = "poster"
    rules: ClassVar[int] = 3
    tools: ClassVar[frozenset[Tool]] = frozenset({"pyav", "opencv", "numpy"})
    task: ClassVar[str] = "thumbnails"
    doing: ClassVar[str] = "make {}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = False
    retention: ClassVar[Retention] = "intermediates"
    look: Look = Look()
    frame: int | None = None
    """The frame that is shown; null: one of `moments`, else that of the key frames with most to see."""
    moments: str | None = None
    """Key of the step that looks for moments of a set of videos."""
    played: tuple[tuple[int, ...], ...] = ()
    """Of the videos before it in that set, and at last of its own, the numbers of the pieces in the order that each plays them:
    what comes after it leaves its poster as it is."""

    def needs(self) -> tuple[str, ...]:
        return (self.video, *((self.moments,) if self.moments else ()))

    def files(self) -> tuple[str, ...]:
        return tuple(self.look.files("poster"))

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        return self._work(len(self.files()))


class UploadedPoster(Operation):
    """A picture of somebody's own, cut to the shape of a video, as its poster."""

    operation: Literal["uploaded-poster"] = "uploaded-poster"
    rules: ClassVar[int] = 3
    tools: ClassVar[frozenset[Tool]] = frozenset({"pillow", "opencv", "numpy"})
    task: ClassVar[str] = "thumbnails"
    doing: ClassVar[str] = "make {}"
    awaits_findings: ClassVar[bool] = False
    spreads: ClassVar[bool] = False
    retention: ClassVar[Retention] = "intermediates"
    source: PictureSource
    size: Size
    """Of the video."""
    look: Look

    def needs(self) -> tuple[str, ...]:
        return ()

    def assets(self) -> tuple[str, ...]:
        return (self.source.asset,)

    def files(self) -> tuple[str, ...]:
        return tuple(self.look.files("poster"))

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        return bitmap_work(*self.size, 0.2, assets[self.source.asset].video)


class Thumbnails(Pictures):
    """Pictures of single moments, and `thumbnails.json`, which says which."""

    operation: Literal["thumbnails"] = "thumbnails"
    rules: ClassVar[int] = 3
    tools: ClassVar[frozenset[Tool]] = frozenset({"pyav", "opencv"})
    task: ClassVar[str] = "thumbnails"
    doing: ClassVar[str] = "make {}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = False
    retention: ClassVar[Retention] = "intermediates"
    index: ClassVar[str] = "thumbnails.json"
    look: Look
    shown: tuple[int, ...] = ()
    """Frames, in the order that was asked for."""
    best: int = 0
    """Instead, so many of the best."""
    scenes: str | None = None
    """Key of the step that knows the video's scenes, for the best."""

    def needs(self) -> tuple[str, ...]:
        return (self.video, *((self.scenes,) if self.scenes else ()))

    def stems(self) -> tuple[str, ...]:
        """What the files of each are called, without their widths."""
        return tuple(f"thumbnail-{number:03d}" for number in range(1, (self.best or len(self.shown)) + 1))

    def files(self) -> tuple[str, ...]:
        return (*(file for stem in self.stems() for file in self.look.files(stem)), self.index)

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        return self._work(len(self.files()) + 4 * self.best)


class Sprite(Pictures):
    """A grid of small pictures, and the WebVTT storyboard that says when each is seen."""

    operation: Literal["sprite"] = "sprite"
    rules: ClassVar[int] = 4
    tools: ClassVar[frozenset[Tool]] = frozenset({"pyav", "opencv"})
    task: ClassVar[str] = "sprites"
    doing: ClassVar[str] = "make {}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = False
    retention: ClassVar[Retention] = "intermediates"
    storyboard: ClassVar[str] = "sprite.vtt"
    tiles: int
    """How many, evenly spaced."""
    tile_height: int = 180
    look: Look = Look(quality=75)

    @property
    def sheet(self) -> str:
        (file,) = self.look.files("sprite")
        return file

    def files(self) -> tuple[str, ...]:
        return (self.sheet, self.storyboard)

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        return Work(seconds=round(0.1 + 0.01 * self.tiles, 3), bytes=self.tiles * 12_000, memory_bytes=128 << 20)


class Animation(Pictures):
    """A short loop of stretches of a video, small and silent."""

    operation: Literal["animation"] = "animation"
    rules: ClassVar[int] = 2
    tools: ClassVar[frozenset[Tool]] = frozenset({"pyav", "pillow"})
    task: ClassVar[str] = "thumbnails"
    doing: ClassVar[str] = "make {}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = False
    retention: ClassVar[Retention] = "intermediates"
    format: Literal["webp", "gif"]
    seconds: int = ANIMATION_SECONDS
    """At most, of the loop."""
    rate: int = ANIMATION_RATE
    """Pictures a second."""
    width: int = ANIMATION_WIDTH

    def files(self) -> tuple[str, ...]:
        return (f"preview.{self.format}",)

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        return Work(seconds=1.0, bytes=500_000, memory_bytes=128 << 20)
