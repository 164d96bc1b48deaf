"""Sub-pixel motion: smooth, centred, as sharp as it can be."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from reel.compose.blend import with_alpha
from reel.compose.fine import Fine
from reel.compose.planes import Planes, blank, filled, planes_of
from reel.compose.warp import (
    Pose,
    at_twice,
    bounds,
    chroma_matrix,
    covers,
    draw_fine,
    draw_moving,
    source_matrix,
    warped,
)

WIDTH, HEIGHT = 480, 640


def photograph() -> Planes:
    """Noise of many sizes: as detailed as a photograph, the same on every machine."""
    noise = np.random.default_rng(7)
    picture = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    for octave in range(1, 8):
        grain = noise.random((HEIGHT >> octave or 1, WIDTH >> octave or 1, 3), np.float32)
        picture += cv2.resize(grain, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC) * 2.0 ** (octave - 4)
    picture = (picture - picture.min()) * (255 / np.ptp(picture))
    return planes_of(np.dstack([picture.astype(np.uint8), np.full((HEIGHT, WIDTH), 255, np.uint8)]))


Place = tuple[int, int, int, int]
"""Left, top, width, height."""
WHOLE = (0, 0, WIDTH, HEIGHT)


def moved(picture: Planes, pose: Pose, place: Place) -> Planes:
    """What a picture that changes with every frame shows in a place."""
    shown = blank(*place[2:])
    draw_moving(picture, pose, *place[:2], shown)
    return shown


def read_finely(picture: Planes, pose: Pose, place: Place) -> Planes:
    """What a still picture shows in a place."""
    shown = blank(*place[2:])
    draw_fine(Fine(picture), pose, *place[:2], shown)
    return shown


def zoomed(picture: Planes, scale: float, place: Place = WHOLE) -> Planes:
    """A frame of a Ken Burns zoom."""
    return read_finely(picture, Pose(WIDTH / 2, HEIGHT / 2, scale), place)


def warped_finely(picture: Planes, pose: Pose, place: Place) -> Planes:
    """The same as `read_finely`, with nothing made quicker for what is zoomed about the middle."""
    shown = warped(with_alpha(Fine(picture).doubled), at_twice(pose), *place, fine=True)
    assert shown.a is not None
    assert shown.a.min() == 255
    return Planes(*shown.colours())


@pytest.mark.parametrize("scale", [1.0, 1.0137, 1.05, 1.19, 1.5, 2.0])
@pytest.mark.parametrize(
    ("width", "height"), [(WIDTH, HEIGHT), (WIDTH - 2, HEIGHT - 6), (WIDTH - 8, HEIGHT - 16), (100, 64)]
)
def test_a_zoom_about_the_middle_is_the_same_in_quarters(scale: float, width: int, height: int) -> None:
    """Luma to a level at each pixel: they are rounded at other places. Chroma to what a tenth of a pixel of luma makes."""
    place = (WIDTH - width) // 2, (HEIGHT - height) // 2, width, height
    plain = warped_finely(photograph(), Pose(WIDTH / 2, HEIGHT / 2, scale), place)
    quick = zoomed(photograph(), scale, place)
    luma, *chroma = (
        np.abs(one.astype(int) - other) for one, other in zip(plain.colours(), quick.colours(), strict=True)
    )
    assert luma.max() <= 1
    for difference in chroma:
        assert difference.mean() < 0.3
        assert difference.max() <= 8


def test_chroma_of_a_zoom_is_off_by_no_more_than_its_scale() -> None:
    """By the same waves in luma and chroma, each of which must be where its samples are."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    half_rows, half_columns = np.mgrid[0.5:HEIGHT:2, 0:WIDTH:2].astype(float)

    def levels(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
        return np.round(waves(x / 3, y / 3)).astype(np.uint8)

    chroma = levels(half_columns, half_rows)
    picture = Planes(levels(columns, rows), chroma, chroma)
    for scale in (1.0, 1.1, 1.2):
        matrix = source_matrix(Pose(WIDTH / 2, HEIGHT / 2, scale), WIDTH, HEIGHT, 0, 0)
        x, y = matrix[0, 0] * half_columns + matrix[0, 2], matrix[1, 1] * half_rows + matrix[1, 2]
        found = zoomed(picture, scale).u.astype(float)
        off = [
            displacement(found, waves(x / 3, y / 3), column, row) for column in (60, 120, 180) for row in (60, 160, 260)
        ]
        assert np.abs(2 * np.array(off)).max() < abs(scale - 1) / 2 + 0.02  # in pixels of luma


@pytest.mark.parametrize("pose", [Pose(240.5, 320, 1.04), Pose(240, 320, 1.04, 3), Pose(240, 319.7, 1.04)])
def test_what_is_not_about_the_middle_is_moved(pose: Pose) -> None:
    place = (100, 100, 200, 200)
    plain, shown = warped_finely(photograph(), pose, place), read_finely(photograph(), pose, place)
    for one, other in zip(plain.colours(), shown.colours(), strict=True):
        assert (one == other).all()


def test_a_doubled_picture_lies_where_its_pose_says() -> None:
    """Chroma too: the same as when each plane is moved by its own matrix."""
    picture = photograph()
    luma = source_matrix(Pose(WIDTH, HEIGHT, 2), WIDTH, HEIGHT, 0, 0)
    moved = cv2.warpAffine(
        picture.u, chroma_matrix(luma), (WIDTH, HEIGHT), flags=cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP
    )
    difference = np.abs(Fine(picture).doubled.u[16:-16, 16:-16].astype(int) - moved[16:-16, 16:-16])
    assert difference.max() <= 1


def waves(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """A picture that is known at every point, not only at pixels: a dozen waves, down to two pixels and a half long."""
    draw = np.random.default_rng(3).uniform
    total = np.full(x.shape, 125.0)
    for number in range(12):
        total += 30 / (number + 1) * np.sin(draw(-0.75, 0.75) * x + draw(-0.75, 0.75) * y + draw(0, 6.28))
    return total


def displacement(found: npt.NDArray[np.float64], expected: npt.NDArray[np.float64], x: int, y: int) -> complex:
    """By how much a patch of 96 pixels about (x, y) is off, by least squares on its gradients (Lucas and Kanade)."""
    patch = np.s_[y - 48 : y + 48, x - 48 : x + 48]
    down, across = (np.gradient(expected, axis=axis)[patch].ravel() for axis in (0, 1))
    difference = (expected - found)[patch].ravel()
    moved = np.linalg.lstsq(np.stack([across, down], axis=1), difference, rcond=None)[0]
    return complex(moved[0], moved[1])


def test_a_zoom_is_centred_and_moves_every_point_without_a_jolt() -> None:
    """Tracked points against where they should be; the second difference of that is what the eye sees as jitter.

    Zooms by whole pixels have 0.87 px of it.
    """
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    grey = np.full((HEIGHT // 2, WIDTH // 2), 128, np.uint8)
    picture = Planes(np.round(waves(columns, rows)).astype(np.uint8), grey, grey)
    points = [(80, 80), (WIDTH - 80, 80), (80, HEIGHT - 80), (WIDTH - 80, HEIGHT - 80), (WIDTH // 2, 120)]
    off = []
    for scale in (1.0 + 0.05 * frame / 179 for frame in range(40)):
        matrix = source_matrix(Pose(WIDTH / 2, HEIGHT / 2, scale), WIDTH, HEIGHT, 0, 0)
        expected = waves(matrix[0, 0] * columns + matrix[0, 2], matrix[1, 1] * rows + matrix[1, 2])
        frame = zoomed(picture, scale).y.astype(float)
        off.append([displacement(frame, expected, x, y) for x, y in points])
    assert np.abs(off).max() < 0.02
    assert np.sqrt(np.mean(np.abs(np.diff(off, n=2, axis=0)) ** 2)) < 0.005


def test_what_is_read_from_a_doubled_picture_is_as_sharp_as_cubic_and_nearer_to_lanczos() -> None:
    picture = photograph()
    pose = Pose(WIDTH / 2 + 0.3, HEIGHT / 2 - 0.7, 1.03)
    cubic = moved(picture, pose, WHOLE).y
    fine = read_finely(picture, pose, WHOLE).y
    linear = cv2.warpAffine(
        picture.y,
        source_matrix(pose, WIDTH, HEIGHT, 0, 0),
        (WIDTH, HEIGHT),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
    )

    def sharpness(plane: npt.NDArray[Any]) -> float:
        return float(cv2.Laplacian(plane, cv2.CV_64F).var())

    assert sharpness(fine) >= 0.95 * sharpness(cubic)
    assert sharpness(linear) < 0.8 * sharpness(cubic)


@pytest.mark.parametrize(("scale", "covered"), [(1.0, True), (1.05, True), (0.99, False)])
def test_a_picture_covers_its_area_from_its_own_size_on(scale: float, covered: bool) -> None:
    assert covers(Pose(240, 320, scale), 480, 640, 0, 0, 480, 640) is covered


def test_chroma_moves_with_luma() -> None:
    """A red square moved by a fraction of a pixel: the centre of its redness stays the centre of its darkness."""
    pixels = np.full((64, 64, 4), 255, np.uint8)
    pixels[24:40, 24:40] = (200, 0, 0, 255)
    shown = read_finely(planes_of(pixels), Pose(32 + 3.5, 32 + 1.25, 1), (0, 0, 64, 64))

    def centre(plane: npt.NDArray[np.uint8], background: int) -> tuple[float, float]:
        weight = np.abs(plane.astype(float) - background)
        rows, columns = np.indices(plane.shape)
        return float((columns * weight).sum() / weight.sum()), float((rows * weight).sum() / weight.sum())

    luma, chroma = centre(shown.y, 235), centre(shown.v, 128)
    assert luma == pytest.approx((31.5 + 3.5, 31.5 + 1.25), abs=0.1)
    assert (2 * chroma[0], 2 * chroma[1] + 0.5) == pytest.approx(luma, abs=0.15)


def test_edges_of_a_turned_picture_are_smooth() -> None:
    alpha = warped(filled(100, 100, "#ffffff"), Pose(100, 100, 1, 30), 0, 0, 200, 200, fine=False).a
    assert alpha is not None
    assert alpha[100, 100] == 255
    assert alpha[5, 5] == 0
    partial = ((alpha > 10) & (alpha < 245)).sum()
    assert 200 < partial < 1200  # a soft line along 400 pixels of edge
    left, top, right, bottom = bounds(Pose(100, 100, 1, 30), 100, 100)
    outside = alpha.copy()
    outside[top:bottom, left:right] = 0
    assert not outside.any()


def test_what_is_shown_small_is_halved_first_and_does_not_flicker() -> None:
    """Lines one pixel wide, at a sixth of their size: an even grey, not stripes that come and go."""
    pixels = np.zeros((480, 480, 4), np.uint8)
    pixels[..., 3] = 255
    pixels[:, ::2, :3] = 255
    shown = moved(planes_of(pixels), Pose(240, 240, 1 / 6), (200, 200, 80, 80))
    assert np.ptp(shown.y[10:-10, 10:-10].astype(int)) <= 4
