"""What a package holds, as manifests tell it; and what is wrong with it, before anything is written. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

from reel.boundaries import TARGET, segment_starts
from reel.package.entries import PictureFacts, SoundFacts
from reel.package.segments import Segment, segments
from reel.package.track import Track

PROTECTED_FILE = "protected.mp4"


@dataclass(frozen=True)
class Picture:
    """A rung."""

    name: str
    """Of its files."""
    track: Track
    parts: tuple[Segment, ...] = ()
    """What players fetch at a time; `Contents.cut` fills it in."""

    @property
    def facts(self) -> PictureFacts:
        """Of its track."""
        assert isinstance(self.track.facts, PictureFacts)
        return self.track.facts


@dataclass(frozen=True)
class Sound:
    """One language, or one version, of the sound in one codec."""

    name: str
    track: Track
    language: str
    """A tag of RFC 5646."""
    label: str
    """As players list it."""
    default: bool = False
    """Plays where nobody chose; of one codec, one at most."""
    parts: tuple[Segment, ...] = ()

    @property
    def facts(self) -> SoundFacts:
        """Of its track."""
        assert isinstance(self.track.facts, SoundFacts)
        return self.track.facts

    @property
    def group(self) -> str:
        """The alternatives that it is one of: those of its codec."""
        return f"sound-{codec_family(self.track)}"


@dataclass(frozen=True)
class Subtitles:
    """A text in time: one WebVTT file, whose cues count from the beginning of the programme."""

    name: str
    size: int
    """Bytes."""
    language: str
    label: str
    default: bool = False
    forced: bool = False
    """Holds what everybody must read, such as translations of signs."""


@dataclass(frozen=True)
class Contents:
    """All of a package, in the order in which manifests list it."""

    pictures: tuple[Picture, ...]
    sounds: tuple[Sound, ...] = ()
    subtitles: tuple[Subtitles, ...] = ()

    @property
    def end(self) -> Fraction:
        """Seconds of the programme: those of its pictures."""
        return self.pictures[0].track.end

    @property
    def tracks(self) -> tuple[Picture | Sound, ...]:
        """Pictures and sounds."""
        return (*self.pictures, *self.sounds)

    def cut(self, target: Fraction = TARGET) -> Contents:
        """The same with its segments of about `target` seconds, which begin alike in all tracks."""
        keys = [fragment.start for fragment in self.pictures[0].track.fragments]
        starts = segment_starts(keys, self.end, target)
        return replace(self, pictures=_cut(self.pictures, starts), sounds=_cut(self.sounds, starts))


def file_of(each: Picture | Sound) -> str:
    """The name of a track's file in a package. What is encrypted lies in a folder of its track's name, so that nobody takes it
    for a video that anything plays."""
    return f"{each.name}/{PROTECTED_FILE}" if each.track.protection else f"{each.name}.mp4"


T = TypeVar("T", Picture, Sound)


def _cut(tracks: Sequence[T], starts: Sequence[Fraction]) -> tuple[T, ...]:
    return tuple(replace(each, parts=segments(each.track, starts)) for each in tracks)


def codec_family(track: Track) -> str:
    """What its codec is called without its profile and level."""
    return track.codec.partition(".")[0]
