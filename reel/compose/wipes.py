"""Transitions in which each place of the picture has its moment: wipes, circles, diagonals, noise.

A wipe is an *order*: a number for each pixel; where it is small, the new picture appears early. Orders are levelled, so that
equal shares of the picture have equal shares of the time: at any moment the new picture has covered as much of the area as
the transition has covered of its way, whatever the shape. A soft edge comes in from outside of the picture and leaves it, so
soft wipes are a little behind that at first and ahead at last; at half of the way, half is covered exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from reel.compose.planes import Plane, Planes, halved

Numbers: TypeAlias = npt.NDArray[np.floating]
Ranks: TypeAlias = npt.NDArray[np.uint16]
"""A levelled order: 0 changes first, 65535 last."""

LAST = 65535


@dataclass(frozen=True)
class Grid:
    """Where the pixels of a picture lie."""

    width: int
    height: int

    @property
    def column(self) -> Numbers:
        """The middle of each pixel, in pixels from the picture's left edge; shape (1, width)."""
        return np.arange(self.width)[None] + 0.5

    @property
    def row(self) -> Numbers:
        """The same from its top; shape (height, 1)."""
        return np.arange(self.height)[:, None] + 0.5

    @property
    def x(self) -> Numbers:
        """0 at the left edge, 1 at the right one."""
        return self.column / self.width

    @property
    def y(self) -> Numbers:
        """0 at the top, 1 at the bottom."""
        return self.row / self.height

    @property
    def grain(self) -> int:
        """Size of a grain of noise in pixels: even, so that no grain shares its chroma with the next row; 4 at 1080p."""
        return max(2, 2 * round(min(self.width, self.height) / 540))


Order: TypeAlias = Callable[[Grid], Numbers]
"""Any numbers, of a shape that broadcasts to the grid's."""


@dataclass(frozen=True)
class Wipe:
    """An order, and how long each place takes."""

    order: Order
    softness: float
    """Share of the picture that is changing at a time; above 0."""


SHARP = 1 / 400
"""A sharp edge is smoothed over a few pixels, so that it moves by less than a pixel."""
SOFT = 0.5
FEATHERED = 0.2


def _radius(grid: Grid) -> Numbers:
    return np.asarray(np.hypot(grid.column - grid.width / 2, grid.row - grid.height / 2))


def _box(grid: Grid) -> Numbers:
    """As `_radius`, for rectangles of the picture's shape."""
    return np.asarray(np.maximum(abs(grid.x - 0.5), abs(grid.y - 0.5)))


def _clock(grid: Grid) -> Numbers:
    """The angle of a clock's hand, from twelve on."""
    return np.asarray(np.mod(np.arctan2(grid.x - 0.5, 0.5 - grid.y), 2 * np.pi))


def _grains(grid: Grid) -> Numbers:
    # RandomState: its numbers are frozen for ever (NEP 19), those of newer generators are not.
    columns, rows = -(-grid.width // grid.grain), -(-grid.height // grid.grain)
    grains = np.random.RandomState(1).random_sample((rows, columns))
    return np.asarray(grains[(grid.row // grid.grain).astype(int), (grid.column // grid.grain).astype(int)])


def _streaks(across: Numbers, grain: int) -> Numbers:
    """Noise that is the same along a line."""
    noise = np.random.RandomState(2).random_sample(int(across.max()) // grain + 1)
    return np.asarray(noise[(across // grain).astype(int)])


SLICES = 10


def _slices(way: Numbers) -> Numbers:
    """Slats that open one after another along the way, each from its far edge."""
    return way + 0.5 * (1 - np.mod(SLICES * way, 1))


WIND = 0.25
"""How far the longest streak reaches, in shares of the picture."""

WIPES: Mapping[str, Wipe] = {
    "wipe-left": Wipe(lambda at: -at.x, SHARP),
    "wipe-right": Wipe(lambda at: at.x, SHARP),
    "wipe-up": Wipe(lambda at: -at.y, SHARP),
    "wipe-down": Wipe(lambda at: at.y, SHARP),
    "wipe-top-left": Wipe(lambda at: -np.maximum(at.x, at.y), SHARP),
    "wipe-top-right": Wipe(lambda at: -np.maximum(1 - at.x, at.y), SHARP),
    "wipe-bottom-left": Wipe(lambda at: -np.maximum(at.x, 1 - at.y), SHARP),
    "wipe-bottom-right": Wipe(lambda at: -np.maximum(1 - at.x, 1 - at.y), SHARP),
    "smooth-left": Wipe(lambda at: -at.x, SOFT),
    "smooth-right": Wipe(lambda at: at.x, SOFT),
    "smooth-up": Wipe(lambda at: -at.y, SOFT),
    "smooth-down": Wipe(lambda at: at.y, SOFT),
    "diagonal-top-left": Wipe(lambda at: -(at.x + at.y), FEATHERED),
    "diagonal-top-right": Wipe(lambda at: at.x - at.y, FEATHERED),
    "diagonal-bottom-left": Wipe(lambda at: at.y - at.x, FEATHERED),
    "diagonal-bottom-right": Wipe(lambda at: at.x + at.y, FEATHERED),
    "circle-open": Wipe(_radius, FEATHERED),
    "circle-close": Wipe(lambda at: -_radius(at), FEATHERED),
    "rect-open": Wipe(_box, SHARP),
    "rect-close": Wipe(lambda at: -_box(at), SHARP),
    "vertical-open": Wipe(lambda at: abs(at.x - 0.5), FEATHERED),
    "vertical-close": Wipe(lambda at: -abs(at.x - 0.5), FEATHERED),
    "horizontal-open": Wipe(lambda at: abs(at.y - 0.5), FEATHERED),
    "horizontal-close": Wipe(lambda at: -abs(at.y - 0.5), FEATHERED),
    "radial": Wipe(_clock, FEATHERED),
    "slice-left": Wipe(lambda at: _slices(1 - at.x), SHARP),
    "slice-right": Wipe(lambda at: _slices(at.x), SHARP),
    "slice-up": Wipe(lambda at: _slices(1 - at.y), SHARP),
    "slice-down": Wipe(lambda at: _slices(at.y), SHARP),
    "wind-left": Wipe(lambda at: WIND * _streaks(at.row, at.grain) - at.x, FEATHERED),
    "wind-right": Wipe(lambda at: WIND * _streaks(at.row, at.grain) + at.x, FEATHERED),
    "wind-up": Wipe(lambda at: WIND * _streaks(at.column, at.grain) - at.y, FEATHERED),
    "wind-down": Wipe(lambda at: WIND * _streaks(at.column, at.grain) + at.y, FEATHERED),
    "dissolve": Wipe(_grains, FEATHERED),
}
"""Left, right, up and down are where the edge moves to; a corner is where the old picture is seen last."""


def wipe(name: str, picture: Planes, after: Planes, share: float) -> None:
    """Turn `picture` by `share` of the way into `after`, by the wipe of that name."""
    blend_by_ranks(picture, after, levelled(name, picture.width, picture.height), share, WIPES[name].softness)


def blend_by_ranks(picture: Planes, after: Planes, ranks: Ranks, share: float, softness: float) -> None:
    """Turn `picture` by `share` of the way into `after`: low ranks first, each taking `softness` of the time it all takes."""
    full = np.asarray(cv2.LUT(ranks, _weights(share, softness)), np.uint8)
    # Chroma changes as far as the pixels that share it do: where the order jumps, a rank between two rows is neither's.
    half = halved(full)
    for below, above, weight in zip(picture.colours(), after.colours(), (full, half, half), strict=True):
        gone = cv2.multiply(below, cv2.bitwise_not(weight), scale=1 / 255)
        cv2.add(gone, cv2.multiply(above, weight, scale=1 / 255), dst=below)


def _weights(share: float, softness: float) -> Plane:
    """For each rank the weight of the new picture, 0..255, at a share of the way: a smooth step that moves over the ranks."""
    ranks = np.arange(LAST + 1) / LAST
    ramp = np.clip((share * (1 + softness) - ranks) / softness, 0, 1)
    return np.rint(255 * ramp * ramp * (3 - 2 * ramp)).astype(np.uint8)


@lru_cache(maxsize=6)
def levelled(name: str, width: int, height: int) -> Ranks:
    """The ranks of a wipe for each pixel of a picture of that size."""
    order = np.broadcast_to(WIPES[name].order(Grid(width, height)), (height, width))
    steps = LAST / max(float(np.ptp(order)), 1e-9)
    # Rounded, not cut off: places that mirror each other differ in their last bits, and would change one after the other.
    numbers = np.rint((order - order.min()) * steps).astype(np.uint16)
    return np.asarray(cv2.LUT(numbers, ranks_of(np.bincount(numbers.ravel(), minlength=LAST + 1))), np.uint16)


def ranks_of(counts: npt.NDArray[np.integer]) -> Ranks:
    """For each value of a histogram, its rank: how large a share of all comes before the middle of those that have it."""
    until = np.cumsum(counts)
    return np.asarray(np.rint(LAST * (until - counts / 2) / until[-1]), np.uint16)
