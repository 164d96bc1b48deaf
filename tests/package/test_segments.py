"""Segments are cut at the key frames that suit best, alike in all tracks."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reel.boundaries import boundaries
from reel.package.segments import average, peak, segments
from tests.package.tracks import SOUND, track

GROUPS = st.lists(st.integers(1, 400).map(lambda hundredths: Fraction(hundredths, 100)), min_size=1, max_size=11)


def edges(groups: list[Fraction]) -> list[Fraction]:
    """When groups of pictures begin, and the last one ends."""
    return [sum(groups[:count], Fraction(0)) for count in range(len(groups) + 1)]


TABLE = [
    # seconds of the groups, target, seconds of the segments
    ([2, 2, 2, 2, 2, 2], 6, [6, 6]),
    ([2, 2, 2, 2], 6, [8]),
    ([2, 2, 2, 2, 2], 6, [4, 6]),
    ([6, 6, 1], 6, [6, 7]),
    ([2, 2, 2, Fraction(1, 2)], 6, [Fraction(13, 2)]),
    ([1], 6, [1]),
    ([20, 2, 2, 2], 6, [20, 6]),
    ([2] * 9, 4, [4, 4, 4, 6]),
    # What a naive rule made of our segments: 2.00, 3.71, 2.00, 0.29 (target 4).
    ([Fraction(x, 100) for x in (200, 183, 188, 200, 29)], 4, [Fraction(383, 100), Fraction(417, 100)]),
]


@pytest.mark.parametrize(("groups", "target", "expected"), TABLE)
def test_table(groups, target, expected) -> None:
    times = edges([Fraction(each) for each in groups])
    starts = boundaries(times[:-1], times[-1], Fraction(target))
    assert sorted(end - start for start, end in pairwise([*starts, times[-1]])) == sorted(expected)


def allowed(cut: tuple[Fraction, ...], edges: list[Fraction], target: Fraction) -> bool:
    """By the two rules: not over two targets unless it cannot be shorter, and no short tail."""
    *inner, (tail, end) = pairwise([*cut, edges[-1]])
    if end - tail < target / 2 and tail:
        return False
    for start, stop in inner:
        if stop - start > 2 * target and any(start < edge < stop for edge in edges):
            return False
    shorter = [edge for edge in edges if tail < edge <= end - target / 2]
    return end - tail <= 2 * target or not shorter


def cost(cut: tuple[Fraction, ...], end: Fraction, target: Fraction) -> tuple[Fraction, int]:
    return sum(((b - a - target) ** 2 for a, b in pairwise([*cut, end])), Fraction(0)), len(cut)


@given(GROUPS, st.sampled_from([Fraction(2), Fraction(4), Fraction(6)]))
def test_no_other_choice_is_nearer_to_the_target(groups: list[Fraction], target: Fraction) -> None:
    times = edges(groups)
    chosen = boundaries(times[:-1], times[-1], target)
    every = [(Fraction(0), *cut) for count in range(len(groups)) for cut in combinations(times[1:-1], count)]
    every = [cut for cut in every if allowed(cut, times, target)]
    assert chosen in every
    assert cost(chosen, times[-1], target) == min(cost(cut, times[-1], target) for cut in every)


@given(GROUPS, GROUPS)
def test_segments_are_the_whole_file_once(groups: list[Fraction], cut: list[Fraction]) -> None:
    made = track(groups, [int(each * 1000) for each in groups])
    parts = segments(made, edges(cut)[:-1])
    assert (parts[0].start, parts[-1].end) == (Fraction(0), made.end)
    assert (parts[0].offset, parts[-1].offset + parts[-1].size) == (1000, made.size)
    for one, other in pairwise(parts):
        assert one.end == other.start
        assert one.offset + one.size == other.offset


def test_sound_begins_with_the_nearest_fragment() -> None:
    sound = track([Fraction(2)] * 5, [100] * 5, SOUND, "mp4a.40.2")
    starts = [part.start for part in segments(sound, [Fraction(0), Fraction(29, 10), Fraction(71, 10), Fraction(30)])]
    assert starts == [0, 2, 8]


@given(st.lists(st.tuples(st.integers(50, 1000), st.integers(1, 10**7)), min_size=1, max_size=8))
def test_no_stretch_of_segments_has_a_higher_rate_than_the_peak(parts: list[tuple[int, int]]) -> None:
    durations, sizes = [Fraction(each, 100) for each, _ in parts], [size for _, size in parts]
    made = track(durations, sizes)
    cut = segments(made, edges(durations)[:-1])
    for first, end in combinations(range(len(cut) + 1), 2):
        assert sum(sizes[first:end]) * 8 / sum(durations[first:end]) <= peak(cut)
    assert average(cut) == Fraction(sum(sizes) * 8) / sum(durations)
