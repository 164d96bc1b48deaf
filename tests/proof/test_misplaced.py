"""What lies a little elsewhere, as places on whole pixels do, is not taken for another moment; another moment is."""

from __future__ import annotations

import numpy as np
import pytest

from reel.proof.compare import wrong_frame
from reel.proof.levels import Levels
from reel.proof.scene import Scene


def stripes(shift: float, *, brighter: float = 0.0) -> Levels:
    """Soft stripes, 16 pixels apart, moved to the right."""
    place = np.arange(160) + 0.5 - shift
    luma = 120 + brighter + 80 * np.clip(3 * np.sin(place * np.pi / 8), -1, 1)
    rows = np.broadcast_to(luma, (96, 160))
    return np.stack([rows, np.full_like(rows, 128), np.full_like(rows, 128)]).astype(np.float32)


def told(asked: Levels, made: Levels, *neighbours: Levels) -> list[str]:
    return _told(Scene(asked, without=lambda _: (asked, asked), clips=()), made, *neighbours)


@pytest.mark.parametrize("off", [0.3, 0.6, 1.0])
def test_a_still_that_grows_and_lies_a_fraction_of_a_pixel_elsewhere_shows_its_own_moment(off: float) -> None:
    """The frame before is where this one should be, and the one after begins to fade."""
    assert told(stripes(0), stripes(off), stripes(0), stripes(2 * off, brighter=16)) == []


@pytest.mark.parametrize("step", [4, 6, 8])
def test_a_neighbour_in_the_place_of_a_frame_is_told(step: int) -> None:
    assert told(stripes(0), stripes(step), stripes(0), stripes(2 * step)) != []
    assert told(stripes(0), stripes(0), stripes(-step), stripes(step)) == []


@pytest.mark.parametrize(("moves", "is_told"), [(True, True), (False, False)])
def test_a_frame_that_is_coded_worse_than_the_same_after_it_is_not_another_moment(moves: bool, is_told: bool) -> None:
    """Of a source that lacks frames, the second of two that are alike is the better: dirt under an edge was taken for time."""
    flat = np.full((3, 96, 160), 128, np.float32)
    level = Scene(flat, without=lambda _: (flat, flat), clips=(), beside=lambda: [flat + 40 if moves else flat])
    smudged = flat.copy()
    smudged[0, 40:48, 20:60] += 14
    assert bool(_told(level, smudged, flat)) == is_told


def _told(scene: Scene, made: Levels, *neighbours: Levels) -> list[str]:
    return [wrong.what for wrong in wrong_frame(made, scene, neighbours, ()) if "fits that moment" in wrong.what]


NOTHING = (np.zeros((3, 2, 2), np.float32),) * 2


@pytest.mark.parametrize("by", [40, -40])
def test_another_picture_is_told_however_evenly_it_is_another(by: float) -> None:
    """A ground of another colour, or levels of another range, as nothing stands out from it."""
    for asked in (stripes(0), np.full((3, 96, 160), 100, np.float32)):
        scene = Scene(asked, without=lambda _: NOTHING, clips=())
        assert list(wrong_frame(asked + np.float32(by), scene, (), ()))
        assert not list(wrong_frame(asked + np.float32(by / 10), scene, (), ()))


@pytest.mark.parametrize("edge", [64, 68])
@pytest.mark.parametrize("side", [-1, 1])
def test_an_edge_of_colour_lies_a_pixel_elsewhere_also_where_it_is_between_two_blocks(edge: int, side: int) -> None:
    """Colour has one pixel for two; an edge at the first row of a block had no place there in which to be misplaced."""
    asked = np.full((3, 96, 160), 110, np.float32)
    asked[1:, edge:] = 190
    made = asked.copy()
    made[1:, min(edge, edge + side) : max(edge, edge + side)] = 110 if side > 0 else 190
    scene = Scene(asked, without=lambda _: NOTHING, clips=())
    assert not list(wrong_frame(made, scene, (), ()))
    made[1:, min(edge, edge + 4 * side) : max(edge, edge + 4 * side)] = 110 if side > 0 else 190
    assert list(wrong_frame(made, scene, (), ()))
