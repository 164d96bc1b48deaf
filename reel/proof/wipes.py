"""Transitions in which each place of the picture has its moment, by their definition."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from reel.proof.pictures import RGB

Numbers = npt.NDArray[np.floating]

Size = tuple[int, int]
"""Width and height, in pixels of the canvas, of where a transition takes place; it may be drawn with fewer."""


class At:
    """Where places of the picture lie, 0..1 from its left and top edge; with `column` and `row` in pixels of the canvas."""

    def __init__(self, size: Size, width: int, height: int) -> None:
        self.size = size
        self.x, self.y = (np.arange(width)[None] + 0.5) / width, (np.arange(height)[:, None] + 0.5) / height
        self.column, self.row = self.x * size[0], self.y * size[1]
        self.grain = max(2, 2 * round(min(size) / 540))
        """Side of a grain of noise, in pixels of the canvas."""


SHARP, SOFT, FEATHERED = 1 / 400, 0.5, 0.2
"""Which share of the picture is changing at a time."""


def radius(at: At) -> Numbers:
    """Distance from the middle, in pixels of the canvas."""
    return np.asarray(np.hypot((at.x - 0.5) * at.size[0], (at.y - 0.5) * at.size[1]))


def box(at: At) -> Numbers:
    """Distance from the middle along the farther of both axes, as a share."""
    return np.asarray(np.maximum(abs(at.x - 0.5), abs(at.y - 0.5)))


def _slats(way: Numbers) -> Numbers:
    """Ten slats, one after another along the way; each opens from its far edge, within half a slat's time for the next."""
    return way - 0.5 * np.mod(10 * way, 1)


def _streaks(across: Numbers, at: At) -> Numbers:
    """Lines of a grain's width, each as far ahead as chance says, up to a quarter of the picture."""
    noise = np.random.RandomState(2).random_sample(max(at.size) // at.grain + 1)
    return np.asarray(0.25 * noise[(across // at.grain).astype(int)])


def _grains(at: At) -> Numbers:
    columns, rows = (-(-side // at.grain) for side in at.size)
    noise = np.random.RandomState(1).random_sample((rows, columns))
    return np.asarray(noise[(at.row // at.grain).astype(int), (at.column // at.grain).astype(int)])


WIPES: dict[str, tuple[float, Callable[[At], Numbers]]] = {
    "wipe-left": (SHARP, lambda at: -at.x),
    "wipe-right": (SHARP, lambda at: at.x),
    "wipe-up": (SHARP, lambda at: -at.y),
    "wipe-down": (SHARP, lambda at: at.y),
    "wipe-top-left": (SHARP, lambda at: np.minimum(1 - at.x, 1 - at.y)),
    "wipe-top-right": (SHARP, lambda at: np.minimum(at.x, 1 - at.y)),
    "wipe-bottom-left": (SHARP, lambda at: np.minimum(1 - at.x, at.y)),
    "wipe-bottom-right": (SHARP, lambda at: np.minimum(at.x, at.y)),
    "smooth-left": (SOFT, lambda at: -at.x),
    "smooth-right": (SOFT, lambda at: at.x),
    "smooth-up": (SOFT, lambda at: -at.y),
    "smooth-down": (SOFT, lambda at: at.y),
    "diagonal-top-left": (FEATHERED, lambda at: -at.x - at.y),
    "diagonal-top-right": (FEATHERED, lambda at: at.x - at.y),
    "diagonal-bottom-left": (FEATHERED, lambda at: at.y - at.x),
    "diagonal-bottom-right": (FEATHERED, lambda at: at.x + at.y),
    "circle-open": (FEATHERED, radius),
    "circle-close": (FEATHERED, lambda at: -radius(at)),
    "rect-open": (SHARP, box),
    "rect-close": (SHARP, lambda at: -box(at)),
    "vertical-open": (FEATHERED, lambda at: abs(at.x - 0.5)),
    "vertical-close": (FEATHERED, lambda at: -abs(at.x - 0.5)),
    "horizontal-open": (FEATHERED, lambda at: abs(at.y - 0.5)),
    "horizontal-close": (FEATHERED, lambda at: -abs(at.y - 0.5)),
    "radial": (FEATHERED, lambda at: -np.arctan2(at.x - 0.5, at.y - 0.5)),
    "slice-left": (SHARP, lambda at: _slats(1 - at.x)),
    "slice-right": (SHARP, lambda at: _slats(at.x)),
    "slice-up": (SHARP, lambda at: _slats(1 - at.y)),
    "slice-down": (SHARP, lambda at: _slats(at.y)),
    "wind-left": (FEATHERED, lambda at: _streaks(at.row, at) - at.x),
    "wind-right": (FEATHERED, lambda at: _streaks(at.row, at) + at.x),
    "wind-up": (FEATHERED, lambda at: _streaks(at.column, at) - at.y),
    "wind-down": (FEATHERED, lambda at: _streaks(at.column, at) + at.y),
    "dissolve": (FEATHERED, _grains),
}
"""How soft a wipe is, and its order: where the number is small, the new picture comes early."""

NOISY = ("wind-left", "wind-right", "wind-up", "wind-down", "dissolve")
"""Wipes whose order is drawn by chance, the same at all times: by seeds of NumPy's `RandomState`."""


FINER = 2
"""Times as many pixels per side, in which a wipe is drawn: an edge that lies half a pixel off would be told."""


def wiped(name: str, share: float, like: RGB, size: Size) -> npt.NDArray[np.float32]:
    """How far each place has changed, 0..1."""
    height, width = like.shape[:2]
    # Grains and edges smaller than pixels: what they come to together.
    fine = size if name in NOISY else (min(size[0], FINER * width), min(size[1], FINER * height))
    whole = soft_step(share, _levelled(name, size, *fine), WIPES[name][0])
    if fine == (width, height):
        return whole
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), np.float32)


def soft_step(share: float, ranks: Numbers, softness: float) -> npt.NDArray[np.float32]:
    """Each place changes along a smooth step that takes `softness` of the time that all of it takes; low ranks go first."""
    way = np.clip((share * (1 + softness) - ranks) / softness, 0, 1)
    return np.asarray(way * way * (3 - 2 * way), np.float32)


@lru_cache(maxsize=8)
def _levelled(name: str, size: Size, width: int, height: int) -> Numbers:
    return ranks(np.broadcast_to(WIPES[name][1](At(size, width, height)), (height, width)))


def ranks(order: Numbers) -> Numbers:
    """For each place, which share of all comes before it (and half of those that come with it): so equal times change equal
    areas."""
    levels = np.rint((order - order.min()) * (65535 / max(float(np.ptp(order)), 1e-9))).astype(int)
    until = np.cumsum(counts := np.bincount(levels.ravel()))
    return np.asarray(((until - counts / 2) / until[-1])[levels])
