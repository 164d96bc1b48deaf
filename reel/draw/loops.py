"""Moving overlays: lights on black that come round to where they began.

Every light lives a whole number of lives in one turn, is dark at the begin and the end of each, and twinkles a whole number
of times; so frame `frames` would be frame 0 again. Positions and brightness are whole numbers, computed with a table of
sines: the same bits on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from reel.compose.planes import Plane, Planes, filled
from reel.draw.lights import DIMMED, SUBPIXELS, ramp
from reel.draw.swarms import LOOPS, Swarm
from reel.rectangles import Rectangle

Whole: TypeAlias = npt.NDArray[np.int64]
Light: TypeAlias = npt.NDArray[np.float32]
"""Sums of light, whole numbers; shape (height, width)."""

TURN = 4096
"""A full angle."""
ONE = 1 << 12
"""What stands for 1 in the table of sines."""
SMALL = 28
"""Sprites up to this side are laid all at once, each pixel by its index; larger ones, of which there are few, one by one."""
SINES: Whole = np.array([round(ONE * math.sin(2 * math.pi * step / TURN)) for step in range(TURN)], np.int64)


def draw_loop(
    name: str, width: int, height: int, rate: Fraction, frames: int, parts: Sequence[Rectangle] = (), first: int = 0
) -> Iterator[Planes]:
    """The frames of one turn of a loop, from one of them on; each is valid until the next is asked for. Width and height are
    even.

    Where only some parts of it are asked for (rectangles of even sides), the rest is black.
    """
    loop = LOOPS[name]
    swarms = [
        _Lights(swarm, number, width, height, float(frames / rate), frames) for number, swarm in enumerate(loop.swarms)
    ]
    tables = ramp(loop.colours)
    picture = filled(width, height, "#000000")
    parts = parts or [(0, 0, width, height)]
    # A margin on all sides, so that no sprite need be cut.
    margin = 2 * max(lights.reach for lights in swarms)
    sums = np.empty((height + 2 * margin, width + 2 * margin), np.float32)
    light = np.empty(sums.shape, np.uint8)
    seen = light[margin : margin + height, margin : margin + width]
    for frame in range(first, frames):
        shown = [lights.at(frame, parts) for lights in swarms]
        sums[:] = 0
        for lights, places in zip(swarms, shown, strict=True):
            lights.add_small(sums, margin, places)
        cv2.convertScaleAbs(sums, dst=light)
        for lights, places in zip(swarms, shown, strict=True):
            lights.add_large(light, margin, places)
        for left, top, right, bottom in parts:
            part, onto = seen[top:bottom, left:right], picture.region(left, top, right - left, bottom - top)
            small = cv2.resize(part, onto.u.shape[::-1], interpolation=cv2.INTER_AREA)
            for plane, table, lit in zip(onto.colours(), tables, (part, small, small), strict=True):
                cv2.LUT(lit, table, dst=plane)
        yield picture


@dataclass(frozen=True)
class _Shown:
    """Lights of a swarm in one frame: places in subpixels, numbers of their radii, brightness 1..255."""

    xs: Whole
    ys: Whole
    radius: Whole
    levels: Whole

    def of(self, number: int) -> _Shown:
        """Those of one radius."""
        return self._only(self.radius == number)

    def but(self, numbers: Collection[int]) -> _Shown:
        """Those of other radii."""
        return self._only(~np.isin(self.radius, [*numbers]))

    def _only(self, chosen: npt.NDArray[np.bool_]) -> _Shown:
        return _Shown(self.xs[chosen], self.ys[chosen], self.radius[chosen], self.levels[chosen])


Places = TypeVar("Places", int, Whole)


def _corner(place: Places, margin: int, side: int) -> Places:
    """The first pixel of a sprite that is centred on a place in subpixels."""
    return place // SUBPIXELS + (margin - side // 2 + 1)


class _Lights:
    """A swarm on a picture of a certain size."""

    def __init__(self, swarm: Swarm, seed: int, width: int, height: int, seconds: float, frames: int) -> None:
        # RandomState: its numbers are frozen for ever (NEP 19), those of newer generators are not.
        random = np.random.RandomState(seed)
        scale = min(width, height) / 1080
        self._count = max(1, round(swarm.count * width * height / (1080 * 1920 * scale * scale)))
        self._swarm, self._frames = swarm, frames

        def drawn(low: float, high: float) -> npt.NDArray[np.float64]:
            return low + (high - low) * random.random_sample(self._count)

        self._lives = max(1, round(seconds / swarm.life))
        """In one turn."""
        self._x = _whole(drawn(0, width) * SUBPIXELS)
        self._y = _whole(drawn(0, height) * SUBPIXELS)
        self._fall = _whole(drawn(*swarm.fall) * scale * seconds / self._lives * SUBPIXELS)
        """In one life, in subpixels."""
        self._sway = round(swarm.sway * scale * SUBPIXELS)
        self._begin = _whole(drawn(0, frames))
        self._phase = _whole(drawn(0, TURN))
        self._twinkles = np.maximum(1, _whole(drawn(*swarm.twinkles) * seconds))
        self._brightness = drawn(*swarm.brightness)
        # Few radii, so that sprites are shared.
        self._radii = [max(1.0, round(4 * radius * scale) / 4) for radius in np.linspace(*swarm.radius, 6)]
        self._radius = np.minimum(5, _whole(drawn(0, 1) ** 2 * 6))
        self.reach = int(max(self._radii)) + 4
        self._small = {
            number: np.array([[swarm.sprite(radius, x, y) for x in range(SUBPIXELS)] for y in range(SUBPIXELS)])
            for number, radius in enumerate(self._radii)
            if len(swarm.sprite(radius, 0, 0)) <= SMALL
        }
        """Sprites of small radii, by their number: shape (y, x, height, width), the first two in subpixels."""

    def at(self, frame: int, parts: Sequence[Rectangle]) -> _Shown:
        """The lights that are seen in a frame, in some parts of it."""
        xs, ys = self._places(frame)
        levels = self._levels(frame)
        inside = np.zeros(xs.shape, bool)
        for left, top, right, bottom in parts:
            across = (xs > (left - self.reach) * SUBPIXELS) & (xs < (right + self.reach) * SUBPIXELS - 8)
            down = (ys > (top - self.reach) * SUBPIXELS) & (ys < (bottom + self.reach) * SUBPIXELS - 8)
            inside |= across & down
        seen = np.flatnonzero(inside & (levels > 0))
        return _Shown(xs[seen], ys[seen], self._radius[seen], levels[seen])

    def add_small(self, sums: Light, margin: int, shown: _Shown) -> None:
        """Add the lights whose sprites are small to a plane with a margin."""
        stride = sums.shape[1]
        for number, stack in self._small.items():
            side = stack.shape[-1]
            of = shown.of(number)
            sprites = stack[of.ys % SUBPIXELS, of.xs % SUBPIXELS].reshape(-1, side * side)
            corner = _corner(of.ys, margin, side) * stride + _corner(of.xs, margin, side)
            pixels = (np.arange(side)[:, None] * stride + np.arange(side)).ravel()
            # Fastest in floats, which hold whole numbers of this size exactly.
            np.add.at(
                sums.reshape(-1),
                (corner[:, None] + pixels).ravel(),
                DIMMED.take(of.levels[:, None] * 256 + sprites).ravel(),
            )

    def add_large(self, light: Plane, margin: int, shown: _Shown) -> None:
        """Add the other lights."""
        sprite, radii = self._swarm.sprite, self._radii
        large = shown.but(self._small)
        for x, y, radius, level in zip(
            large.xs.tolist(), large.ys.tolist(), large.radius.tolist(), large.levels.tolist(), strict=True
        ):
            drawn = cv2.convertScaleAbs(sprite(radii[radius], x % SUBPIXELS, y % SUBPIXELS), alpha=level / 255)
            side = len(drawn)
            left, top = _corner(x, margin, side), _corner(y, margin, side)
            place = light[top : top + side, left : left + side]
            cv2.add(place, drawn, dst=place)

    def _places(self, frame: int) -> tuple[Whole, Whole]:
        """Of all lights, in subpixels."""
        age = (frame + self._begin) * self._lives % self._frames
        fallen = self._fall * (2 * age - self._frames) // (2 * self._frames)
        swayed = self._sway * _sine(self._lives * age * TURN // self._frames + self._phase) // ONE
        return self._x + swayed, self._y + fallen

    def _levels(self, frame: int) -> Whole:
        """Brightness of all lights, 0..255."""
        age = (frame + self._begin) * self._lives % self._frames
        life = np.clip(6 * np.minimum(age, self._frames - age) / self._frames, 0, 1)
        cosine = _sine(self._twinkles * frame * TURN // self._frames + self._phase) / ONE
        twinkle = (cosine + 1) / 2
        for _ in range(self._swarm.sharpness):
            twinkle = twinkle * twinkle
        shown = self._brightness * life * (self._swarm.dim + (1 - self._swarm.dim) * twinkle)
        return _whole(shown)


def _sine(angle: Whole) -> Whole:
    return SINES[angle % TURN]


def _whole(values: npt.NDArray[np.float64]) -> Whole:
    return np.rint(values).astype(np.int64)
