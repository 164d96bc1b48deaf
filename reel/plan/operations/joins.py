"""Operations on finished segments: a video, and pictures of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal, TypeAlias

from reel.codecs import AudioCodecName
from reel.codecs.container import Container
from reel.media import MediaFacts
from reel.plan.operations.base import Muxed, OneFile, Retention
from reel.plan.operations.expected import Work
from reel.plan.operations.work import PROCESS_BYTES
from reel.presets import Canvas
from reel.toolchain import Tool
from reel.values import Value

JOIN_SECONDS_PER_FRAME = 0.0001


class Excerpt(Value):
    """A stretch of a mezzanine, to be copied."""

    mezzanine: str
    """Key of the step that makes it."""
    first: int
    """A key frame of it."""
    frames: int


Part: TypeAlias = str | Excerpt
"""What a video is joined from: a whole segment, by the key of the step that makes it, or a stretch of a mezzanine."""


def segment_of(part: Part) -> str:
    """Key of the step that makes it."""
    return part.mezzanine if isinstance(part, Excerpt) else part


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
    segments: tuple[Part, ...]
    """The picture, in order."""
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
        pictures = map(segment_of, self.segments)
        return tuple(dict.fromkeys((*pictures, *((self.soundtrack,) if self.soundtrack else ()))))

    def assets(self) -> tuple[str, ...]:
        return ()

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        seconds = 0.005 + JOIN_SECONDS_PER_FRAME * self.frames
        return Work(seconds=round(seconds, 4), bytes=self.frames * 10_000, memory_bytes=64 << 20)


class Sheet(OneFile):
    """One picture, or a grid of pictures, each the only frame of a segment."""

    operation: Literal["sheet"] = "sheet"
    rules: ClassVar[int] = 2
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

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        return Work(seconds=0.2, bytes=300_000, memory_bytes=PROCESS_BYTES + 6 * self.canvas.pixels)
