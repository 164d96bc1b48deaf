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


def boundaries(key_times: Sequence[Fraction], end: Fraction, target: Fraction = TARGET) -> tuple[Fraction, ...]:
    """The key frames that begin segments: of all choices the one whose squared distances from the target are least in sum.

    The last segment lasts half a target at least, unless the whole programme is shorter, or its last group of pictures
    begins later than any other choice could end. `key_times` are seconds, rising, and begin with 0.
    """
    edges = [*key_times, end]
    # best[i]: least cost of what ends at edge i, and where its last segment begins.
    best: list[tuple[Fraction, int]] = [(Fraction(0), 0)]
    for last in range(1, len(edges)):
        tail = last == len(edges) - 1
        best.append(min(_ways(edges, best, last, target, tail=tail), key=lambda way: (way[0], -way[1])))
    return tuple(edges[number] for number in _chosen(best))


def _ways(
    edges: Sequence[Fraction], best: Sequence[tuple[Fraction, int]], last: int, target: Fraction, *, tail: bool
) -> list[tuple[Fraction, int]]:
    """What it costs, all in all, to end a segment at this edge, for each edge where it may begin."""
    ways: list[tuple[Fraction, int]] = []
    for first in range(last - 1, -1, -1):
        length = edges[last] - edges[first]
        # Longer ones only where there is no shorter one: two segments of the half each cost less.
        if ways and length > 2 * target:
            break
        if not tail or length >= target / 2 or first == 0:
            ways.append((best[first][0] + (length - target) ** 2, first))
    return ways


def _chosen(best: Sequence[tuple[Fraction, int]]) -> list[int]:
    """The edges at which segments begin, found from the end."""
    firsts = [best[-1][1]]
    while firsts[-1]:
        firsts.append(best[firsts[-1]][1])
    return firsts[::-1]


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
