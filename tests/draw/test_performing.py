"""Steps that draw: what is stored is what composing reads."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from reel.compose.planes import planes_of, read_plate
from reel.draw import LOOPS, draw_loop, draw_still
from reel.packets.loop import LoopFrames
from reel.perform.bench import Bench
from reel.perform.drawing import make_drawn_loop, make_drawn_plate
from reel.perform.worker import make_worker
from reel.plan.operations import DrawnLoop, DrawnPlate
from reel.settings import Settings
from reel.timeline import Area

RATE = Fraction(30000, 1001)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    folder = tmp_path / "artefact"
    folder.mkdir()
    return Bench(make_worker(Settings(home=tmp_path / "home")), folder, "drawing")


def test_a_plate_is_the_drawing_in_planes(bench: Bench) -> None:
    measured = make_drawn_plate(DrawnPlate(name="ornate-silver", width=270, height=480, unit=0.25), bench)
    assert measured == {"width": 270, "height": 480, "opaque": False}
    plate = read_plate(bench.folder / "plate.yuva", 270, 480)
    expected = planes_of(draw_still("ornate-silver", 270, 480))
    assert plate.a is not None
    assert expected.a is not None
    assert (plate.y == expected.y).all()
    assert (plate.a == expected.a).all()


@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_is_the_drawing_over_and_over(name: str, bench: Bench) -> None:
    operation = DrawnLoop(name=name, width=270, height=480, rate=RATE, frames=30)
    assert make_drawn_loop(operation, bench) == {"frames": 30}
    drawn = [picture.copy() for picture in draw_loop(name, 270, 480, RATE, 30)]
    with LoopFrames(bench.folder / "loop.mp4", 0, "drawing") as loop:
        for number in range(45):
            shown = loop.next()
            for plane, original in zip(shown.colours(), drawn[number % 30].colours(), strict=True):
                assert np.abs(plane.astype(int) - original).mean() < 1


def test_what_is_hidden_of_a_loop_stays_black(bench: Bench) -> None:
    hole = Area(x=40, y=60, width=180, height=300)
    operation = DrawnLoop(name="glitter-rain", width=270, height=480, rate=RATE, frames=30, hidden=hole)
    make_drawn_loop(operation, bench)
    with LoopFrames(bench.folder / "loop.mp4", 0, "drawing") as loop:
        for drawn in draw_loop("glitter-rain", 270, 480, RATE, 30):
            shown, seen = loop.next().y, np.ones((480, 270), bool)
            # Within there is a margin that is drawn, and the block of the encoder beside it.
            inner = np.s_[hole.y + 32 : hole.y + hole.height - 32, hole.x + 32 : hole.x + hole.width - 32]
            assert np.abs(shown[inner].astype(int) - 16).max() <= 2
            seen[hole.y : hole.y + hole.height, hole.x : hole.x + hole.width] = False
            assert np.abs(shown[seen].astype(int) - drawn.y[seen]).mean() < 1
