"""Steps that draw: what is stored is what composing reads."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from reel.compose.planes import planes_of, read_bitmap
from reel.draw import LOOPS, draw_loop, draw_still
from reel.make.context import StepContext
from reel.make.drawing import make_drawn_bitmap, make_drawn_loop
from reel.make.worker import make_worker
from reel.packets.loop import LoopFrames
from reel.plan.operations import DrawnBitmap, DrawnLoop
from reel.settings import Settings
from reel.timeline import Area

RATE = Fraction(30000, 1001)


@pytest.fixture
def context(tmp_path: Path) -> StepContext:
    folder = tmp_path / "artefact"
    folder.mkdir()
    return StepContext(make_worker(Settings(home=tmp_path / "home")), folder, "drawing")


def test_a_bitmap_is_the_drawing_in_planes(context: StepContext) -> None:
    measured = make_drawn_bitmap(DrawnBitmap(name="ornate-silver", width=270, height=480, unit=0.25), context)
    assert measured == {"width": 270, "height": 480, "opaque": False}
    bitmap = read_bitmap(context.folder / "bitmap.yuva", 270, 480)
    expected = planes_of(draw_still("ornate-silver", 270, 480))
    assert bitmap.a is not None
    assert expected.a is not None
    assert (bitmap.y == expected.y).all()
    assert (bitmap.a == expected.a).all()


@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_is_the_drawing_over_and_over(name: str, context: StepContext) -> None:
    with made(name, context, Area(x=0, y=0, width=270, height=480)) as loop:
        drawn = [picture.copy() for picture in draw_loop(name, 270, 480, RATE, 30)]
        for number in range(45):
            shown = loop.next()
            for plane, original in zip(shown.colours(), drawn[number % 30].colours(), strict=True):
                assert np.abs(plane.astype(int) - original).mean() < 1


def made(name: str, context: StepContext, *parts: Area) -> LoopFrames:
    """Make parts of a loop of 30 frames, and open them."""
    operation = DrawnLoop(name=name, width=270, height=480, rate=RATE, frames=30, parts=parts)
    places = [(part.x, part.y, part.width, part.height) for part in parts]
    assert make_drawn_loop(operation, context) == {"frames": 30, "width": 270, "height": 480, "parts": places}
    files = [context.folder / f"{number}.mp4" for number in range(len(parts))]
    assert sorted(context.folder.iterdir()) == files
    return LoopFrames(270, 480, list(zip(files, places, strict=True)), 0, "drawing")


def test_what_is_in_no_part_of_a_loop_stays_black(context: StepContext) -> None:
    parts = [
        Area(x=0, y=0, width=270, height=60),
        Area(x=0, y=60, width=40, height=300),
        Area(x=268, y=60, width=2, height=420),
    ]
    seen = np.zeros((480, 270), bool)
    for part in parts:
        seen[part.y : part.y + part.height, part.x : part.x + part.width] = True
    with made("glitter-rain", context, *parts) as loop:
        for drawn in draw_loop("glitter-rain", 270, 480, RATE, 30):
            shown = loop.next().y
            assert (shown[~seen] == 16).all()
            assert np.abs(shown[seen].astype(int) - drawn.y[seen]).mean() < 1


@pytest.mark.parametrize("name", LOOPS)
def test_parts_of_a_loop_are_drawn_as_the_whole_is(name: str) -> None:
    parts = [(0, 0, 270, 60), (0, 60, 40, 360), (268, 60, 270, 480)]
    for whole, some in zip(
        draw_loop(name, 270, 480, RATE, 30), draw_loop(name, 270, 480, RATE, 30, parts), strict=True
    ):
        for left, top, right, bottom in parts:
            place = (left, top, right - left, bottom - top)
            for one, other in zip(whole.region(*place).colours(), some.region(*place).colours(), strict=True):
                assert (one == other).all()
            some.region(*place).y[:] = 16
        assert (some.y == 16).all()
