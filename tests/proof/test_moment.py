"""A frame of another moment is told, and one that coding made a little worse than the next is not taken for it."""

from __future__ import annotations

import numpy as np
import pytest

from reel.proof.levels import Levels
from reel.proof.moment import shifted
from reel.proof.scene import Scene

LINES, COLUMNS = 40, 60


def bar(left: int) -> Levels:
    """A bright bar on grey, in three planes."""
    levels = np.full((3, LINES, COLUMNS), 60.0, np.float32)
    levels[:, :, left : left + 6] = 200
    return levels


def coded(levels: Levels, deviation: float) -> Levels:
    noise = np.random.default_rng(1).normal(0, deviation, levels.shape)
    return (levels + noise).astype(np.float32)


def scene(asked: Levels, *beside: Levels) -> Scene:
    return Scene(asked, lambda _: (asked, asked), (), beside=(lambda: beside) if beside else None)


@pytest.mark.parametrize("shown", [0, 2])
def test_a_neighbour_in_the_place_of_a_frame_is_told(shown: int) -> None:
    asked = [bar(10), bar(20), bar(30)]
    made = coded(asked[shown], 1)
    neighbours = [coded(asked[max(0, shown - 1)], 1), coded(asked[min(2, shown + 1)], 1)]
    assert shifted(made, scene(asked[1], asked[0], asked[2]), neighbours)
    assert shifted(made, scene(asked[1]), neighbours)


def test_the_first_frame_behind_a_cut_may_be_worse_than_the_second() -> None:
    """The picture stands still from there on: the one before is another, and the one after the same, with less noise."""
    before, after = bar(10), np.full((3, LINES, COLUMNS), 120.0, np.float32)
    made, second = coded(after, 0.6), coded(after, 0.2)
    assert shifted(made, scene(after, before, after), [coded(before, 0.2), second]) is None
    assert shifted(made, scene(after), [coded(before, 0.2), second]) is None
