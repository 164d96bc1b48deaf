"""Drawing a part of a picture at its place on the canvas: moved, scaled, turned, with smooth edges."""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from reel.proof.colours import multiplied
from reel.proof.framing import Box, Placement
from reel.proof.pictures import RGBA

Numbers = npt.NDArray[np.float64]
Shares = npt.NDArray[np.float32]
"""0..1 for each of some pixels."""


Pixels = tuple[slice, slice]
"""Rows and columns of the paper."""


class Paper(NamedTuple):
    """The pixels that a canvas is drawn with: as many as it has, or fewer."""

    width: int
    height: int
    across: float
    """Pixels of the paper for one of the canvas."""
    down: float

    def pixels(self, box: Box) -> Pixels:
        """The pixels that a box of the canvas touches."""
        columns = slice(*_touched(box.left * self.across, box.right * self.across, self.width))
        return slice(*_touched(box.top * self.down, box.bottom * self.down, self.height)), columns


def _touched(first: float, last: float, count: int) -> tuple[int, int]:
    # What is less than a thousandth of a pixel is rounding noise.
    begin = min(max(0, math.floor(first + 1e-3)), count)
    return begin, min(max(begin, math.ceil(last - 1e-3)), count)


class Transform(NamedTuple):
    """How a clip stands: about the centre of its area, in pixels of the canvas."""

    centre: tuple[float, float]
    moved: tuple[float, float] = (0.0, 0.0)
    scale: float = 1.0
    """Above 0."""
    turned: float = 0.0
    """Degrees clockwise."""

    def matrix(self) -> Numbers:
        """From a point of the canvas to where it was before moving, scaling and turning; shape (2, 3)."""
        angle = math.radians(self.turned)
        cos, sin = math.cos(angle) / self.scale, math.sin(angle) / self.scale
        turn = np.array([[cos, sin], [-sin, cos]])
        return np.column_stack([turn, self.centre - turn @ np.add(self.centre, self.moved)])

    def bounds(self, box: Box) -> Box:
        """What of the canvas a box may cover, once posed."""
        linear, shift = np.split(self.matrix(), [2], axis=1)
        corners = [(x, y) for x in (box.left, box.right) for y in (box.top, box.bottom)]
        posed = np.linalg.solve(linear, np.transpose(corners) - shift)
        return Box(*posed.min(axis=1), *posed.max(axis=1))


def draw_placed(picture: RGBA, place: Placement, pose: Transform, paper: Paper, pixels: Pixels) -> RGBA:
    """What some pixels of the paper show of a picture as it stands there; transparent beside it."""
    before = np.asarray(multiplied(pose.matrix(), _canvas_points(paper, pixels)), np.float64)
    part, at = place
    rate = np.array([(part.right - part.left) / (at.right - at.left), (part.bottom - part.top) / (at.bottom - at.top)])
    share = before * rate[:, None]
    share[:, 2] += np.array([part.left, part.top]) - rate * (at.left, at.top)
    scale = pose.scale * paper.across, pose.scale * paper.down
    return _sampled(picture, share, _shape(pixels)) * _covered(at, before, scale, _shape(pixels))[..., None]


def inside(box: Box, paper: Paper, pixels: Pixels) -> Shares:
    """How much of each of some pixels of the paper lies within a box of the canvas."""
    return _covered(box, _canvas_points(paper, pixels), (paper.across, paper.down), _shape(pixels))


def _shape(pixels: Pixels) -> tuple[int, int]:
    rows, columns = pixels
    return rows.stop - rows.start, columns.stop - columns.start


def _canvas_points(paper: Paper, pixels: Pixels) -> Numbers:
    """From a column and a row of `pixels`, counted from their first, to the point of the canvas in the pixel's middle."""
    rows, columns = pixels
    return np.array(
        [
            [1 / paper.across, 0, (columns.start + 0.5) / paper.across],
            [0, 1 / paper.down, (rows.start + 0.5) / paper.down],
            [0, 0, 1],
        ]
    )


def _covered(box: Box, points: Numbers, scale: tuple[float, float], shape: tuple[int, int]) -> Shares:
    """How much of each pixel lies within a box; `points` tells where the pixel's middle is, `scale` how many pixels go into
    one of the box's units."""
    rows, columns = np.arange(shape[0])[:, None], np.arange(shape[1])[None]
    x, y = (scale[side] * (a * columns + b * rows + c) for side, (a, b, c) in enumerate(points[:2]))
    across = _between(x, scale[0] * box.left, scale[0] * box.right)
    return np.asarray(across * _between(y, scale[1] * box.top, scale[1] * box.bottom), np.float32)


def _between(middle: Numbers, first: float, last: float) -> Numbers:
    """How much of pixels, one long, lies between two edges."""
    return np.asarray(np.clip(np.minimum(middle + 0.5, last) - np.maximum(middle - 0.5, first), 0, 1))


FINE, FINER = 2, 1.05
"""Points across each pixel, where a picture has so many times the pixels of the paper: what is averaged to pixels of its own
first, and then moved by parts of one, loses what is as fine as letters (of white ones with black edges on a light blue sky, a
quarter)."""


def _sampled(picture: RGBA, share: Numbers, shape: tuple[int, int]) -> RGBA:
    """What a picture shows at pixels whose places in it, in shares, a matrix tells: the mean of `FINE` points either way of a
    picture that has more, by cubic interpolation, of a picture whose pixels were averaged first where several fall on one."""
    height, width = picture.shape[:2]
    if (height, width) == (1, 1):
        return np.broadcast_to(picture, (*shape, 4))
    # How far one pixel of the paper reaches in the picture, along its two sides.
    across, down = np.hypot(share[:, 0], share[:, 1]) * (width, height)
    fine = FINE if min(across, down) > FINER else 1
    if across > fine or down > fine:
        smaller = max(1, round(width * fine / max(across, fine))), max(1, round(height * fine / max(down, fine)))
        picture = np.asarray(cv2.resize(picture, smaller, interpolation=cv2.INTER_AREA), np.float32)
        height, width = picture.shape[:2]
    # From points to pixels: the first of two lies a quarter of a pixel before its middle.
    points = np.array([[1 / fine, 0, (1 / fine - 1) / 2], [0, 1 / fine, (1 / fine - 1) / 2], [0, 0, 1]])
    matrix = share @ points * np.array([[width], [height]])
    matrix[:, 2] -= 0.5  # OpenCV counts from the centre of the first pixel
    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    size = shape[1] * fine, shape[0] * fine
    points_found = cv2.warpAffine(picture, matrix, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
    found = np.asarray(cv2.resize(points_found, shape[::-1], interpolation=cv2.INTER_AREA), np.float32)
    found[..., 3] = np.clip(found[..., 3], 0, 1)
    return found
