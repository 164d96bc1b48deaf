"""What players fetch at a time: whole fragments, as near to a length as key frames allow, cut alike in all tracks. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from reel.package.track import Track

TARGET = Fraction(6)
"""Seconds of a segment: what Apple's authoring specification asks for."""


@dataclass(frozen=True)
class Segment:
    """Whole fragments of one track, one after another."""

    start: Fraction
    """Seconds, as shown."""
    end: Fraction
    offset: int
    """Of its first byte in the file."""
    size: int

    @property
    def bits_per_second(self) -> Fraction:
        """Its bit rate."""
        return self.size * 8 / (self.end - self.start)


@dataclass(frozen=True, order=True)
class _Way:
    """A choice of segments that end at one edge."""

    cost: Fraction
    """Squared distances of their lengths from the target, in sum."""
    count: int
    first: int
    """The edge at which the last of them begins."""


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


def segments(track: Track, starts: Sequence[Fraction]) -> tuple[Segment, ...]:
    """A track in segments that begin with the fragments nearest to these times: pictures at them, sound within one of its
    frames where it was cut there."""
    begins = [fragment.start for fragment in track.fragments]
    firsts = sorted({_nearest(begins, start) for start in starts if start < track.end} | {0})
    found = []
    for first, end in pairwise([*firsts, len(begins)]):
        fragments = track.fragments[first:end]
        size = sum(fragment.size for fragment in fragments)
        found.append(Segment(fragments[0].start, fragments[-1].end, fragments[0].offset, size))
    return tuple(found)


def _nearest(times: Sequence[Fraction], time: Fraction) -> int:
    after = bisect_left(times, time)
    if after == len(times) or (after and time - times[after - 1] <= times[after] - time):
        return after - 1
    return after


def peak(parts: Sequence[Segment]) -> Fraction:
    """Bits per second of the segment that has most. No stretch of segments has more (RFC 8216, 4.3.4.2: peak bit rate)."""
    return max(segment.bits_per_second for segment in parts)


def average(parts: Sequence[Segment]) -> Fraction:
    """Bits per second of all."""
    return sum(segment.size for segment in parts) * 8 / (parts[-1].end - parts[0].start)
