"""What the reference draws with: pictures as floats, and where they come from."""

from __future__ import annotations

from fractions import Fraction
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from reel.timeline import TextContent

RGB: TypeAlias = npt.NDArray[np.float32]
"""Shape (height, width, 3): R'G'B' of BT.709, 0..1, as they are stored and mixed (not linear light).
Sources may go beyond."""

RGBA: TypeAlias = npt.NDArray[np.float32]
"""Shape (height, width, 4): the same multiplied by alpha, and alpha, 0..1."""


class Pictures(Protocol):
    """Where the pictures of a timeline come from, as its clips name them.

    A picture may have fewer or more pixels than it is asked for or than its file has: what counts is what it shows from edge
    to edge. Where `frame_of` draws small, a source may give small pictures.
    """

    def size(self, asset: str) -> tuple[int, int]:
        """Width and height of an asset's picture in square pixels, upright: what `fit` counts with."""

    def video(self, asset: str, before: Fraction) -> RGBA:
        """The last frame that begins before a moment, else the first: upright. The moment is in seconds from the asset's
        zero (`MediaFacts.zero`); frames of an even rate begin on their exact grid, others when their file says."""

    def image(self, asset: str) -> RGBA:
        """A still picture, upright."""

    def text(self, content: TextContent, width: int, height: int) -> RGBA:
        """A text in a box of so many pixels of the canvas."""

    def drawn(self, name: str, frame: int, width: int, height: int, unit: float, rate: Fraction) -> RGBA:
        """A picture of the library in a box; of a loop, what it shows `frame` frames after its begin, turn after turn."""


def premultiplied_colour(colour: str) -> RGBA:
    """`#rrggbb` or `#rrggbbaa` (straight alpha) as four floats, multiplied by alpha; shape (4,)."""
    red, green, blue, alpha = bytes.fromhex(colour.removeprefix("#").ljust(8, "f"))
    return np.array([red * alpha, green * alpha, blue * alpha, 255 * alpha], np.float32) / np.float32(255 * 255)


def premultiplied(pixels: npt.NDArray[np.uint8]) -> RGBA:
    """Red, green, blue and straight alpha of 8 bits, shape (height, width, 4), as floats."""
    result: RGBA = pixels.astype(np.float32) / np.float32(255)
    result[..., :3] *= result[..., 3:]
    return result


def over(above: RGBA, below: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """One picture on another of three or four channels (Porter and Duff)."""
    return np.asarray(above[..., : below.shape[-1]] + below * (1 - above[..., 3:]), np.float32)
