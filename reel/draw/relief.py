"""Goldsmith's work: a relief is built from beads, strokes and mouldings, then lit as metal.

A relief is symmetrical, so only its top left quarter is built. Heights are in pixels. Light, too, is computed in whole numbers
and with tables, so that every machine draws the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from reel.compose.planes import Pixels, Plane

Floats: TypeAlias = npt.NDArray[np.float64]
Table: TypeAlias = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Bead:
    """A ball, sunk into the ground at `lift` above it. Lengths in units: a 1080th of the picture's short side."""

    x: float
    y: float
    radius: float
    lift: float = 0.0


class Relief:
    """The top left quarter of a frame that is being built. Coordinates in units, from the corner."""

    def __init__(self, width: int, height: int, unit: float) -> None:
        self.width, self.height = width, height
        self.unit = unit
        """Pixels per unit."""
        shape = (-(-height // 2), -(-width // 2))
        self.heights: Floats = np.zeros(shape)
        self.cover: Floats = np.zeros(shape)
        """0..1: how much of a pixel is metal."""

    @property
    def across(self) -> float:
        """Units from the left edge to the middle."""
        return self.width / 2 / self.unit

    @property
    def down(self) -> float:
        """Units from the top edge to the middle."""
        return self.height / 2 / self.unit

    def mould(self, profile: Sequence[tuple[float, float]]) -> None:
        """Run a moulding along the edges, mitred in the corner: (distance from the edge, height) in units, the distances
        rising; it lies between the first and the last."""
        rows = np.arange(self.heights.shape[0])[:, None] + 0.5
        columns = np.arange(self.heights.shape[1])[None] + 0.5
        edge = np.minimum(rows, columns) / self.unit
        places, levels = zip(*profile, strict=True)
        outer = np.clip((edge - places[0]) * self.unit + 0.5, 0, 1)
        inside = np.minimum(outer, np.clip((places[-1] - edge) * self.unit + 0.5, 0, 1))
        self.cover = np.maximum(self.cover, inside)
        self.heights = np.where(inside > 0, np.interp(edge, places, levels) * self.unit, self.heights)

    def cut(self, radius: float) -> None:
        """Take away what lies within a radius of the corner."""
        rows = np.arange(self.heights.shape[0])[:, None] + 0.5
        columns = np.arange(self.heights.shape[1])[None] + 0.5
        left = np.clip(np.sqrt(rows * rows + columns * columns) - radius * self.unit + 0.5, 0, 1)
        self.cover = np.minimum(self.cover, left)
        self.heights = np.where(left > 0, self.heights, 0)

    def add(self, beads: Iterable[Bead], *, diagonal: bool = False) -> None:
        """Set beads; with `diagonal` also their mirror images in the corner's diagonal."""
        for bead in beads:
            self._set(bead.x, bead.y, bead)
            if diagonal:
                self._set(bead.y, bead.x, bead)

    def _set(self, x: float, y: float, bead: Bead) -> None:
        x, y, radius = x * self.unit, y * self.unit, max(bead.radius * self.unit, 0.5)
        left, right = max(0, int(x - radius - 1)), min(self.heights.shape[1], int(x + radius + 2))
        top, bottom = max(0, int(y - radius - 1)), min(self.heights.shape[0], int(y + radius + 2))
        if left >= right or top >= bottom:
            return
        across = np.arange(left, right)[None] + 0.5 - x
        down = np.arange(top, bottom)[:, None] + 0.5 - y
        square = across * across + down * down
        ball = np.sqrt(np.maximum(radius * radius - square, 0))
        inside = np.clip(radius + 0.5 - np.sqrt(square), 0, 1)
        place = np.s_[top:bottom, left:right]
        raised = np.where(inside > 0, ball + bead.lift * self.unit, 0)
        self.heights[place] = np.maximum(self.heights[place], raised)
        self.cover[place] = np.maximum(self.cover[place], inside)


Point: TypeAlias = tuple[float, float]

Bend: TypeAlias = tuple[float, float, float]
"""A length in units, and how strongly a curve turns to the right at its begin and at its end, in degrees per 100 units."""


def curve(x: float, y: float, heading: float, *bends: Bend) -> list[Point]:
    """Points along a line whose bend changes evenly along each piece (Euler's spirals), from a point in a direction: 0 to the
    right, 90 down."""
    points, angle = [(x, y)], math.radians(heading)
    for length, first, last in bends:
        steps = max(2, round(2 * length))
        step = length / steps
        for number in range(steps):
            angle += math.radians((first + (last - first) * (number + 0.5) / steps) / 100 * step)
            x, y = x + step * math.cos(angle), y + step * math.sin(angle)
            points.append((x, y))
    return points


def stroke(points: Sequence[Point], radii: tuple[float, float, float], lift: float = 0.0) -> Iterator[Bead]:
    """Beads so close along a line that they melt into one; their radius goes from the first by the second, in the middle, to
    the third."""
    first, middle, end = radii
    last: Point | None = None
    for number, (x, y) in enumerate(points):
        way = number / (len(points) - 1)
        radius = max(first + (end - first) * way + (middle - (first + end) / 2) * 4 * way * (1 - way), 0.4)
        if last is None or math.dist(last, (x, y)) >= radius / 8:
            last = (x, y)
            yield Bead(x, y, radius, lift)


Metal: TypeAlias = tuple[tuple[int, str], ...]
"""How a metal shines: which colour at which light, 0..255, rising."""


FINE = 64
"""Heights are whole numbers of a 64th of a pixel."""
SLOPES = 16
"""Slopes are told apart in steps of a 16th..."""
STEEPEST = 127
"""...up to so many, either way."""

SHADOW = (18, 12, 6)
SHADOW_STRENGTH = 0.55


def cast(relief: Relief, metal: Metal, *, shadow: float) -> Pixels:
    """The whole frame in metal, with a soft shadow (of a reach in units) on what lies below it."""
    # Smoothed a little, so that where shapes meet there are no steps.
    heights = np.asarray(cv2.GaussianBlur(_whole(relief.heights * FINE, relief).astype(np.uint16), (3, 3), 0), np.int32)
    cover: Plane = _whole(relief.cover * 255, relief).astype(np.uint8)
    shade = _lit(heights, relief.unit)
    colours = np.asarray(np.dstack([cv2.LUT(shade, table) for table in _ramp(metal)]), np.uint8)
    return _over_shadow(colours, cover, max(1, round(shadow * relief.unit)))


def _whole(quarter: Floats, relief: Relief) -> Floats:
    """All four quarters, rounded to whole numbers."""
    quarter = np.rint(quarter)
    upper = np.hstack([quarter, quarter[:, ::-1][:, relief.width % 2 :]])
    return np.vstack([upper, upper[::-1][relief.height % 2 :]])


def _lit(heights: npt.NDArray[np.int32], unit: float) -> Plane:
    """How bright each pixel is, 0..255; heights in `FINE` parts of a pixel."""
    padded = np.pad(heights, 1, mode="edge")
    across = _slope(padded[1:-1, 2:] - padded[1:-1, :-2])
    down = _slope(padded[2:, 1:-1] - padded[:-2, 1:-1])
    shade = _reflections()[down, across].astype(np.int32)
    # What lies deeper than what is around it gets less light.
    reach = 2 * max(1, round(7 * unit)) + 1
    around = cv2.blur(np.clip(heights, 0, 65535).astype(np.uint16), (reach, reach)).astype(np.int32)
    hollow = np.clip(around - heights, 0, None)
    shade -= np.minimum(hollow * 12 // max(1, round(5 * FINE * unit)), 90)
    shade += _sheen(heights.shape[0], heights.shape[1], unit)
    return np.clip(shade, 0, 255).astype(np.uint8)


def _slope(twice: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """An index for a difference of heights over two pixels."""
    return np.asarray(np.clip((twice * SLOPES + FINE) // (2 * FINE), -STEEPEST, STEEPEST) + STEEPEST, np.int32)


def _sheen(height: int, width: int, unit: float) -> npt.NDArray[np.int32]:
    """Broad bands of light across the whole, as polished metal shows of a room."""
    period = max(8, round(760 * unit))
    way = (np.arange(width)[None] * 5 + np.arange(height)[:, None] * 3) // 5 % period
    rise = np.minimum(way, period - way) * 2 * 256 // period  # 0..256, a triangle
    smooth = rise * rise * (768 - 2 * rise) >> 16  # 0..256, a smooth step
    return np.asarray(smooth * 70 // 256 - 30, np.int32)


def _reflections() -> npt.NDArray[np.uint8]:
    """What a polished surface shows of a studio, by its slopes down and across: a bright window up to the left, a dim one
    to the right, a dark floor with a glimmer."""
    steps = np.arange(-STEEPEST, STEEPEST + 1) / SLOPES
    across, down = steps[None], steps[:, None]
    length = np.sqrt(1 + across * across + down * down)
    x, y, z = -across / length, -down / length, 1 / length
    # The direction that a ray from the viewer goes on to.
    to_x, to_y, to_z = 2 * x * z, 2 * y * z, 2 * z * z - 1
    sky = 0.42 - 0.34 * to_y - 0.12 * to_x
    window = _lobe(to_x, to_y, to_z, (-0.50, -0.66, 0.56), 10)
    wide = _lobe(to_x, to_y, to_z, (-0.35, -0.80, 0.49), 3)
    right = _lobe(to_x, to_y, to_z, (0.80, -0.20, 0.56), 8)
    floor = _lobe(to_x, to_y, to_z, (0.35, 0.85, 0.40), 6)
    light = 255 * (0.86 * sky + 0.62 * window + 0.22 * wide + 0.22 * right + 0.20 * floor)
    return np.rint(np.clip(light, 0, 255)).astype(np.uint8)


def _lobe(x: Floats, y: Floats, z: Floats, to: tuple[float, float, float], sharpness: int) -> Floats:
    """A light in a direction: a cosine to a whole power."""
    towards = np.maximum(x * to[0] + y * to[1] + z * to[2], 0)
    light = towards
    for _ in range(sharpness - 1):
        light = light * towards
    return light


def _ramp(metal: Metal) -> tuple[Table, Table, Table]:
    places = [place for place, _ in metal]
    colours = [bytes.fromhex(colour[1:]) for _, colour in metal]
    red, green, blue = (
        np.rint(np.interp(np.arange(256), places, levels)).astype(np.uint8) for levels in zip(*colours, strict=True)
    )
    return red, green, blue


def _over_shadow(colours: npt.NDArray[np.uint8], cover: Plane, reach: int) -> Pixels:
    """Straight alpha: metal over a shadow that falls down and to the right."""
    side = 2 * reach + 1
    blurred = cv2.GaussianBlur(cover, (side, side), 0, borderType=cv2.BORDER_REPLICATE)
    fallen = np.zeros_like(cover)
    step = max(1, reach // 3)
    fallen[step:, step:] = blurred[:-step, :-step]
    pixels = np.zeros((*cover.shape, 4), np.uint8)
    pixels[..., :3] = colours
    seen = (cover > 0) | (fallen > 0)
    metal = cover[seen] / 255
    dark = fallen[seen] / 255 * SHADOW_STRENGTH * (1 - metal)
    alpha = metal + dark
    share = (metal / alpha)[:, None]
    pixels[seen, :3] = np.rint(colours[seen] * share + np.array(SHADOW) * (1 - share))
    pixels[seen, 3] = np.rint(alpha * 255)
    return pixels
