"""Videos that are pictures to whoever shows them: GIF and animated WebP."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Literal

from reel.errors import Problem
from reel.presets import Size

AnimatedFormat = Literal["gif", "webp"]

USUAL_RATE: dict[AnimatedFormat, int] = {"gif": 15, "webp": 30}
"""Pictures a second, where nobody says how many: of GIF each takes as much as a picture."""

MOST_RATE = 50
"""A GIF counts hundredths of a second, and browsers show what lasts one of them ten times as long."""

MOST_SIDE = 1920
MOST_SECONDS = 120
MOST_MEGAPIXELS = 1500
"""Of all pictures together: 40 seconds of 1280x720 at 40 a second."""


def every_frame(rate: Fraction, most: int) -> int:
    """One of how many frames is shown, where there are `rate` a second and at most so many may be."""
    return max(1, math.ceil(rate / most))


def too_large(place: str, size: Size, frames: int, rate: Fraction, every: int) -> Iterator[Problem]:
    """What is too much for a file that is shown as a picture."""
    pictures, seconds = -(-frames // every), float(frames / rate)
    where = f"{place}.format"
    if max(size) > MOST_SIDE:
        what = f"{size[0]}x{size[1]} is larger than {MOST_SIDE} pixels a side"
        yield Problem(where, what, "make it smaller, or a video of it without `format`")
    if seconds > MOST_SECONDS:
        what = f"{seconds:g} s are more than {MOST_SECONDS} s"
        yield Problem(where, what, "make it shorter, or a video of it without `format`", rests_on=("range",))
    # What is too large or too long by itself may be few enough when it is neither.
    elif max(size) <= MOST_SIDE and pictures * size[0] * size[1] > MOST_MEGAPIXELS * 1e6:
        what = f"{pictures:,} pictures of {size[0]}x{size[1]} are more than {MOST_MEGAPIXELS:,} megapixels together"
        remedy = "make it smaller or shorter, or a video of it without `format`"
        yield Problem(where, what, remedy, rests_on=("range", f"{place}.pictures_per_second"))
