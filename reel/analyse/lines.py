"""The line that two recorders' clocks lie on.

Lines are fitted by the median of the slopes of all pairs of places (Theil and Sen), which some wrong places do not move.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reel.time import SAMPLE_RATE

SHORTEST_SECONDS = 0.5
"""Of a recording that is listened to."""

STEEPEST = 6e-3
"""Difference of two clocks, as a share, that is followed: beyond what is corrected, so that it can be said."""

FINEST = 0.25 / SAMPLE_RATE
"""Seconds: no place is known better."""


@dataclass(frozen=True)
class Line:
    """The second `u` of the second recording is the second `begin + pace * u` of the first."""

    begin: float
    pace: float = 1.0
    doubt: float = STEEPEST
    """How far the pace may be off."""

    def at(self, second: float) -> float:
        return self.begin + self.pace * second


@dataclass(frozen=True)
class SyncPoint:
    """A moment that both heard, in seconds of each recording."""

    of_first: float
    of_second: float


def fitted(places: list[SyncPoint], tolerance: float, doubt_of_each: float) -> Line:
    """The line through most of the places, fitted by least squares to those within `tolerance` of it."""
    firsts = np.array([place.of_first for place in places])
    seconds = np.array([place.of_second for place in places])
    if np.ptp(seconds) < SHORTEST_SECONDS:
        return Line(float(np.median(firsts - seconds)))
    one, other = np.triu_indices(len(places), 1)
    apart = seconds[other] - seconds[one]
    far = np.abs(apart) > SHORTEST_SECONDS / 2
    pace = float(np.median(((firsts[other] - firsts[one]) / np.where(far, apart, 1))[far]))
    begin = float(np.median(firsts - pace * seconds))
    near = np.abs(firsts - begin - pace * seconds) <= tolerance
    each = doubt_of_each
    if near.sum() > 3 and np.ptp(seconds[near]) >= SHORTEST_SECONDS:
        pace, begin = (float(value) for value in np.polyfit(seconds[near], firsts[near], 1))
        each = max(float(np.std(firsts[near] - begin - pace * seconds[near])), FINEST)
    spread = float(np.sqrt(((seconds - seconds.mean()) ** 2).sum()))
    return Line(begin, pace, doubt=2 * each / spread)
