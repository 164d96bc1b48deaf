"""Cuts of drawn pictures, to the frame; and all that changes and is no cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

import cv2
import numpy as np
import pytest

from reel.analyse.scenes import SceneCut, find_cuts
from reel.frame_stats import Picture, measured

SIZE = 256, 144
RATE = Fraction(30)


def scene(seed: int, frames: int, drift: float = 2.0, hold: int = 1) -> Iterator[Picture]:
    """A camera that moves along soft patches of colour by `drift` pixels a frame, and shows each picture `hold` times."""
    patches = np.random.default_rng(seed).integers(0, 256, (9, 40, 3), np.uint8)
    wide = cv2.resize(patches, (40 * 32, 144), interpolation=cv2.INTER_CUBIC)
    for frame in range(frames):
        begin = round(frame // hold * hold * drift) % (wide.shape[1] - SIZE[0])
        yield np.ascontiguousarray(wide[:, begin : begin + SIZE[0]])


def plain(value: int, frames: int) -> list[Picture]:
    return [np.full((SIZE[1], SIZE[0], 3), value, np.uint8)] * frames


def mixed(one: Picture, other: Picture, share: float) -> Picture:
    return np.asarray(cv2.addWeighted(one, 1 - share, other, share, 0), np.uint8)


def dissolved(first: int, end: int) -> list[Picture]:
    """90 pictures; of one scene until `first`, of another from `end` on."""
    shares = np.clip((np.arange(90) - first + 1) / (end - first + 1), 0, 1)
    return [
        mixed(one, other, float(share)) for one, other, share in zip(scene(1, 90), scene(2, 90), shares, strict=True)
    ]


def flashed(pictures: list[Picture], first: int, end: int, share: float = 0.9) -> list[Picture]:
    white = plain(255, 1)[0]
    return [mixed(each, white, share) if first <= number < end else each for number, each in enumerate(pictures)]


def scene_cuts(pictures: list[Picture]) -> list[SceneCut]:
    part = measured(pictures, RATE)
    return find_cuts(part.stats, RATE) if part else []


def cuts_of(pictures: list[Picture]) -> list[int]:
    return [cut.frame for cut in scene_cuts(pictures)]


CUTS: dict[str, tuple[list[Picture], list[int]]] = {
    "three scenes": ([*scene(1, 30), *scene(2, 31), *scene(3, 40)], [30, 61]),
    "a pan on either side": ([*scene(1, 40, drift=6), *scene(2, 40, drift=6)], [40]),
    "two cuts a second": ([each for seed in range(8) for each in scene(seed, 15)], list(range(15, 120, 15))),
    "on the first and the last frame that can have one": ([*scene(1, 1), *scene(2, 20), *scene(3, 1)], [1, 21]),
    "to black and back to something else": ([*scene(1, 30), *plain(0, 30), *scene(2, 30)], [30, 60]),
    "slides that stand still": ([*scene(1, 30, drift=0), *scene(2, 30, drift=0)], [30]),
    "a flash, and later a cut": (flashed([*scene(1, 60), *scene(2, 30)], 20, 23), [60]),
    "a cut under a flash": (flashed([*scene(1, 40), *scene(2, 40)], 40, 42), [40]),
}


@pytest.mark.parametrize("name", CUTS)
def test_every_cut_is_found_to_the_frame_and_nothing_else(name: str) -> None:
    pictures, cuts = CUTS[name]
    assert cuts_of(pictures) == cuts


NO_CUTS: dict[str, Callable[[], list[Picture]]] = {
    "no picture": list,
    "one picture": lambda: plain(128, 1),
    "one colour": lambda: plain(128, 60),
    "a slow pan": lambda: list(scene(1, 90, drift=1)),
    "a fast pan": lambda: list(scene(1, 60, drift=12)),
    "a fast pan at ten pictures a second": lambda: list(scene(1, 90, drift=8, hold=3)),
    "a fast pan at fifteen pictures a second": lambda: list(scene(1, 90, drift=8, hold=2)),
    "a dissolve": lambda: dissolved(30, 60),
    "a flash of one picture": lambda: flashed(list(scene(1, 60)), 30, 31),
    "a flash of six pictures": lambda: flashed(list(scene(1, 60)), 30, 36),
    "a weak flash": lambda: flashed(list(scene(1, 60)), 30, 33, share=0.4),
    "strobe lights": lambda: [each for _ in range(30) for each in (*plain(230, 3), *scene(1, 3))],
    "noise in the dark": lambda: [
        np.random.default_rng(seed // 20).integers(0, 3, (SIZE[1], SIZE[0], 3), np.uint8) for seed in range(80)
    ],
}


@pytest.mark.parametrize("name", NO_CUTS)
def test_what_is_no_cut_is_none(name: str) -> None:
    assert cuts_of(NO_CUTS[name]()) == []


def test_a_cut_between_other_pictures_is_more_marked() -> None:
    grey = [*plain(60, 30), *plain(120, 30), *plain(255, 30)]
    slight, strong = scene_cuts(grey)
    assert slight.strength == pytest.approx(60 / 255, abs=0.01)
    assert strong.strength == pytest.approx(135 / 255, abs=0.01)
