"""Moving, scaling and turning pictures by fractions of a pixel.

A still picture that moves is enlarged to twice its size once, by Lanczos, and each frame is read from that by linear
interpolation. That is nearer to Lanczos in every frame than cubic interpolation is (49.7 against 48.9 dB on a photograph), at
a third of the price of cubic and a tenth of that of Lanczos. A picture that changes with every frame is read by cubic.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from reel.compose.blend import Stamp
from reel.compose.planes import Plane, Planes

Matrix = npt.NDArray[np.float64]
"""Shape (2, 3): from a point of the result to the point of the source that it shows."""

SHRINK = 0.5
"""A picture that is shown smaller than this is halved first: interpolation reads few pixels, and would pass over what lies
between them. One that was doubled may be shown at half of this."""


@dataclass(frozen=True)
class Pose:
    """Where a picture is: its centre on the canvas in pixels (edges, not centres of pixels, are whole), its size against the
    picture's own, its turn in degrees clockwise."""

    x: float
    y: float
    scale: float
    rotation: float = 0.0

    def is_plain(self, width: int, height: int) -> bool:
        """Whether a picture of that size lies on the canvas pixel by pixel, chroma included."""
        left, top = self.x - width / 2, self.y - height / 2
        return self.scale == 1 and self.rotation == 0 and left % 2 == 0 and top % 2 == 0


def source_matrix(pose: Pose, width: int, height: int, left: int, top: int) -> Matrix:
    """For a result whose corner is at (left, top) of the canvas, the points of a `width` x `height` picture."""
    angle = math.radians(pose.rotation)
    cos, sin = math.cos(angle) / pose.scale, math.sin(angle) / pose.scale
    # From the centre of a pixel of the result, to the canvas, to the pose's centre, turned back, to the centre of a pixel.
    across, down = left + 0.5 - pose.x, top + 0.5 - pose.y
    return np.array(
        [
            [cos, sin, cos * across + sin * down + width / 2 - 0.5],
            [-sin, cos, -sin * across + cos * down + height / 2 - 0.5],
        ]
    )


def chroma_matrix(matrix: Matrix) -> Matrix:
    """The same for chroma: its sample (i, j) lies at (2 i, 2 j + 1/2) of luma, in the source as in the result."""
    offset = np.array([0.0, 0.5])
    linear = matrix[:, :2]
    shift = (linear @ offset + matrix[:, 2] - offset) / 2
    return np.column_stack([linear, shift])


SHARPEN = 0.06
"""What linear interpolation takes of the finest detail, on the average of all positions, is put back beforehand."""


def doubled(picture: Planes) -> Planes:
    """A picture at twice its size, to be read by linear interpolation."""
    full = (2 * picture.width, 2 * picture.height)
    return Planes(
        _sharpened(_resized(picture.y, full, cv2.INTER_LANCZOS4)),
        _doubled_chroma(picture.u),
        _doubled_chroma(picture.v),
        None if picture.a is None else _resized(picture.a, full, cv2.INTER_CUBIC),
    )


def _doubled_chroma(plane: Plane) -> Plane:
    """Chroma at twice its size. Sample i of it, at the left edge of its pair of pixels, comes from i / 2 - 1 / 8: every second
    one of four times as many."""
    height, width = plane.shape
    return np.ascontiguousarray(_resized(plane, (4 * width, 2 * height), cv2.INTER_LANCZOS4)[:, 1::2])


def _resized(plane: Plane, size: tuple[int, int], how: int) -> Plane:
    return np.asarray(cv2.resize(plane, size, interpolation=how), np.uint8)


def _sharpened(plane: Plane) -> Plane:
    kernel = np.array([-SHARPEN, 1 + 2 * SHARPEN, -SHARPEN])
    return np.asarray(cv2.sepFilter2D(plane, -1, kernel, kernel, borderType=cv2.BORDER_REPLICATE), np.uint8)


Quarters = tuple[Plane, Plane, Plane, Plane]
"""A plane cut at its middle, each part turned so that the middle is its first corner: right and below, left and below, right
and above, left and above."""

_FLIPS = (None, 1, 0, -1)
"""OpenCV's codes of what turns each quarter."""


def quarters_of(plane: Plane) -> Quarters:
    """A plane of even sides, to be zoomed about its middle."""
    height, width = plane.shape
    below, above, right, left = (
        np.s_[height // 2 :],
        np.s_[height // 2 - 1 :: -1],
        np.s_[width // 2 :],
        np.s_[width // 2 - 1 :: -1],
    )
    first, second, third, fourth = (
        np.ascontiguousarray(plane[part]) for part in ((below, right), (below, left), (above, right), (above, left))
    )
    return first, second, third, fourth


def _zoomed(quarters: Quarters, scale: float, width: int, height: int) -> Plane:
    """What a plane shows, by linear interpolation, in a rectangle of even sides about the same middle that it covers.

    The same as `_warp` does, in less than half the time: OpenCV scales from a corner much faster than it moves, and so each
    quarter is scaled from the middle.
    """
    result = np.empty((height, width), np.uint8)
    half = height // 2, width // 2
    rows, columns = (math.ceil(side / scale) + 1 for side in half)
    below, above, right, left = np.s_[half[0] :], np.s_[: half[0]], np.s_[half[1] :], np.s_[: half[1]]
    places = ((below, right), (below, left), (above, right), (above, left))
    for quarter, place, flip in zip(quarters, places, _FLIPS, strict=True):
        scaled = cv2.resize(quarter[:rows, :columns], None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
        scaled = scaled[: half[0], : half[1]]
        if flip is None:
            result[place] = scaled
        else:
            cv2.flip(scaled, flip, dst=result[place])
    return result


def _is_centred(pose: Pose, left: int, top: int, width: int, height: int) -> bool:
    """Whether a picture that is not turned has the same middle as a rectangle of the canvas."""
    return pose.rotation == 0 and (pose.x, pose.y) == (left + width / 2, top + height / 2)


def warped(
    picture: Planes,
    pose: Pose,
    left: int,
    top: int,
    width: int,
    height: int,
    *,
    fine: bool,
    quarters: Quarters | None = None,
) -> Planes:
    """What an opaque picture shows in a rectangle of the canvas that it covers, of even sides.

    `fine`: the picture is `doubled`; `quarters` are those of its luma, and make it quicker.
    """
    centred = pose.scale >= SHRINK / 2 and _is_centred(pose, left, top, width, height)
    zoomed = _zoomed(quarters, pose.scale, width, height) if quarters and centred else None
    picture, pose = _near(picture, pose, fine=fine)
    luma = source_matrix(pose, picture.width, picture.height, left, top)
    chroma = chroma_matrix(luma)
    full, half = (width, height), (width // 2, height // 2)
    how = cv2.INTER_LINEAR if fine else cv2.INTER_CUBIC
    return Planes(
        _warp(picture.y, luma, full, how, cv2.BORDER_REPLICATE) if zoomed is None else zoomed,
        _warp(picture.u, chroma, half, how, cv2.BORDER_REPLICATE),
        _warp(picture.v, chroma, half, how, cv2.BORDER_REPLICATE),
    )


def warped_stamp(stamp: Stamp, pose: Pose, left: int, top: int, width: int, height: int, *, fine: bool) -> Stamp:
    """What a stamp shows in a rectangle of the canvas; its edges are smooth. `fine`: its picture is `doubled`."""
    y, u, v = stamp.colours.colours()
    near, near_pose = _near(Planes(y, u, v, stamp.alpha), pose, fine=fine)
    assert near.a is not None
    luma = source_matrix(near_pose, near.width, near.height, left, top)
    chroma = chroma_matrix(luma)
    full, half = (width, height), (width // 2, height // 2)
    how = cv2.INTER_LINEAR if fine else cv2.INTER_CUBIC
    planes = Planes(_warp(near.y, luma, full, how), _warp(near.u, chroma, half, how), _warp(near.v, chroma, half, how))
    return Stamp(planes, _warp(near.a, luma, full, how))


def covers(pose: Pose, width: int, height: int, left: int, top: int, right: int, bottom: int) -> bool:
    """Whether a picture covers a whole rectangle of the canvas, to the centre of its last pixel."""
    matrix = source_matrix(pose, width, height, left, top)
    corners = [(0, 0), (right - left - 1, 0), (0, bottom - top - 1), (right - left - 1, bottom - top - 1)]
    points = [matrix @ np.array([x, y, 1.0]) for x, y in corners]
    edge = 0.5 + 1e-6
    return all(-edge <= x <= width - 1 + edge and -edge <= y <= height - 1 + edge for x, y in points)


def bounds(pose: Pose, width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, right and bottom, even, of a rectangle of the canvas that holds the whole picture and its soft edge."""
    angle = math.radians(pose.rotation)
    cos, sin = abs(math.cos(angle)) * pose.scale, abs(math.sin(angle)) * pose.scale
    across, down = (cos * width + sin * height) / 2 + 2, (sin * width + cos * height) / 2 + 2
    return (
        2 * math.floor((pose.x - across) / 2),
        2 * math.floor((pose.y - down) / 2),
        2 * math.ceil((pose.x + across) / 2),
        2 * math.ceil((pose.y + down) / 2),
    )


def _near(picture: Planes, pose: Pose, *, fine: bool) -> tuple[Planes, Pose]:
    """The picture, halved as often as the pose's scale asks for."""
    scale, least = pose.scale, SHRINK / 2 if fine else SHRINK
    while scale < least and min(picture.width, picture.height) >= 8:
        # An odd half would put the centre half a pixel off: a row or column goes first.
        even = picture.region(0, 0, picture.width // 4 * 4, picture.height // 4 * 4)
        pose_x = pose.x - (picture.width - even.width) / 2 * scale
        pose_y = pose.y - (picture.height - even.height) / 2 * scale
        alpha = None if even.a is None else _half(even.a)
        picture = Planes(_half(even.y), _half(even.u), _half(even.v), alpha)
        scale *= 2
        pose = Pose(pose_x, pose_y, scale, pose.rotation)
    return picture, pose


def _half(plane: Plane) -> Plane:
    height, width = plane.shape
    return np.asarray(cv2.resize(plane, (width // 2, height // 2), interpolation=cv2.INTER_AREA), np.uint8)


def _warp(plane: Plane, matrix: Matrix, size: tuple[int, int], how: int, border: int = cv2.BORDER_CONSTANT) -> Plane:
    warped = cv2.warpAffine(plane, matrix, size, flags=how | cv2.WARP_INVERSE_MAP, borderMode=border)
    return np.asarray(warped, np.uint8)
