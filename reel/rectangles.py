"""Rectangles of a picture, and even numbers, as 4:2:0 chroma needs them. Pure."""

from __future__ import annotations

import math
from typing import TypeAlias

Rectangle: TypeAlias = tuple[int, int, int, int]
"""Left, top, right, bottom; right and bottom exclusive."""


def common(*rectangles: Rectangle) -> Rectangle | None:
    """What lies in all rectangles; null where that is nothing."""
    left, top = max(each[0] for each in rectangles), max(each[1] for each in rectangles)
    right, bottom = min(each[2] for each in rectangles), min(each[3] for each in rectangles)
    return (left, top, right, bottom) if left < right and top < bottom else None


def around(hole: Rectangle | None, whole: Rectangle) -> tuple[Rectangle, ...]:
    """A rectangle without what it has of another, in up to four parts."""
    seen = common(hole, whole) if hole else None
    if seen is None:
        return (whole,)
    first, above, last, below = whole
    left, top, right, bottom = seen
    parts = (
        (first, above, last, top),
        (first, top, left, bottom),
        (right, top, last, bottom),
        (first, bottom, last, below),
    )
    return tuple(part for part in parts if part[0] < part[2] and part[1] < part[3])


def nearest_even(value: float) -> int:
    """The even number nearest to a value."""
    return 2 * round(value / 2)


def even_above(value: float) -> int:
    """The even number at or above a value, where that is more than rounding noise."""
    return 2 * math.ceil(value / 2 - 1e-6)
