"""Chapters that are made for scenes."""

from __future__ import annotations

from fractions import Fraction

import pytest

from reel.make.remux import edges_of


@pytest.mark.parametrize(
    ("ends", "edges"),
    [
        ([5], [0, 5]),
        ([1, 3, 5], [0, 1, 3, 5]),
        ([0.04, 3, 5], [0, 3, 5]),  # a white frame at the begin
        ([2, 2.04, 5], [0, 2, 5]),  # a flash
        ([2, 4.8, 5], [0, 2, 5]),
        ([0.1, 0.2, 0.3], [0, 0.3]),
    ],
)
def test_no_chapter_is_shorter_than_half_a_second(ends: list[float], edges: list[float]) -> None:
    """A frame of white was a chapter of its own."""
    assert [float(each) for each in edges_of([Fraction(str(end)) for end in ends])] == edges
