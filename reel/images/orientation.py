"""The eight ways in which a camera may store a picture, by EXIF's orientation. Pure."""

from __future__ import annotations

from collections.abc import Callable

Box = tuple[float, float, float, float]
"""Left, top, right and bottom of a part of a picture, in shares of its width and height."""

UPRIGHT = {
    2: (0, True),
    3: (180, False),
    4: (180, True),
    5: (270, True),
    6: (90, False),
    7: (90, True),
    8: (270, False),
}
"""What brings the stored picture upright: a clockwise turn in degrees, and whether it is mirrored left to right before."""

STORED_POINT: dict[int, Callable[[float, float], tuple[float, float]]] = {
    1: lambda x, y: (x, y),
    2: lambda x, y: (1 - x, y),
    3: lambda x, y: (1 - x, 1 - y),
    4: lambda x, y: (x, 1 - y),
    5: lambda x, y: (y, x),
    6: lambda x, y: (y, 1 - x),
    7: lambda x, y: (1 - y, 1 - x),
    8: lambda x, y: (1 - y, x),
}
"""Where a point of the upright picture lies in the stored one, both in shares."""


def stored_box(box: Box, orientation: int) -> Box:
    """The box in the stored picture that shows what `box` shows in the upright one."""
    point = STORED_POINT[orientation]
    (x1, y1), (x2, y2) = point(*box[:2]), point(*box[2:])
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def turned(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """From the size of the stored picture to that of the upright one, or back."""
    return (size[1], size[0]) if orientation > 4 else size
