"""Which beats pictures change on, and which cuts make scenes."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reel.findings import Beats, Scenes, spread


def steady(bpm: float, count: int, metre: int = 4) -> Beats:
    return Beats(
        times=tuple(round(place * 60 / bpm, 4) for place in range(count)),
        strengths=(0.8,) * count,
        downbeats=tuple(place % metre == 0 for place in range(count)),
        bpm=bpm,
        confidence=0.9,
    )


def test_changes_fall_on_beats_and_rather_on_downbeats() -> None:
    changes = spread(steady(120, 120), 6, 60.0)
    assert changes.on_beats
    assert changes.times == (10.0, 20.0, 30.0, 40.0, 50.0)
    assert all(time % 2 == 0 for time in changes.times)


def test_a_downbeat_near_by_is_preferred() -> None:
    beats = steady(120, 60)
    (change,) = spread(beats, 2, 25.0).times  # ideally at 12.5: a beat, but the bar begins at 12
    assert change == 12.0


@pytest.mark.parametrize(
    ("beats", "said"),
    [
        (None, ""),
        (Beats(reason="the music is silent"), "the music is silent"),
        (steady(60, 3), "too few for 5 pictures"),
    ],
)
def test_without_enough_beats_shares_are_equal(beats: Beats | None, said: str) -> None:
    changes = spread(beats, 5, 10.0)
    assert changes.times == (2.0, 4.0, 6.0, 8.0)
    assert not changes.on_beats
    assert said in changes.warning


def test_beats_count_from_the_in_point_and_go_round() -> None:
    beats = steady(60, 10).since(2.5)
    assert beats.times[:2] == (0.5, 1.5)
    assert beats.downbeats[1]
    looped = steady(60, 10).looped(4.0, 10.0)
    assert looped.times == (0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
    assert [place for place, down in enumerate(looped.downbeats) if down] == [0, 4, 8]


@given(
    gaps=st.lists(st.floats(0.25, 1.2), min_size=0, max_size=150),
    count=st.integers(1, 12),
    length=st.floats(5, 60),
)
def test_changes_rise_inside_and_keep_apart(gaps: list[float], count: int, length: float) -> None:
    times = tuple(round(sum(gaps[:place]), 4) for place in range(len(gaps)))
    beats = Beats(times=times, strengths=(0.5,) * len(times), downbeats=(False,) * len(times), bpm=100, confidence=1)
    changes = spread(beats, count, length)
    assert len(changes.times) == count - 1
    assert all(0 < time < length for time in changes.times)
    assert all(later - earlier >= min(0.4, length / count / 2) - 1e-6 for earlier, later in pairwise(changes.times))
    if changes.on_beats:
        assert set(changes.times) <= set(times)


CUT_BETWEEN: list[tuple[dict[float, float], float, float, list[float]]] = [
    ({}, 0, 10, [0, 10]),
    ({3: 0.3, 7: 0.2}, 0, 10, [0, 3, 7, 10]),
    ({3: 0.3, 7: 0.2}, 2, 5, [2, 3, 5]),
    ({3: 0.3, 7: 0.2}, 3, 7, [3, 7]),  # cuts at the ends are no cuts inside
    ({0.4: 0.9, 9.6: 0.9}, 0, 10, [0, 10]),  # too near to the ends
    ({0.5: 0.1, 9.5: 0.1}, 0, 10, [0, 0.5, 9.5, 10]),
    ({3: 0.2, 3.2: 0.3, 3.6: 0.1}, 0, 10, [0, 3.2, 10]),  # the most marked of those that crowd each other
    ({3: 0.2, 3.4: 0.2, 3.8: 0.2}, 0, 10, [0, 3, 3.8, 10]),  # of equal ones the first
    ({3: 0.9}, 2.8, 3.2, [2.8, 3.2]),
]


@pytest.mark.parametrize(("cuts", "begin", "end", "bounds"), CUT_BETWEEN)
def test_scenes_of_a_stretch(cuts: dict[float, float], begin: float, end: float, bounds: list[float]) -> None:
    times = tuple(Fraction(str(time)) for time in cuts)
    scenes = Scenes(cuts=times, strengths=tuple(cuts.values()))
    found = scenes.between(Fraction(str(begin)), Fraction(str(end)))
    assert found == tuple(pairwise(Fraction(str(bound)) for bound in bounds))
