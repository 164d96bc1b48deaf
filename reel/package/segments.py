"""What players fetch at a time: whole fragments, cut alike in all tracks (`reel.boundaries` says where). Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from reel.package.track import Track


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
