"""What is known of a media file by reading it: the facts that planning rests on.

Facts describe the file, never a wish. Sizes come twice, as stored and as displayed; times are exact rationals in seconds on
the file's own clock. `MediaFacts.zero` says where the clock of a *clip* begins: at the first picture, or, where there is no
picture, at the first sound.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

from pydantic import Field

from reel.languages import UNKNOWN
from reel.time import Rational
from reel.toolchain import Tool
from reel.values import Value, is_empty, is_none, is_off, is_zero

FACTS_RULES = 18
"""Raise it when the same file should give other facts than before; facts are read anew then."""

FACTS_TOOLS: frozenset[Tool] = frozenset({"pyav", "pillow"})
"""What reads files; with another version of it they are read anew, too."""


class Colour(Value):
    """How the numbers of a picture map to light. Empty where the file does not say."""

    full_range: bool = False
    matrix: str = ""
    """As FFmpeg names them: `bt709`, `smpte170m`, `bt470bg`, `bt2020nc`, `gbr`..."""
    primaries: str = ""
    transfer: str = ""

    @property
    def hdr(self) -> Literal["pq", "hlg"] | None:
        """The kind of high dynamic range, by the transfer function (ITU-R BT.2100)."""
        return {"smpte2084": "pq", "arib-std-b67": "hlg"}.get(self.transfer)  # type: ignore[return-value]


class Mastering(Value):
    """What pictures of high dynamic range were made on, and how bright they get (SMPTE ST 2086, CTA-861.3)."""

    display: tuple[int, ...] = Field((), min_length=0, max_length=10)
    """Of green, blue, red and white the chromaticities x and y in 1/50,000; the most and the least luminance in 1/10,000 cd/m2.
    Empty where it is not said."""
    light: tuple[int, ...] = Field((), min_length=0, max_length=2)
    """Of the brightest pixel, and of the brightest frame in the mean, in cd/m2; empty where it is not said."""


class NativeFormat(Value):
    """How pictures look that stay in their sources' own numbers: nothing is turned or mapped to other colours."""

    pixel_format: Literal["yuv420p", "yuv420p10le"]
    colour: Colour
    mastering: Mastering | None = Field(None, exclude_if=is_none)

    @property
    def bit_depth(self) -> Literal[8, 10]:
        return 10 if self.pixel_format == "yuv420p10le" else 8


class VideoFacts(Value):
    """One video stream, attached pictures excluded."""

    index: int
    """Number of the stream within the file."""
    codec: str
    width: int
    """Stored width in pixels; a decoder gives frames of this size."""
    height: int
    sample_aspect: Rational = Fraction(1)
    """Width of a pixel divided by its height."""
    rotation: Literal[0, 90, 180, 270] = 0
    """Clockwise turn, in degrees, that brings the stored picture upright."""
    mirrored: bool = False
    """Whether the stored picture is mirrored left to right as well: mirror first, then turn (EXIF's order)."""
    pixel_format: str = ""
    bit_depth: int = 8
    alpha: bool = False
    colour: Colour = Colour()
    mastering: Mastering | None = Field(None, exclude_if=is_none)
    """Null where the file says nothing of it."""
    interlaced: bool = False
    rate: Rational
    """Frames per second, from the frames themselves: of variable ones, what all but lost ones keep to, else the mean."""
    variable: bool = False
    """Whether frames last unequally long (beyond the rounding of the container's time base)."""
    counted: bool = Field(False, exclude_if=is_off)
    """Whether the file says when frames are decoded and not when they are shown: they follow each other evenly as they come out
    of the decoder, whatever their time stamps say, and are read from the file's begin."""
    frames: int
    """How many frames the file shows."""
    start: Rational
    """Time of the first frame, in seconds on the file's clock."""
    duration: Rational
    """Seconds from the first frame's begin to the last frame's end."""
    keyframes: tuple[Rational, ...] = ()
    """Times of the frames at which decoding can begin, on the file's clock; empty where seeking cannot be trusted."""

    @property
    def display_size(self) -> tuple[int, int]:
        """Width and height, in square pixels, as a viewer sees them: pixel aspect and rotation applied."""
        width = max(1, round(self.width * self.sample_aspect))
        return (self.height, width) if self.rotation in (90, 270) else (width, self.height)


class NamedTrack(Value):
    """One of several streams of a kind, as its file names it."""

    index: int
    """Number of the stream within the file."""
    codec: str
    language: str = Field(UNKNOWN, exclude_if=lambda language: language == UNKNOWN)
    """A tag of RFC 5646; `und` where the file does not say."""
    title: str = Field("", exclude_if=is_empty)
    """As the file has it, in one line: `Commentary`. Empty where it has none."""
    default: bool = Field(False, exclude_if=is_off)
    """Whether a player takes it where nobody chose."""
    forced: bool = Field(False, exclude_if=is_off)
    """Whether everybody is to get it, such as translations of signs."""


class AudioFacts(NamedTrack):
    """One audio stream that this machine can decode."""

    sample_rate: int
    channels: int
    layout: str = ""
    """As FFmpeg names it: `mono`, `stereo`, `5.1`..."""
    start: Rational
    """Time of the first sample, in seconds on the file's clock."""
    duration: Rational
    """Seconds from the first sample to the end of the last."""
    turns_back: bool = Field(False, exclude_if=is_off)
    """Whether time stamps go back on the way, so that some are false, or overlap (`reel.stamps.heard_at`)."""


class SubtitleFacts(NamedTrack):
    """One stream of subtitles."""

    is_text: bool
    """Whether it is letters; else pictures of them, as DVDs and Blu-rays have, which nothing here reads."""
    late: int = Field(0, exclude_if=is_zero)
    """How many begin when the file's picture is over."""
    cut: int = Field(0, exclude_if=is_zero)
    """How many begin before that, and go on for more than a frame after it."""


class Chapter(Value):
    """A part of a video with a name. Half-open, in seconds."""

    start: Rational
    end: Rational
    title: str = ""


class MediaFacts(Value):
    """One media file."""

    sha256: str
    """Of the file's bytes: the asset's identity."""
    bytes: int
    demuxer: str
    """FFmpeg's name of the reader that fits (`mov,mp4,m4a,3gp,3g2,mj2`); the only one it may open the file with later."""
    still: bool = False
    """Whether the file is a single image."""
    animation: bool = Field(False, exclude_if=is_off)
    """Whether it is pictures in a format of images, one after another: GIF, APNG, a sequence of AVIF."""
    video: VideoFacts | None = None
    """The stream a player would show: the one flagged as default, else the first."""
    audio: AudioFacts | None = None
    """The stream a player would sound, chosen alike."""
    other_audio: tuple[AudioFacts, ...] = Field((), exclude_if=is_empty)
    """What else of sound can be decoded, in the file's order."""
    subtitles: tuple[SubtitleFacts, ...] = Field((), exclude_if=is_empty)
    chapters: tuple[Chapter, ...] = Field((), exclude_if=is_empty)
    """On the file's clock, by their beginnings."""
    cues: tuple[tuple[int, int], ...] = Field((), exclude_if=is_empty)
    """Of a file of subtitles, when each is shown: its begin and end, in milliseconds from the video's begin."""
    other_streams: tuple[str, ...] = ()
    """What else is in the file, for the record: `attached picture png`, `video h264`, `subtitle mov_text`..."""
    warnings: tuple[str, ...] = ()
    """What is odd but usable: damaged packets, missing time stamps..."""

    @property
    def without_picture(self) -> str:
        """What a file that has none is, in words."""
        if any(other.startswith("attached picture") for other in self.other_streams):
            return "is sound with a cover, which is no video"
        return "has sound but no picture" + (" that can be decoded here" if self._holds_unread("video") else "")

    @property
    def without_motion(self) -> str:
        """Likewise of a single image; of an animation that cannot be decoded here its warning says so."""
        told = (warning for warning in self.warnings if warning.startswith("an animation of "))
        return f"is {next(told, 'a still picture')}"

    @property
    def without_sound(self) -> str:
        """Likewise of sound."""
        return "has no sound" + (" that can be decoded here" if self._holds_unread("audio") else "")

    def _holds_unread(self, kind: str) -> bool:
        return any(other.startswith(kind) and other.endswith("(cannot be decoded)") for other in self.other_streams)

    @property
    def is_picture(self) -> bool:
        """Whether it can stand where a still picture is asked for: of one that may move, the first frame."""
        return self.still or self.animation

    @property
    def sounds(self) -> tuple[AudioFacts, ...]:
        """All sound tracks that can be decoded, in the file's order: people count them from 1."""
        chosen = (self.audio,) if self.audio else ()
        return tuple(sorted((*chosen, *self.other_audio), key=lambda track: track.index))

    def sound(self, stream: int | None = None) -> AudioFacts | None:
        """The sound track of a stream; of none, the one that a player would sound."""
        return self.audio if stream is None else next((each for each in self.sounds if each.index == stream), None)

    @property
    def zero(self) -> Fraction:
        """The time, on the file's clock, that a clip calls 0."""
        stream = self.video or self.audio
        return stream.start if stream else Fraction(0)

    @property
    def sound_at(self) -> Fraction:
        """When the first sample is heard, in seconds from `zero`: negative where the sound begins before the picture."""
        return self.sound_begin(self.audio) if self.audio else Fraction(0)

    def sound_begin(self, track: AudioFacts) -> Fraction:
        """The same of any of its sound tracks."""
        return track.start - self.zero

    @property
    def duration(self) -> Fraction:
        """Seconds of the stream that sets the length: the picture, else the sound."""
        stream = self.video or self.audio
        return stream.duration if stream else Fraction(0)


Library = Mapping[str, MediaFacts]
"""The facts of every asset of a request, under the field that names it (`clips[2].asset`)."""
