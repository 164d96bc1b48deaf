"""Operations on finished tracks: fragmented for players, encrypted, and listed in playlists and manifests."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import ClassVar, Literal

from pydantic import Field

from reel.codecs import AUDIO_CODECS, AudioCodecName
from reel.media import MediaFacts
from reel.plan.operations.base import CmafTrack, Muxed, OneFile, Operation, Retention, StreamSource
from reel.plan.operations.expected import Work
from reel.plan.operations.work import PROCESS_BYTES, sound_work
from reel.request.encryption import KeySystem
from reel.time import SAMPLE_RATE, Rational
from reel.toolchain import Tool
from reel.values import Value, is_empty, is_none

FRAGMENT_SECONDS, PACKAGE_SECONDS = 0.2, 0.2
SOUND_FILE_SECONDS = 0.004
"""For a second of sound: it is decoded to see that all is there."""

EXTRACT_SECONDS, EXTRACT_SECONDS_PER_BYTE = 0.1, 1e-9
"""All of a file is read for them, and nothing but them decoded."""

MASTER, MANIFEST = "master.m3u8", "manifest.mpd"


class Fragment(Muxed, CmafTrack):
    """Cut one finished track into fragments, with an index in front: one CMAF file, of the same packets."""

    operation: Literal["fragment"] = "fragment"
    rules: ClassVar[int] = 1
    tools: ClassVar[frozenset[Tool]] = frozenset({"pyav"})
    task: ClassVar[str] = "package"
    doing: ClassVar[str] = "package {}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = False
    retention: ClassVar[Retention] = "intermediates"
    source: str
    """Key of the joined pictures, or of the soundtrack."""
    media: Literal["video", "audio"]
    cuts: tuple[Rational, ...] = ()
    """Seconds next to which a sound is cut: where the key frames of its picture are. Pictures are cut at their own."""

    def needs(self) -> tuple[str, ...]:
        return (self.source,)

    def assets(self) -> tuple[str, ...]:
        return ()

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        return Work(seconds=FRAGMENT_SECONDS, bytes=1 << 20, memory_bytes=PROCESS_BYTES)


class SoundFile(Muxed):
    """Put a soundtrack's packets into a file of the sound's own kind."""

    operation: Literal["sound-file"] = "sound-file"
    rules: ClassVar[int] = 1
    tools: ClassVar[frozenset[Tool]] = frozenset({"pyav"})
    task: ClassVar[str] = "concat"
    doing: ClassVar[str] = "write {}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = False
    retention: ClassVar[Retention] = "intermediates"
    source: str
    """Key of the soundtrack."""
    codec: AudioCodecName
    samples: int

    @property
    def file(self) -> str:
        return f"audio.{AUDIO_CODECS[self.codec].file_suffix}"

    def needs(self) -> tuple[str, ...]:
        return (self.source,)

    def assets(self) -> tuple[str, ...]:
        return ()

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        return sound_work(self.samples, SOUND_FILE_SECONDS, self.samples * 128_000 // 8 // SAMPLE_RATE)


class ExtractSubtitles(OneFile):
    """Take a stream of subtitles that are text out of an asset, as SRT or ASS, on the asset's own clock."""

    operation: Literal["extract-subtitles"] = "extract-subtitles"
    rules: ClassVar[int] = 2
    tools: ClassVar[frozenset[Tool]] = frozenset({"ffmpeg"})
    task: ClassVar[str] = "package"
    doing: ClassVar[str] = "extract {}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = False
    retention: ClassVar[Retention] = "intermediates"
    file: ClassVar[str] = "subtitles.txt"
    source: StreamSource

    def needs(self) -> tuple[str, ...]:
        return ()

    def assets(self) -> tuple[str, ...]:
        return (self.source.asset,)

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        read = assets[self.source.asset].bytes if self.source.asset in assets else 0
        seconds = EXTRACT_SECONDS + read * EXTRACT_SECONDS_PER_BYTE
        return Work(seconds=round(seconds, 3), bytes=100_000, memory_bytes=PROCESS_BYTES)


class Packaged(Value):
    """A member of a package."""

    name: str
    """Of its files."""


class PackagedPicture(Packaged):
    """A rung of a package."""

    track: str
    """Key of the step that makes it."""


class PackagedSound(Packaged):
    """A sound of a package."""

    track: str
    """Key of the step that makes it."""
    language: str
    label: str
    """As players list it."""
    default: bool = False


class PackagedSubtitles(Packaged):
    """A text of a package, from a file of subtitles."""

    asset: str | None
    """SHA-256 of the file; null: an earlier step makes it."""
    made: str | None = Field(None, exclude_if=is_none)
    """Key of that step."""
    begin: Rational = Field(Fraction(0), exclude_if=lambda begin: begin == 0)
    """Seconds, on the file's own clock, of what the package calls 0."""
    encoding: str | None = None
    """Of the file, where that was said."""
    language: str
    label: str
    default: bool = False
    forced: bool = False


class Package(Operation):
    """Write playlists, manifests and subtitles for finished tracks: text alone."""

    operation: Literal["package"] = "package"
    rules: ClassVar[int] = 2
    # All of it is written here; of ASS, whose commands pysubs2 reads, no more is taken than text, times and plain styles.
    tools: ClassVar[frozenset[Tool]] = frozenset()
    task: ClassVar[str] = "package"
    doing: ClassVar[str] = "package {}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = False
    retention: ClassVar[Retention] = "intermediates"
    pictures: tuple[PackagedPicture, ...]
    sounds: tuple[PackagedSound, ...] = ()
    subtitles: tuple[PackagedSubtitles, ...] = ()
    begin: Rational
    """Seconds, on the clock of the subtitles, at which the programme begins."""
    end: Rational
    """And ends."""
    segment_seconds: Rational
    key_uri: str | None = None
    """Where players get the key of segments that are encrypted as a whole; null: they are not."""
    systems: tuple[KeySystem, ...] = Field((), exclude_if=is_empty)
    """How players come by the key of tracks whose samples are encrypted."""

    def needs(self) -> tuple[str, ...]:
        tracks = [*(each.track for each in self.pictures), *(each.track for each in self.sounds)]
        return tuple(dict.fromkeys([*tracks, *(text.made for text in self.subtitles if text.made)]))

    def assets(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(text.asset for text in self.subtitles if text.asset))

    def files(self) -> tuple[str, ...]:
        """What players are given last."""
        members: tuple[Packaged, ...] = (*self.pictures, *self.sounds, *self.subtitles)
        lists = [f"{each.name}.m3u8" for each in members]
        texts = [f"{text.name}.vtt" for text in self.subtitles]
        if self.key_uri is not None:
            return (*texts, *lists, MASTER)
        return (*texts, *lists, *(f"{each.name}-key-frames.m3u8" for each in self.pictures), MANIFEST, MASTER)

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        return Work(seconds=PACKAGE_SECONDS, bytes=100_000, memory_bytes=PROCESS_BYTES)
