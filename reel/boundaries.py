"""Which key frames begin what players fetch at a time: as near to a length as key frames allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

TARGET = Fraction(6)
"""Seconds of a segment: what Apple's authoring specification asks for."""


@dataclass(frozen=True, order=True)
class _Way:
    """A choice of segments that end at one edge."""

    cost: Fraction
    """Squared distances of their lengths from the target, in sum."""
    count: int
    first: int
    """The edge at which the last of them begins."""


def segment_starts(key_times: Sequence[Fraction], end: Fraction, target: Fraction = TARGET) -> tuple[Fraction, ...]:
    """The key frames that begin segments of about `target` seconds; of a short programme, of half of it: players begin with a
    low rung, and change to a better one between segments. `key_times` are seconds, rising, from 0 on."""
    return boundaries(key_times, end, min(target, end / 2))


def boundaries(key_times: Sequence[Fraction], end: Fraction, target: Fraction = TARGET) -> tuple[Fraction, ...]:
    """The key frames that begin segments: of all choices the one whose squared distances from the target are least in sum, and
    of equal ones that with fewest segments.

    No segment lasts over two targets unless it is one group of pictures, and none that is last lasts under half of one, unless
    the whole programme does: where the two are at odds, the last one is long. `key_times` are seconds, rising, from 0 on.
    """
    edges = [*key_times, end]
    best = [_Way(Fraction(0), 0, 0)]
    for last in range(1, len(edges)):
        best.append(min(_ways(edges, best, last, target)))
    firsts = [best[-1].first]
    while firsts[-1]:
        firsts.append(best[firsts[-1]].first)
    return tuple(edges[first] for first in reversed(firsts))


def _ways(edges: Sequence[Fraction], best: Sequence[_Way], last: int, target: Fraction) -> list[_Way]:
    """The best for each edge at which a segment may begin that ends at this one."""
    shortest = target / 2 if last == len(edges) - 1 else 0
    ways: list[_Way] = []
    for first in range(last - 1, -1, -1):
        length = edges[last] - edges[first]
        if ways and length > 2 * target:
            break
        if length >= shortest or first == 0:
            ways.append(_Way(best[first].cost + (length - target) ** 2, best[first].count + 1, first))
    return ways
