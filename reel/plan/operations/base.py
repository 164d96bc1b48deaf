"""What operations have in common, and how they read assets."""

from __future__ import annotations

from fractions import Fraction
from typing import ClassVar

from reel.media import Colour
from reel.time import Rational
from reel.timeline import Framing
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
    made: bool = False
    """Whether `asset` is the key of a step, which makes the file (`picture.mp4`)."""


class SourceClip(Value):
    """A stretch of a video stream, in whole frames of the segment, framed for an area."""

    source: PictureSource
    frames: int
    media_in: Rational
    """Time of the first frame to show, in seconds on the file's own clock."""
    seek: Rational | None = None
    """A key frame at or before `media_in` at which decoding can begin; null: the file's begin."""
    speed: Rational = Fraction(1)
    """0 holds the first frame."""
    framing: Framing = Framing()
