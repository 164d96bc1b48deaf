"""Edges of what is partly transparent: as a plain composition in R'G'B', colours multiplied by alpha, would have them."""

from __future__ import annotations

import itertools
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from reel.compose.blend import lay, still_overlays
from reel.compose.fine import Fine
from reel.compose.planes import Pixels, Planes, filled, planes_of, read_bitmap, write_bitmap
from reel.compose.warp import Pose, at_twice, warped

SIDE = 160
"""Of the canvas; pictures have half of it."""
WHITE, GREY, RED = (255, 255, 255), (128, 128, 128), (220, 20, 30)
COLOURS = (WHITE, GREY, RED, (20, 40, 200))


def shapes(colour: tuple[int, int, int], under: int = 0) -> Pixels:
    """Hard and soft edges, thin lines and letters of one colour; something else lies under what is transparent."""
    alpha = np.zeros((SIDE // 2, SIDE // 2), np.uint8)
    cv2.putText(alpha, "Ag", (4, 34), cv2.FONT_HERSHEY_SIMPLEX, 1.1, 255, 2, cv2.LINE_AA)
    cv2.rectangle(alpha, (5, 45), (35, 74), 255, -1)
    cv2.circle(alpha, (58, 58), 14, 200, -1, cv2.LINE_AA)
    cv2.line(alpha, (3, 78), (76, 41), 120, 1)
    pixels = np.full((*alpha.shape, 4), under, np.uint8)
    pixels[alpha > 0, :3] = colour
    pixels[..., 3] = alpha
    return pixels


def hexadecimal(colour: tuple[int, int, int]) -> str:
    return "#" + bytes(colour).hex()


POSES = [
    Pose(80 + x, 80 + y, scale, rotation)
    for (x, y), (scale, rotation) in itertools.product(
        [(0, 0), (0.25, 0.5), (0.5, 0), (1, 1.75)], [(1, 0), (1.37, 0), (0.71, 0), (0.3, 0), (1, 12.5)]
    )
]


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("fine", [True, False])
def test_a_colour_over_itself_is_not_seen(colour: tuple[int, int, int], fine: bool) -> None:
    """Wherever it moves, however large it is; whatever lies under what is transparent."""
    bitmap = planes_of(shapes(colour))
    for pose, opacity in itertools.product(POSES, (1.0, 0.4)):
        ground = filled(SIDE, SIDE, hexadecimal(colour))
        before = ground.copy()
        shown = (Fine(bitmap).doubled, at_twice(pose)) if fine else (bitmap, pose)
        lay(warped(*shown, 0, 0, SIDE, SIDE, fine=fine), ground, opacity)
        for plane, same in zip(ground.colours(), before.colours(), strict=True):
            assert np.abs(plane.astype(int) - same).max() <= 2, (pose, opacity)


@pytest.mark.parametrize("fine", [True, False])
def test_nor_is_an_opaque_picture_that_is_turned(fine: bool) -> None:
    bitmap = filled(SIDE // 2, SIDE // 2, hexadecimal(RED))
    for pose in POSES:
        ground = filled(SIDE, SIDE, hexadecimal(RED))
        before = ground.copy()
        shown = (Fine(bitmap).doubled, at_twice(pose)) if fine else (bitmap, pose)
        lay(warped(*shown, 0, 0, SIDE, SIDE, fine=fine), ground)
        for plane, same in zip(ground.colours(), before.colours(), strict=True):
            assert np.abs(plane.astype(int) - same).max() <= 2, pose


def over(pixels: npt.NDArray[np.float64], ground: tuple[int, int, int]) -> Planes:
    """Straight colours (0..255) with alpha (0..1), laid over one colour in floats, as planes."""
    alpha = pixels[..., 3:]
    seen = pixels[..., :3] * alpha + np.array(ground) * (1 - alpha)
    return planes_of(np.dstack([np.rint(seen), np.full(alpha.shape, 255)]).astype(np.uint8))


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("ground", [GREY, (20, 60, 20), WHITE])
@pytest.mark.parametrize("under", [0, 255])
def test_edges_are_those_of_a_composition_in_rgb(
    colour: tuple[int, int, int], ground: tuple[int, int, int], under: int
) -> None:
    pixels = shapes(colour, under)
    straight = pixels.astype(float)
    straight[..., 3] /= 255
    expected = over(straight, ground)
    bitmap = planes_of(pixels)
    laid, parts = (filled(SIDE // 2, SIDE // 2, hexadecimal(ground)) for _ in range(2))
    lay(bitmap, laid)
    for still in still_overlays(bitmap, 0, 0):
        still.lay(parts)
    for found in (laid, parts):
        for plane, same in zip(found.colours(), expected.colours(), strict=True):
            assert np.abs(plane.astype(int) - same).max() <= 2


def disc(x: float, y: float, size: int) -> npt.NDArray[np.float64]:
    """A red disc with a soft edge, known at every point: its middle is at (x, y), edges of pixels are whole."""
    rows, columns = np.mgrid[0:size, 0:size] + 0.5
    alpha = np.clip((24 - np.hypot(columns - x, rows - y)) / 6 + 0.5, 0, 1)
    return np.dstack([*(np.full((size, size), float(part)) for part in RED), alpha])


@pytest.mark.parametrize("fine", [True, False])
@pytest.mark.parametrize("move", [(0.0, 0.0), (0.5, 0.25), (1.0, 1.0), (1.75, 0.5)])
def test_a_soft_edge_is_where_it_should_be_in_all_planes(fine: bool, move: tuple[float, float]) -> None:
    source = disc(SIDE / 4, SIDE / 4, SIDE // 2)
    source[..., 3] *= 255
    bitmap = planes_of(np.rint(source).astype(np.uint8))
    pose = Pose(SIDE / 2 + move[0], SIDE / 2 + move[1], 1)
    found = filled(SIDE, SIDE, hexadecimal(GREY))
    shown = (Fine(bitmap).doubled, at_twice(pose)) if fine else (bitmap, pose)
    lay(warped(*shown, 0, 0, SIDE, SIDE, fine=fine), found)
    expected = over(disc(pose.x, pose.y, SIDE), GREY)
    for plane, same in zip(found.colours(), expected.colours(), strict=True):
        assert np.abs(plane.astype(int) - same).max() <= 5


def test_a_bitmap_is_read_as_it_was_written(tmp_path: Path) -> None:
    bitmap = planes_of(shapes(RED))
    write_bitmap(tmp_path, bitmap)
    again = read_bitmap(tmp_path / "bitmap.yuva", bitmap.width, bitmap.height)
    assert len(again.planes()) == 5
    for one, other in zip(bitmap.planes(), again.planes(), strict=True):
        assert (one == other).all()
