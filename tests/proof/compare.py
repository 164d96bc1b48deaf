"""How far a rendered frame may be from the reference, and how far it is.

Two things are not the renderer's fault: codec, 8 bits and resampling change values a little; and edges lie on whole pairs of
pixels. So a pixel is right where its value lies within a few levels of what the reference shows within two pixels of it; and,
because a busy neighbourhood would let anything pass, each block must also be right on the average.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from reel.proof import RGB
from tests.proof.rendering import Planes

Plane = npt.NDArray[np.float32]

NEAR = 2
"""Pixels by which an edge may be off: sides and places are rounded to even numbers. For chroma pixels of its own, as grains of
noise are no larger than those."""
LEVELS = 12.0
"""Of 255, by which a value may be beyond all that the reference shows near it."""
OVERSHOOT = 0.12
"""Of the height of an edge more: cubic and Lanczos interpolation swing beyond it by as much, each in its own way."""
OUTLIERS = 0.025
"""Share of pixels that may be beyond that: x264 rings at hard edges, more where they are small; and dots and lines of a single
pixel (glitter, a thin frame) that are scaled or turned lie between pixels in as many ways as there are interpolations."""
BLOCK = 8
MEAN_LEVELS = 8.0
"""By which the mean of a block may be off, where the reference is even; beside edges, a share of their height more."""
OF_EDGES = 0.35


@dataclass(frozen=True)
class Distance:
    """How far a frame is from the reference."""

    outliers: float
    """Share of the values that no near pixel of the reference explains."""
    blocks: float
    """By how many times the bound the mean of the worst block is off."""

    @property
    def is_right(self) -> bool:
        return self.outliers <= OUTLIERS and self.blocks <= 1


def planes_of(picture: RGB) -> Planes:
    """R'G'B' as Y'CbCr 4:2:0 of BT.709 in limited range, chroma at the left edge of each pair of pixels."""
    y, u, v = _levels(picture)
    return y, _halved(u), _halved(v)


def _levels(picture: RGB) -> tuple[Plane, Plane, Plane]:
    """R'G'B' as Y'CbCr of BT.709 in limited range."""
    red, green, blue = (picture[..., channel] for channel in range(3))
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    u, v = (
        np.asarray(128 + 224 * (colour - luma) / side, np.float32) for colour, side in ((blue, 1.8556), (red, 1.5748))
    )
    return np.asarray(16 + 219 * luma, np.float32), u, v


def _halved(plane: Plane) -> Plane:
    rows = (plane[0::2] + plane[1::2]) / 2
    left = np.concatenate([rows[:, :1], rows[:, 1:-1:2]], axis=1)
    return np.asarray((left + 2 * rows[:, 0::2] + rows[:, 1::2]) / 4, np.float32)


def distance(found: Planes, expected: RGB) -> Distance:
    """How far a frame is from the reference."""
    whole = _levels(expected)
    ranges = (_range(whole[0], NEAR), *(_range(plane, 2 * NEAR, each=2) for plane in whole[1:]))
    triples = [*zip(found, planes_of(expected), ranges, strict=True)]
    return Distance(
        max(_outliers(made, near) for made, _, near in triples),
        max(_worst_block(*triple) for triple in triples),
    )


def _outliers(found: Plane, near: tuple[Plane, Plane]) -> float:
    low, high = near
    beyond = np.maximum(found - high, low - found)
    return float((beyond > LEVELS + OVERSHOOT * (high - low)).mean())


def _worst_block(found: Plane, expected: Plane, near: tuple[Plane, Plane]) -> float:
    """Mean of each block against that of the reference, over a bound that grows with the contrast in it."""
    low, high = near
    off = abs(_means(found - expected, BLOCK))
    return float((off / (MEAN_LEVELS + OF_EDGES * _means(high - low, BLOCK))).max())


def _range(plane: Plane, near: int, *, each: int = 1) -> tuple[Plane, Plane]:
    """The lowest and highest value near each pixel, or near each block of `each` times `each` of them: an edge within such a
    block gives its one value of chroma to either side, or to both in part."""
    kernel = np.ones((2 * near + each, 2 * near + each), np.uint8)
    low, high = (
        change(plane, kernel, anchor=(near, near), borderType=cv2.BORDER_REPLICATE)
        for change in (cv2.erode, cv2.dilate)
    )
    return np.asarray(low[::each, ::each], np.float32), np.asarray(high[::each, ::each], np.float32)


def _means(plane: Plane, size: int) -> Plane:
    """Means of whole blocks."""
    height, width = (side // size * size for side in plane.shape)
    blocks = plane[:height, :width].reshape(height // size, size, width // size, size)
    return np.asarray(blocks.mean(axis=(1, 3)), np.float32)
