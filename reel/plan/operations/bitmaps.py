"""Operations that draw: still pictures as bitmaps, and loops of the library."""

from __future__ import annotations

from typing import ClassVar, Literal

from reel.plan.operations.base import Operation, PictureSource
from reel.time import Rational
from reel.timeline import Area, Framing, TextStyle


class ImageBitmap(Operation):
    """Decode a still picture and frame it for an area: a bitmap (see `reel.compose.planes`)."""

    rules: ClassVar[int] = 3
    operation: Literal["image"] = "image"
    source: PictureSource
    width: int
    height: int
    framing: Framing = Framing()

    def assets(self) -> tuple[str, ...]:
        return (self.source.asset,)


class TextBitmap(Operation):
    """Shape, wrap and draw a text into a box: a bitmap."""

    rules: ClassVar[int] = 2
    operation: Literal["text"] = "text"
    text: str
    style: TextStyle
    width: int
    height: int
    fonts: tuple[str, ...]
    """SHA-256 of the font files, in the order of the fallback chain."""


class DrawnBitmap(Operation):
    """Draw a still picture of the library: a bitmap."""

    rules: ClassVar[int] = 2
    operation: Literal["drawing"] = "drawing"
    name: str
    width: int
    height: int
    unit: float
    """Pixels of the bitmap for a pixel of a canvas whose short side has 1080: how thick lines are."""


class DrawnLoop(Operation):
    """Draw a moving picture of the library that begins anew without a jump, opaque: `0.mp4` and so on, one for each part."""

    rules: ClassVar[int] = 3
    operation: Literal["loop"] = "loop"
    name: str
    width: int
    height: int
    rate: Rational
    frames: int
    """Of one turn."""
    parts: tuple[Area, ...]
    """What is seen of it. The rest is not encoded, and so need not be decoded, over and over."""
