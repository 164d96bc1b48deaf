"""Time without rounding errors: seconds become whole frames and whole samples once, and nothing rounds after that.

A request speaks in seconds. A timeline speaks in frames of its rational rate and in samples of its sound. The two meet at
frame boundaries: `sample_at(frame)` is the one place where a frame number becomes a sample number, so two clips that meet
at a frame also meet at a sample, whatever the rate, and no error can add up.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

SAMPLE_RATE = 48_000
"""Samples per second of every sound we make (the rate of video production; AAC and Opus both take it natively)."""


LONGEST_NUMBER = 100
"""Characters of a number that is written as text."""
LARGEST_BITS = 332
"""Of a whole number: so many hold that many digits."""
_LARGE_EXPONENT = re.compile(r"e[+-]?0*[1-9]\d{3}", re.IGNORECASE)
"""An exponent of four digits or more: no quantity needs one, and writing such a number out takes minutes."""


def as_fraction(value: Any) -> Fraction:
    """A rational from what JSON can hold: an integer, a decimal, or a string such as `30000/1001`.

    A float is read by its shortest decimal form, so that 0.1 is a tenth and not the binary number nearest to it.
    """
    if isinstance(value, bool):
        raise ValueError("a number is needed, not true or false")
    if not isinstance(value, int | float | str | Fraction):
        raise ValueError("must be a number")
    if isinstance(value, int) and value.bit_length() > LARGEST_BITS:
        raise ValueError("is too large a number")
    if isinstance(value, float):
        value = repr(value)
    if isinstance(value, str) and (len(value) > LONGEST_NUMBER or _LARGE_EXPONENT.search(value)):
        raise ValueError(f"{value[:40]!r} is too long or too large a number")
    try:
        return Fraction(value)
    except (ValueError, TypeError, OverflowError, ZeroDivisionError):
        raise ValueError(f"{value!r} is not a number") from None


Rational = Annotated[
    Fraction,
    BeforeValidator(as_fraction),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^\d+(/\d+)?$"}]}),
]
"""An exact number; serialised as a string (`30000/1001`), so that a plan is the same text on every machine."""


def round_half_up(value: Fraction) -> int:
    """The nearest integer, halves upwards (Python's own `round` goes to even, which makes neighbours unequal)."""
    return (value + Fraction(1, 2)).__floor__()


RATE_TOLERANCE = Fraction(1, 4000)
"""Share by which a rate may be off the one that is meant: 23.98 is meant for 24000/1001, and so is what a container measures.
Film's, NTSC's and PAL's rates are four times as far from each other at least (24000/1001 and 24)."""


def nearest_rate(rate: Fraction, rates: Iterable[Fraction]) -> Fraction:
    """The one of `rates` that is nearest to `rate` by their ratio; the first of two that are equally near."""
    return min(rates, key=lambda known: off_by(known, rate))


def off_by(rate: Fraction, other: Fraction) -> Fraction:
    """How many times as fast the faster of two rates is."""
    return max(rate / other, other / rate)


def meant_rate(rate: Fraction, rates: Iterable[Fraction]) -> Fraction | None:
    """The one of `rates` that a rounded or measured rate is meant for; null where none is as near as `RATE_TOLERANCE`."""
    nearest = nearest_rate(rate, rates)
    return nearest if abs(nearest - rate) <= RATE_TOLERANCE * nearest else None


def frames_in(seconds: Fraction, rate: Fraction) -> int:
    """The number of whole frames that is nearest to `seconds`."""
    return round_half_up(seconds * rate)


def sample_at(frame: int, rate: Fraction, sample_rate: int = SAMPLE_RATE) -> int:
    """The sample at which `frame` begins."""
    return round_half_up(frame * sample_rate / rate)


def samples_between(start: int, end: int, rate: Fraction) -> int:
    """How many samples the half-open range of frames `[start, end)` holds."""
    return sample_at(end, rate) - sample_at(start, rate)


SAMPLING_SHIFT = Fraction(7593, 50_000)
"""Frames of the output by which source times are moved on before they are rounded to frames.

A frame of the output shows the last source frame whose rounded time is not after it. Without a shift, every second frame of
60 fps footage lies on the very edge between two frames of a 30 fps output, and the jitter of a container that stores
milliseconds (Matroska) decides which one is shown. Where rates and speeds make a simple ratio, source frames lie at multiples
of 1/q of an output frame; the edge, at 1/2 - 0.15186 = 0.34814, keeps clear of all of them up to q = 12 by 0.014 frames. In
points are written in thousandths of a second, or in frames: its last two digits keep it clear of what these come to as well, by
0.05 microseconds at least (`tests/test_time.py`). At 0.348, source frames of 25 fps lay on it at double speed in 24 fps, for
every fortieth in point."""


def frame_shown(seconds: Fraction, rate: Fraction) -> int:
    """The number of the frame that is shown so many seconds after a stream's first frame, by the rule of `SAMPLING_SHIFT`."""
    return max(0, math.ceil(seconds * rate - Fraction(1, 2) - SAMPLING_SHIFT))


def timescale_of(rate: Fraction) -> int:
    """The smallest media timescale of at least 10,000 in which a frame lasts a whole number of ticks.

    FFmpeg's mp4 muxer doubles the rate's numerator until it reaches 10,000 too (`mov_init` in movenc.c), which makes files
    of ours and of others alike: 15360 for 30 fps, 30000 for 30000/1001.
    """
    scale = rate.numerator
    while scale < 10_000:
        scale *= 2
    return scale


def ticks_per_frame(rate: Fraction) -> int:
    """How many ticks of `timescale_of(rate)` one frame lasts."""
    ticks = timescale_of(rate) / rate
    assert ticks.denominator == 1
    return ticks.numerator
