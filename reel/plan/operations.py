"""The operations that steps perform: frozen descriptions of work, complete to the last parameter that affects a byte.

Raise an operation's `rules` by one when the same description should give other bytes than before; every key of that
operation changes then, and nothing stale is ever served.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from reel.media import Colour
from reel.presets import AudioEncoder, Canvas, Fit, VideoEncoder
from reel.time import SAMPLE_RATE, Rational
from reel.values import Value, digest


class Operation(Value):
    """The base of all operations."""

    rules: ClassVar[int]
    operation: str

    def needs(self) -> tuple[str, ...]:
        """Keys of the steps whose artefacts this one reads."""
        return ()

    def assets(self) -> tuple[str, ...]:
        """SHA-256 of the assets that this one reads."""
        return ()

    def key(self, build: str) -> str:
        """The name of the artefact: a digest of everything that affects its bytes, with `build`, the tools' identity."""
        return digest({"build": build, "rules": self.rules, **self.model_dump(mode="json")})


class StreamSource(Value):
    """How to open one stream of an asset: with this reader and this decoder alone."""

    asset: str
    demuxer: str
    stream: int
    codec: str


class PictureSource(StreamSource):
    """A video stream, with what composing must know of it."""

    display_size: tuple[int, int]
    colour: Colour
    interlaced: bool = False
    alpha: bool = False
    rate: Rational
    variable: bool = False
    start: Rational = Fraction(0)
    """Time of the stream's first frame, on the file's clock."""


class PictureClip(Value):
    """A stretch of a video stream, in whole frames of the segment."""

    source: PictureSource
    frames: int
    media_in: Rational
    """Time of the first frame to show, in seconds on the file's own clock."""
    seek: Rational | None = None
    """A key frame at or before `media_in` at which decoding can begin; null: the file's begin."""
    speed: Rational = Fraction(1)
    fit: Fit = "contain"


class Picture(Operation):
    """Compose and encode one segment of picture: `picture.mp4`, video only, exactly `frames` frames."""

    rules: ClassVar[int] = 1
    operation: Literal["picture"] = "picture"
    canvas: Canvas
    clip: PictureClip
    encoder: VideoEncoder

    @property
    def frames(self) -> int:
        return self.clip.frames

    def assets(self) -> tuple[str, ...]:
        return (self.clip.source.asset,)


class Decode(Operation):
    """Decode a whole audio stream to `sound.f32`: stereo, 48 kHz, interleaved 32-bit floats, no header.

    Sample 0 is the moment `zero` of the file's clock. The whole stream is decoded from its begin, because no seek in
    compressed sound is sample-exact.
    """

    rules: ClassVar[int] = 1
    operation: Literal["decode"] = "decode"
    source: StreamSource
    channels: int
    zero: Rational
    samples: int
    """How many samples to make: the stream's own length, cut or padded with silence."""

    def assets(self) -> tuple[str, ...]:
        return (self.source.asset,)


class Stretch(Operation):
    """Play a stretch of decoded sound faster or slower at its own pitch: `sound.f32`, exactly `samples` samples."""

    rules: ClassVar[int] = 1
    operation: Literal["stretch"] = "stretch"
    sound: str
    """Key of the decoded sound."""
    first: int
    """First sample of the stretch."""
    speed: Rational
    samples: int

    def needs(self) -> tuple[str, ...]:
        return (self.sound,)


class SoundPart(Value):
    """Samples of a sound, placed on the soundtrack."""

    sound: str
    """Key of the decoded or stretched sound."""
    first: int
    """First sample to take of it."""
    at: int
    """Where it goes, in samples of the soundtrack."""
    samples: int
    gain: float = 1.0
    """Linear factor."""


class SoundMix(Operation):
    """Mix parts on one line of samples and encode it once: `sound.m4a`, exactly `samples` samples."""

    rules: ClassVar[int] = 1
    operation: Literal["soundtrack"] = "soundtrack"
    samples: int
    parts: tuple[SoundPart, ...]
    encoder: AudioEncoder
    sample_rate: int = SAMPLE_RATE

    def needs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(part.sound for part in self.parts))


class Join(Operation):
    """Join segments and their soundtrack by copying packets: `video.mp4`, ready to stream."""

    rules: ClassVar[int] = 1
    operation: Literal["join"] = "join"
    canvas: Canvas
    segments: tuple[str, ...]
    """Keys of the pictures, in order."""
    frames: int
    soundtrack: str
    samples: int

    def needs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.segments, self.soundtrack)))


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

    def needs(self) -> tuple[str, ...]:
        return (self.video,)


AnyOperation = Annotated[Picture | Decode | Stretch | SoundMix | Join | Stills, Field(discriminator="operation")]
