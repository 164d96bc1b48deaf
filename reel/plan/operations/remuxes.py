"""Operations that put finished videos into files with more in them: other sound tracks, names, chapters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from reel.codecs import AudioCodecName
from reel.codecs.container import Container
from reel.languages import UNKNOWN
from reel.media import Chapter, MediaFacts
from reel.plan.operations.base import Muxed, Retention
from reel.plan.operations.expected import Work
from reel.plan.operations.joins import JOIN_SECONDS_PER_FRAME
from reel.time import Rational
from reel.toolchain import Tool
from reel.values import Value


class NamedSound(Value):
    """A sound track of a video."""

    soundtrack: str
    """Key of the step that makes it."""
    language: str = UNKNOWN
    """A tag of RFC 5646."""
    title: str = ""


class Remux(Muxed):
    """Copy the packets of a joined video and of its soundtracks into a file that names each, and has chapters."""

    operation: Literal["remux"] = "remux"
    rules: ClassVar[int] = 3
    tools: ClassVar[frozenset[Tool]] = frozenset({"pyav"})
    task: ClassVar[str] = "concat"
    doing: ClassVar[str] = "write {}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = False
    retention: ClassVar[Retention] = "intermediates"
    source: str
    """Key of the joined video."""
    rate: Rational
    frames: int
    samples: int
    """Of each of its sounds; 0 where there is none."""
    audio: AudioCodecName | None
    """Of all of them; null: there is none."""
    sounds: tuple[NamedSound, ...]
    """The one that plays where nobody chose first: it is that of the joined video."""
    chapters: tuple[Chapter, ...] = ()
    scenes: str | None = None
    """Key of the step that found them, where each is a chapter."""
    container: Container = "mp4"

    @property
    def file(self) -> str:
        return f"video.{self.container}"

    @property
    def listed(self) -> str:
        """The name of the file that lists its chapters as WebVTT. Of the files of a step, packets are in the first by name."""
        return f"{self.file}.chapters.vtt"

    @property
    def has_chapters(self) -> bool:
        return bool(self.chapters) or self.scenes is not None

    def files(self) -> tuple[str, ...]:
        return (self.file, self.listed) if self.has_chapters else (self.file,)

    def needs(self) -> tuple[str, ...]:
        found = (self.source, *(each.soundtrack for each in self.sounds), *((self.scenes,) if self.scenes else ()))
        return tuple(dict.fromkeys(found))

    def assets(self) -> tuple[str, ...]:
        return ()

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        seconds = 0.1 + JOIN_SECONDS_PER_FRAME * self.frames
        return Work(seconds=round(seconds, 4), bytes=self.frames * 10_000, memory_bytes=64 << 20)
