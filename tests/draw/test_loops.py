"""Moving overlays of the library: they move, they glitter, and they come round without a jump."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from reel.draw import LOOPS, draw_loop

RATE, FRAMES = Fraction(30), 180


def lights(name: str, size: tuple[int, int] = (270, 480), frames: int = FRAMES) -> npt.NDArray[np.int16]:
    """The light of all frames of one turn."""
    return np.stack([picture.y.astype(np.int16) for picture in draw_loop(name, *size, RATE, frames)])


@pytest.mark.parametrize("name", LOOPS)
def test_the_last_frame_leads_to_the_first(name: str) -> None:
    turn = lights(name)
    steps = np.abs(np.diff(turn, axis=0)).mean(axis=(1, 2))
    around = np.abs(turn[-1] - turn[0]).mean()
    assert len(turn) == FRAMES
    assert steps.min() > 0
    assert around <= steps.max() * 1.05
    # A jump would be as large as the difference of any two frames.
    assert around < 0.9 * np.abs(turn[0] - turn[FRAMES // 2]).mean()


@pytest.mark.parametrize("name", LOOPS)
def test_it_is_light_on_black(name: str) -> None:
    turn = lights(name)
    assert turn.min() == 16
    assert (turn == 16).mean() > 0.6
    assert turn.max() > 215
    # As bright at all times: no moment in which all are born.
    shining = (turn - 16).mean(axis=(1, 2))
    assert shining.max() < 2.5 * shining.min()


def test_glitter_falls() -> None:
    """Moved down by its speed, a frame is more like the next than moved up or not at all."""
    turn = lights("glitter-rain", (540, 960), 24)  # 0.8 seconds: fast lights move by 3 pixels

    def likeness(shift: int) -> float:
        return float(
            np.mean([(a[20:-20] * np.roll(b, -shift, axis=0)[20:-20].astype(float)).mean() for a, b in pairwise(turn)])
        )

    assert likeness(3) > likeness(-3)


def test_sparkles_stay_where_they_are() -> None:
    turn = lights("sparkles", frames=60)
    brightest = turn.max(axis=0)
    stars = brightest > 200
    assert stars.any()
    assert stars.mean() < 0.02


@pytest.mark.parametrize("name", LOOPS)
@pytest.mark.parametrize(
    "size", [(64, 64), (480, 270), (1080, 1920), pytest.param((2160, 3840), marks=pytest.mark.slow)]
)
def test_any_size_and_rate(name: str, size: tuple[int, int]) -> None:
    for picture in draw_loop(name, *size, Fraction(30000, 1001), 3):
        assert (picture.width, picture.height) == size
        assert picture.u.shape == picture.v.shape == (size[1] // 2, size[0] // 2)
        assert picture.a is None
        assert picture.y.max() > 60


@pytest.mark.parametrize(("name", "digest"), [("glitter-rain", "4dde4ea395149ee3"), ("sparkles", "04b931710456d99f")])
def test_every_machine_draws_the_same_bits(name: str, digest: str) -> None:
    """Where a drawing is changed on purpose: raise `DrawnLoop.rules`, then write its new digest here."""
    seen = hashlib.sha256()
    for picture in draw_loop(name, 270, 480, RATE, 20):
        for part in picture.raw():
            seen.update(part)
    assert seen.hexdigest()[:16] == digest


@pytest.mark.parametrize("name", LOOPS)
def test_gold_is_golden(name: str) -> None:
    """Where there is light, there is less blue and more red in it than in white."""
    for picture in draw_loop(name, 270, 480, RATE, 2):
        assert picture.u.min() < 120
        assert picture.u.max() <= 128
        assert picture.v.min() >= 128
        assert picture.v.max() > 128
