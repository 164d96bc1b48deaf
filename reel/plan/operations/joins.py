"""Operations on finished segments: a video, and pictures of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from reel.codecs import AudioCodecName
from reel.codecs.container import Container
from reel.media import MediaFacts
from reel.plan.operations.base import Muxed, Operation, Retention, Sort, Work, usual_size
from reel.plan.operations.work import PROCESS_BYTES
from reel.presets import Canvas
from reel.toolchain import Tool
from reel.values import Value

JOIN_SECONDS_PER_FRAME = 0.0001
STILLS_SECONDS_PER_TILE, STILLS_SECONDS_PER_MEGAPIXEL = 0.001, 0.012

STILL_FILES = ("poster.jpg", "sprite.jpg", "sprite.vtt")


class Excerpt(Value):
    """A stretch of a mezzanine, to be copied."""

    mezzanine: str
    """Key of the step that makes it."""
    first: int
    """A key frame of it."""
    frames: int


class Join(Muxed):
    """Join segments and their soundtrack by copying packets: a file that is ready to stream."""

    operation: Literal["join"] = "join"
    rules: ClassVar[int] = 1
    tools: ClassVar[frozenset[Tool]] = frozenset({"pyav"})
    task: ClassVar[str] = "concat"
    doing: ClassVar[str] = "{}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = False
    retention: ClassVar[Retention] = "intermediates"
    stem: ClassVar[str] = "video"
    canvas: Canvas
    segments: tuple[str | Excerpt, ...]
    """Keys of the pictures, in order; or stretches of mezzanines."""
    frames: int
    soundtrack: str | None
    """Null: the video has no stream of sound."""
    samples: int
    audio: AudioCodecName | None = "aac"
    """Null: as `soundtrack`."""
    container: Container = "mp4"
    parameters_in_band: bool = False
    """Whether segments have codec parameters of their own, which then go in front of each key frame."""

    @property
    def file(self) -> str:
        return f"video.{self.container}"

    def needs(self) -> tuple[str, ...]:
        pictures = (each.mezzanine if isinstance(each, Excerpt) else each for each in self.segments)
        return tuple(dict.fromkeys((*pictures, *((self.soundtrack,) if self.soundtrack else ()))))

    def assets(self) -> tuple[str, ...]:
        return ()

    def files(self) -> tuple[str, ...]:
        return (self.file,)

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        seconds = 0.005 + JOIN_SECONDS_PER_FRAME * self.frames
        return Work(seconds=round(seconds, 4), bytes=self.frames * 10_000, memory_bytes=64 << 20)


class Sheet(Operation):
    """One picture, or a grid of pictures, each the only frame of a segment."""

    operation: Literal["sheet"] = "sheet"
    rules: ClassVar[int] = 1
    tools: ClassVar[frozenset[Tool]] = frozenset({"pyav", "opencv"})
    task: ClassVar[str] = "thumbnails"
    doing: ClassVar[str] = "make {}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = False
    retention: ClassVar[Retention] = "intermediates"
    file: ClassVar[str] = "sheet.jpg"
    canvas: Canvas
    pictures: tuple[str, ...]
    """Keys of segments of one frame."""
    columns: int

    def needs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.pictures))

    def assets(self) -> tuple[str, ...]:
        return ()

    def files(self) -> tuple[str, ...]:
        return (self.file,)

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        return Work(seconds=0.2, bytes=300_000, memory_bytes=PROCESS_BYTES + 6 * self.canvas.pixels)


class Stills(Operation):
    """Pictures of a finished video: a poster at full size, and a sprite sheet, a grid of thumbnails, with its WebVTT
    storyboard."""

    operation: Literal["stills"] = "stills"
    rules: ClassVar[int] = 1
    tools: ClassVar[frozenset[Tool]] = frozenset({"pyav", "opencv"})
    task: ClassVar[str] = "thumbnails"
    doing: ClassVar[str] = "make {}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = False
    retention: ClassVar[Retention] = "intermediates"
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

    def assets(self) -> tuple[str, ...]:
        return ()

    def files(self) -> tuple[str, ...]:
        return STILL_FILES

    def sort(self) -> Sort:
        return Sort(size=usual_size(self.canvas))

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        poster = STILLS_SECONDS_PER_MEGAPIXEL * self.canvas.pixels / 1e6
        seconds = 0.005 + poster + STILLS_SECONDS_PER_TILE * self.tiles
        return Work(seconds=round(seconds, 4), bytes=self.tiles * 12_000, memory_bytes=128 << 20)
