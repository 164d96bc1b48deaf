"""Small pictures of light: the sprites that moving overlays are made of.

A light is a plane of 0..255 on black, at its brightest. It is drawn with divisions and roots alone, whose results are the same
on every machine, unlike those of `exp` and `sin`.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from reel.compose.planes import Plane, levels_of

SUBPIXELS = 4
"""Sprites are drawn for so many positions between two pixels, each way, so that slow ones do not jump."""

DIMMED = np.array(
    [cv2.convertScaleAbs(np.arange(256, dtype=np.uint8), alpha=level / 255).ravel() for level in range(256)], np.float32
)
"""Light of 0..255 (column) at a brightness of 0..255 (row), rounded as OpenCV does it."""


def _distances(radius: float, x: int, y: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Horizontal and vertical distance from a centre, in radii; the sprite reaches a little beyond 1."""
    reach = int(radius) + 1
    steps = np.arange(-reach, reach + 2, dtype=np.float64)
    return (steps[None] - x / SUBPIXELS) / radius, (steps[:, None] - y / SUBPIXELS) / radius


def _light(values: npt.NDArray[np.float64]) -> Plane:
    return np.rint(255 * np.clip(values, 0, 1)).astype(np.uint8)


@lru_cache(maxsize=512)
def glow(radius: float, x: int, y: int) -> Plane:
    """A speck: a bright core in a halo that ends at `radius`; (x, y) in subpixels."""
    across, down = _distances(radius, x, y)
    square = across * across + down * down
    rim = np.clip(1 - square, 0, 1)
    return _light(1.25 * rim * rim / (1 + 9 * square))


@lru_cache(maxsize=512)
def disc(radius: float, x: int, y: int) -> Plane:
    """A light out of focus: an even disc with a soft edge that is a little brighter, as lenses draw it."""
    across, down = _distances(radius, x, y)
    distance = np.sqrt(across * across + down * down)
    edge = np.clip((1 - distance) * 7, 0, 1)
    return _light(edge * edge * (3 - 2 * edge) * (0.62 + 0.38 * distance * distance))


@lru_cache(maxsize=512)
def star(radius: float, x: int, y: int) -> Plane:
    """A glint: four long rays, four short ones between them, and a core."""
    across, down = _distances(radius, x, y)
    slim = 1.5 + radius * 0.42
    square = across * across + down * down
    rays = _ray(across, down, slim) + _ray(down, across, slim)
    turned = (across + down) * 1.4, (across - down) * 1.4
    short = _ray(*turned, slim) + _ray(turned[1], turned[0], slim)
    halo = np.clip(1 - 1.8 * square, 0, 1)
    core = 1.4 * np.clip(1 - square, 0, 1) / (1 + 160 * square) + 0.2 * halo * halo * halo
    light = rays + 0.4 * short + core
    # Bent, so that the middle is bright in a small point alone: a flat one looks dull where the star is dim.
    return _light(1.5 * light / (0.9 + light))


def _ray(along: npt.NDArray[np.float64], beside: npt.NDArray[np.float64], slim: float) -> npt.NDArray[np.float64]:
    """Both ways along a line: thinner and dimmer to its ends."""
    rest = np.clip(1 - abs(along), 0, 1)
    width = beside * slim * (1 + 3 * abs(along))
    ray: npt.NDArray[np.float64] = rest * rest * rest / (1 + 4 * width * width)
    return ray


GOLDEN = ((0, "#000000"), (48, "#3a2a0c"), (120, "#b98f32"), (180, "#f0c85a"), (225, "#ffe9a8"), (255, "#fffdf4"))
"""How bright which colour is: gold glows brown when dim and white when bright."""

WARM = ((0, "#000000"), (50, "#2a2418"), (130, "#b49a6a"), (190, "#f4e4bc"), (230, "#fff6e0"), (255, "#ffffff"))


def ramp(stops: tuple[tuple[int, str], ...]) -> tuple[Plane, Plane, Plane]:
    """Tables from light to luma and chroma."""
    places = [place for place, _ in stops]
    colours = [levels_of(colour) for _, colour in stops]
    tables = (np.rint(np.interp(np.arange(256), places, levels)) for levels in zip(*colours, strict=True))
    y, u, v = (table.astype(np.uint8) for table in tables)
    return y, u, v
