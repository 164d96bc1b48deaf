"""Where the parts of a picture are seen: the rules of `fit`, `crop` and `focus`, in exact numbers."""

from __future__ import annotations

import math
from typing import NamedTuple

from reel.rectangles import nearest_even
from reel.timeline import Area, Crop, Framing


class Box(NamedTuple):
    """A rectangle, its sides parallel to the axes."""

    left: float
    top: float
    right: float
    bottom: float


WHOLE = Box(0, 0, 1, 1)


class Placement(NamedTuple):
    """A part of a picture, and where on the canvas it is seen before it is moved, scaled or turned."""

    part: Box
    """In shares of the picture."""
    at: Box
    """In pixels of the canvas."""


def box_of(area: Area) -> Box:
    return Box(area.x, area.y, area.x + area.width, area.y + area.height)


def placement_of(framing: Framing, size: tuple[int, int], area: Area, *, pairs: bool = False) -> Placement:
    """How a picture of that size fills an area; of `contain-blur` the picture in front.

    What is too large is cut so that the focus is as near to the area's middle as it can be; what is too small is centred.
    `pairs`: sides and places are the nearest even numbers of pixels, as those of videos are.
    """
    crop = framing.crop or Crop()
    width, height = crop.width * size[0], crop.height * size[1]
    filling = area.width / width, area.height / height
    across, down = {
        "fill": filling,
        "cover": (max(filling), max(filling)),
        "none": (framing.unit, framing.unit),
    }.get(framing.fit, (min(filling), min(filling)))
    (first, last), (left, right) = _side(width, area.width, across, framing.focus[0], pairs)
    (upper, lower), (top, bottom) = _side(height, area.height, down, framing.focus[1], pairs)
    x, y = crop.x * size[0], crop.y * size[1]
    return Placement(
        Box((x + first) / size[0], (y + upper) / size[1], (x + last) / size[0], (y + lower) / size[1]),
        Box(area.x + left, area.y + top, area.x + right, area.y + bottom),
    )


Stretch = tuple[float, float]


def _side(length: float, room: int, scale: float, focus: float, pairs: bool) -> tuple[Stretch, Stretch]:
    """Along one side: from where to where `length` pixels of the picture are seen in `room` pixels, and where there."""
    whole = max(2, nearest_even(length * scale)) if pairs else length * scale
    seen = min(whole, room)
    first, left = whole * focus - seen / 2, (room - seen) / 2
    if pairs:
        first, left = nearest_even(first), nearest_even(left)
    elif scale == 1:  # pixel on pixel: half a pixel aside, a picture would be blurred
        first, left = round(first), math.floor(left)
    first = min(max(0, first), whole - seen)
    rate = length / whole
    return (first * rate, (first + seen) * rate), (left, left + seen)
