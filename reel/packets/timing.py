"""When the frames of a stream are shown: from time stamps in ticks to exact facts. Pure; numbers in, numbers out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from statistics import median_low

from reel.time import meant_rate

USUAL_RATES = tuple(
    Fraction(rate) for rate in (12, Fraction(25, 2), 15, 24, 25, 30, 48, 50, 60, 100, 120, 240)
) + tuple(Fraction(rate * 1000, 1001) for rate in (12, 15, 24, 30, 48, 60, 120, 240))
JITTER = Fraction(1, 1000)
"""Seconds that a frame may be off its place and still count as on time: what a clock of milliseconds, as in Matroska,
leaves behind in files that were copied from there into a finer clock."""
STEADY = Fraction(9, 10)
"""The share of frames that last as long as one or several from which on the others are taken for exceptions, such as a pause.
Of film shown at 60 fields per second, each half of the frames lasts otherwise, and only the mean tells its rate."""


@dataclass(frozen=True)
class Timing:
    """How the frames of one stream lie in time; seconds on the file's clock."""

    frames: int
    start: Fraction
    duration: Fraction
    rate: Fraction
    """Frames per second: of nearly all frames where those last equally long, else in the mean."""
    variable: bool
    counted: bool = False
    """Whether frames are shown in the order in which they come out of the decoder, and time stamps say nothing of when."""


def timing(times: Sequence[int], last_duration: int, tick: Fraction, hints: Sequence[Fraction]) -> Timing:
    """Facts from the times of all shown frames, in order, in ticks of `tick` seconds.

    `last_duration` is the container's word on the last frame, 0 for none; `hints` are rates, in frames per second,
    that the container claims: one of them, or a usual rate, is taken when all frames lie on its grid, else what the
    frames say.
    """
    start, count = times[0] * tick, len(times)
    span = (times[-1] - times[0]) * tick
    if count == 1 or span <= 0:
        return _single(count, start, last_duration * tick, hints)
    mean = (count - 1) / span
    slack = min(max(tick, JITTER), 1 / (4 * mean))
    candidates = _candidates(mean, hints, span, slack, tick)
    rate = next((rate for rate, most in candidates if _on_grid(times, rate, tick, most)), None)
    last = last_duration * tick
    if rate is None:
        duration = span + (last if last > slack else 1 / mean)
        return Timing(count, start, duration, _steady_rate(times, tick) or count / duration, True)
    # A last frame shorter than the others is a habit of muxers that know no end; a longer one is meant.
    duration = span + last if last > 1 / rate + slack + tick else count / rate
    return Timing(count, start, duration, rate, False)


def _steady_rate(times: Sequence[int], tick: Fraction) -> Fraction | None:
    """The rate of the frames that last equally long, within a quarter of that, where most do, and nearly all others as long as
    several of them, as frames between were lost; else null.

    A quarter: phones jitter by several milliseconds, and of film at 60 fields a frame lasts a half longer than the next.
    """
    lasting = [later - time for time, later in pairwise(times)]
    middle = sorted(lasting)[len(lasting) // 2]
    alike = [ticks for ticks in lasting if abs(ticks - middle) <= middle // 4]
    if middle <= 0 or len(alike) * 2 <= len(lasting):
        return None
    one = Fraction(sum(alike), len(alike))
    # All count, or those that jitter makes a little longer would count less than those that it makes shorter.
    several = {ticks: round(ticks / one) for ticks in {*lasting}}
    meant = {ticks: frames for ticks, frames in several.items() if frames and abs(ticks - frames * one) <= one / 4}
    counted = [ticks for ticks in lasting if ticks in meant]
    if len(counted) < STEADY * len(lasting):
        return None
    return sum(meant[ticks] for ticks in counted) / (sum(counted) * tick)


MOST_FALSE = 8
MOST_MOVED = 16 + MOST_FALSE
"""Places between when a frame is decoded and when it is shown: H.264 and H.265 hold 16 back at most, and false ones move the
others."""


def set_right(times: Sequence[int]) -> list[int] | None:
    """The times of frames, in the order of decoding, as they are shown: a few that are false (a bit of them fell over) put
    where the others have a gap for them. Null where none are, or it is not plain where they belong."""
    order = sorted(range(len(times)), key=times.__getitem__)
    false = {place for rank, place in enumerate(order) if abs(rank - place) > MOST_MOVED}
    kept = [times[place] for place in order if place not in false]
    if not 0 < len(false) <= MOST_FALSE or len(kept) < 2:
        return None
    step = max(1, median_low([later - time for time, later in pairwise(kept)]))
    # What is decoded first is shown first: a picture begins with a key frame.
    shown = [kept[0] - step] if 0 in false else []
    for time, later in pairwise(kept):
        parts = round((later - time) / step)
        if parts > MOST_FALSE + 1:
            return None
        shown += [time + (later - time) * part // max(1, parts) for part in range(max(1, parts))]
    shown.append(kept[-1])
    return shown if len(shown) == len(times) else None


def by_index(count: int, hints: Sequence[Fraction]) -> Timing:
    """The timing of frames without time stamps: at the claimed rate, else 25 frames per second. They are counted: what reads
    them has times of its own for them, by another rate."""
    rate = next(iter(hints), Fraction(25))
    return Timing(count, Fraction(0), count / rate, rate, False, counted=count > 1)


def _single(count: int, start: Fraction, duration: Fraction, hints: Sequence[Fraction]) -> Timing:
    duration = duration or count / next(iter(hints), Fraction(25))
    return Timing(count, start, duration, count / duration, False)


def _candidates(
    mean: Fraction, hints: Sequence[Fraction], span: Fraction, slack: Fraction, tick: Fraction
) -> Iterable[tuple[Fraction, Fraction]]:
    """Rates worth a look, each with how far frames may be off its grid: those that over the whole span come out within the
    slack of the mean. Usual ones that the container claims come first, or all but claims: Matroska has nanoseconds for a frame,
    which make 29.97003 of 30000/1001. Of other usual ones those first that the clock's own rounding explains, and of each the
    whole ones: a few frames in milliseconds are on the grids of 24 and of 24000/1001."""
    near = [rate for rate in (*hints, *USUAL_RATES) if abs(mean * span / rate - span) <= slack]
    claimed = [meant_rate(rate, USUAL_RATES) for rate in hints]
    yield from ((rate, slack) for rate in claimed if rate and rate in near)
    usual = sorted(
        (rate for rate in near if rate in USUAL_RATES), key=lambda rate: (_is_slowed(rate), abs(rate - mean))
    )
    yield from ((rate, most) for most in (min(tick, slack), slack) for rate in usual)
    yield from ((rate, slack) for rate in (*near, mean))


def _is_slowed(rate: Fraction) -> bool:
    """Whether a rate is a whole one by 1000/1001, as NTSC has it."""
    return rate.denominator % 1001 == 0


def _on_grid(times: Sequence[int], rate: Fraction, tick: Fraction, slack: Fraction) -> bool:
    """Whether frame i is shown at i / rate after the first, within `slack`; in integers, for there may be millions."""
    step = 1 / (rate * tick)
    first, up, down = times[0], step.numerator, step.denominator
    limit = slack / tick * down
    most = limit.numerator // limit.denominator
    return all(-most <= (time - first) * down - index * up <= most for index, time in enumerate(times))


def thinned(times: Sequence[int], most: int) -> Sequence[int]:
    """At most `most` of the times, evenly chosen, the first included."""
    return times if len(times) <= most else times[:: -(-len(times) // most)]
