"""Colours that are all off in one way are told, however evenly; what coding leaves of them is not taken for that."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from reel.proof.compare import wrong_frame
from reel.proof.levels import Levels
from reel.proof.scene import Scene

ZERO, BLACK, GREY = (np.array([luma, 128, 128], np.float32)[:, None, None] for luma in (0, 16, 126))

LUMA = np.array([1, 0, 0], np.float32)[:, None, None]


def clouds(seed: int, size: float = 20) -> Levels:
    """A picture of soft blots of all colours, between black and white."""
    noise = np.random.default_rng(seed).normal(size=(3, 96, 160))
    soft = np.stack([cv2.GaussianBlur(plane, (0, 0), size) for plane in noise])
    return np.asarray(GREY + soft / soft.std() * np.array([45, 20, 20])[:, None, None], np.float32)


def coded(levels: Levels, blur: float = 1, dirt: float = 6) -> Levels:
    """What few bits leave: less detail, and noise."""
    dirty = np.random.default_rng(9).normal(size=levels.shape) * dirt
    return np.asarray(np.stack([cv2.GaussianBlur(plane, (0, 0), blur) for plane in levels]) + dirty, np.float32)


def told(asked: Levels, made: Levels) -> bool:
    scene = Scene(asked, without=lambda _: (asked, asked), clips=())
    return any("colours" in wrong.what for wrong in wrong_frame(made, scene, (), ()))


WRONG: dict[str, Callable[[Levels], Levels]] = {
    "limited range read as full": lambda levels: BLACK + (levels - ZERO) * (219 / 255),
    "full range read as limited": lambda levels: GREY + (levels - GREY) * (255 / 219),
    "three quarters of the contrast": lambda levels: GREY + (levels - GREY) * 0.75,
    "less saturated": lambda levels: np.concatenate([levels[:1], 128 + 0.6 * (levels[1:] - 128)]),
    "brighter": lambda levels: levels + LUMA * 10,
    "a tint": lambda levels: levels + (1 - LUMA) * 9,
    "red for blue": lambda levels: levels[[0, 2, 1]],
}


@pytest.mark.parametrize("what", WRONG)
@pytest.mark.parametrize("blur", [0.5, 2])
def test_colours_that_are_all_off_are_told(what: str, blur: float) -> None:
    asked = clouds(1)
    assert told(asked, coded(np.asarray(WRONG[what](asked), np.float32), blur))


@pytest.mark.parametrize("size", [1, 2, 4, 9, 30])
@pytest.mark.parametrize("blur", [0.5, 2, 4])
def test_detail_that_coding_gives_up_is_no_other_colour(size: float, blur: float) -> None:
    """Blots of a block's size are nearly gone where they are blurred by as much: that is less contrast as well."""
    asked = clouds(2, size)
    assert not told(asked, coded(asked, blur))


def test_noise_that_comes_out_as_other_noise_is_no_other_colour() -> None:
    asked = clouds(3, 2)
    blots = clouds(4, 2) - GREY
    assert not told(asked, np.asarray(GREY + (asked - GREY) / 3 + blots / 2, np.float32))


def test_of_one_colour_an_offset_is_told_and_nothing_else() -> None:
    flat = np.full((3, 96, 160), 100, np.float32)
    assert told(flat, flat + 8)
    assert not told(flat, flat + 4)


def test_few_blocks_tell_nothing() -> None:
    assert not told(np.full((3, 16, 32), 100, np.float32), np.full((3, 16, 32), 110, np.float32))


def strip(asked: Levels, made: Levels, toned: np.ndarray) -> list[str]:
    """What is said of the shapes of a tone-mapped part."""
    scene = Scene(asked, without=lambda _: (asked, asked), clips=(), toned=toned)
    return [wrong.what for wrong in wrong_frame(made, scene, (), ()) if "shapes" in wrong.what]


@pytest.mark.parametrize(("rows", "is_told"), [(7, False), (60, True)])
def test_of_a_strip_of_a_mapped_picture_its_edges_tell_no_shapes(rows: int, is_told: bool) -> None:
    """Of a picture that a curtain covers but for seven rows, most that is seen is where it is cut, to parts of a pixel."""
    toned = np.zeros((96, 160), bool)
    toned[20 : 20 + rows, 10:150] = True
    asked, made = (np.full((3, 96, 160), 16, np.float32) for _ in range(2))
    inside = clouds(5, 3)
    asked[:, toned], made[:, toned] = 80 + (inside[:, toned] - 126) / 8, 80 + (inside[:, ::-1][:, toned] - 126) / 8
    if is_told:
        asked[0, toned] += (inside[0, toned] - 126) / 2
        made[0, toned] += (inside[0, ::-1][toned] - 126) / 2
    asked[:, 19 + rows], made[:, 19 + rows] = 48, 66
    asked[:, 20], made[:, 20] = 66, 40
    assert bool(strip(asked, made, toned)) == is_told
