"""Posters that are chosen for a set of videos."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import pytest

from reel.make.choosing import Moment, choose, chosen_of, distances, layout_of
from reel.plan.operations.choices import moments_each


def plain(*bgr: int) -> npt.NDArray[np.uint8]:
    return np.full((180, 180, 3), bgr, np.uint8)


def moment(picture: npt.NDArray[np.uint8], interest: float = 1.0) -> Moment:
    return Moment(0, 0, interest, layout_of(picture))


BLACK, WHITE, GREY, RED = plain(0, 0, 0), plain(255, 255, 255), plain(119, 119, 119), plain(0, 0, 255)


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [(BLACK, BLACK, 0.0), (BLACK, WHITE, 100.0), (BLACK, GREY, 50.0), (RED, WHITE, 114.6)],
)
def test_distance_is_that_of_lab(one: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8], apart: float) -> None:
    """Values of CIE 1976: sRGB red is L 53.2, a 80.1, b 67.2."""
    assert distances(layout_of(one)[None], layout_of(other))[0] == pytest.approx(apart, abs=0.2)


def test_half_a_picture_counts_half() -> None:
    half = BLACK.copy()
    half[:, :90] = 255
    assert distances(layout_of(half)[None], layout_of(BLACK))[0] == pytest.approx(50, abs=0.2)


@pytest.mark.parametrize(
    ("interests", "videos", "chosen"),
    [
        # Black, white, grey, red: the first shows what is of most interest, the next what is farthest from that.
        ((2, 1, 1, 1), 2, [0, 3]),
        ((1, 1, 2, 1), 3, [2, 3, 1]),
        # What has nothing to see is not shown, however far it is.
        ((2, 0, 1, 0), 2, [0, 2]),
        # Where nothing has, something is.
        ((0, 0, 0, 0), 1, [0]),
    ],
)
def test_the_farthest_of_those_with_something_to_see(
    interests: tuple[float, ...], videos: int, chosen: list[int]
) -> None:
    moments = [moment(*each) for each in zip((BLACK, WHITE, GREY, RED), interests, strict=True)]
    found = choose(moments, [[0, 1, 2, 3]] * videos)
    assert [place for place, _ in found] == chosen
    assert found[0][1] is None


def test_each_is_the_farthest_that_there_was_and_more_videos_change_none() -> None:
    chance = np.random.default_rng(1)
    moments = [
        moment(chance.integers(0, 256, (180, 180, 3), np.uint8) // 8 + plain(*chance.integers(0, 200, 3)))
        for _ in range(60)
    ]
    shown = [[*chance.permutation(60)[:30]] for _ in range(20)]
    found = choose(moments, shown)
    for number in range(1, 20):
        before = np.array([moments[place].layout for place, _ in found[:number]])
        best = max(float(distances(before, moments[place].layout).min()) for place in shown[number])
        assert found[number][1] == pytest.approx(best, abs=0.01)
    assert choose(moments, shown[:7]) == found[:7]
    assert len({place for place, _ in found}) == 20
    assert all(one != other for one, other in itertools.pairwise(place for place, _ in found))


@pytest.mark.parametrize(
    ("videos", "pieces", "each"), [(20, 4, 24), (20, 40, 2), (1000, 5, 24), (2, 1, 8), (12, 12, 4), (13, 12, 8)]
)
def test_there_is_enough_to_choose_from(videos: int, pieces: int, each: int) -> None:
    assert moments_each(videos, pieces) == each


def test_a_poster_is_a_frame_of_its_own_video() -> None:
    """The pieces lie one after another, in the order that this video plays them."""
    pictures = (BLACK, WHITE, RED)
    moments = [
        {"piece": piece, "frame": 5, "interest": 1.0, "layout": layout_of(picture).ravel().tolist()}
        for piece, picture in enumerate(pictures)
    ]
    told = {"frames": [10, 20, 40], "moments": moments}
    first = chosen_of(told, [(2, 1, 0)])
    second = chosen_of(told, [(2, 1, 0), (1, 0, 2)])
    assert (first.frame, first.distance) == (5, None)
    assert second.frame == 25
    assert second.distance == pytest.approx(117.3, abs=0.5)
