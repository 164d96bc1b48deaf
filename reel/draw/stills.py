"""Frames: pictures that are transparent but for a border, drawn for the size that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from reel.compose.planes import Pixels, rgba_of
from reel.draw.ornate import art_deco, baroque


@dataclass(frozen=True)
class FrameDesign:
    """A frame."""

    about: str
    draw: Callable[[int, int, float], Pixels]


BORDER = 10
"""Width of a plain border, in units."""


def _border(colour: str) -> Callable[[int, int, float], Pixels]:
    def draw(width: int, height: int, unit: float) -> Pixels:
        side = max(1, round(BORDER * unit))
        pixels = np.full((height, width, 4), rgba_of(colour), np.uint8)
        pixels[side:-side, side:-side, 3] = 0
        return pixels

    return draw


STILLS: Mapping[str, FrameDesign] = {
    "golden": FrameDesign("a plain border of gold, #D4AF37", _border("#d4af37")),
    "silver": FrameDesign("a plain border of silver, #C0C0C0", _border("#c0c0c0")),
    "ornate-gold": FrameDesign(
        "a carved and gilded moulding with beads, and scrolls and leaves in its corners", baroque
    ),
    "ornate-silver": FrameDesign("stepped silver lines with fans in the corners, in the manner of the 1920s", art_deco),
}


def draw_still(name: str, width: int, height: int, unit: float | None = None) -> Pixels:
    """A still picture of the library at a size of at least 16 x 16. `KeyError` for a name that `STILLS` lacks.

    `unit` is what the lengths of the drawing are multiples of, in pixels; unless given, a 1080th of the short side.
    """
    return STILLS[name].draw(width, height, min(width, height) / 1080 if unit is None else unit)
