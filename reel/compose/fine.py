"""Still pictures at twice their size, to be read by linear interpolation (see `reel.compose.warp`)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from reel.compose.planes import Plane, Planes

AnyPlane: TypeAlias = npt.NDArray[Any]
"""Shape (height, width), of 8 or 16 bits."""

SHARPEN = 0.06
"""What linear interpolation takes of the finest detail, on the average of all positions, is put back beforehand."""


def _doubled_luma(plane: AnyPlane) -> AnyPlane:
    height, width = plane.shape
    return _sharpened(_resized(plane, (2 * width, 2 * height), cv2.INTER_LANCZOS4))


def _doubled_chroma(plane: AnyPlane) -> AnyPlane:
    """Chroma at twice its size. Sample i of it, at the left edge of its pair of pixels, comes from i / 2 - 1 / 8: every second
    one of four times as many."""
    height, width = plane.shape
    return np.ascontiguousarray(_resized(plane, (4 * width, 2 * height), cv2.INTER_LANCZOS4)[:, 1::2])


def _resized(plane: AnyPlane, size: tuple[int, int], how: int) -> AnyPlane:
    return np.asarray(cv2.resize(plane, size, interpolation=how))


def _sharpened(plane: AnyPlane) -> AnyPlane:
    kernel = np.array([-SHARPEN, 1 + 2 * SHARPEN, -SHARPEN])
    return np.asarray(cv2.sepFilter2D(plane, -1, kernel, kernel, borderType=cv2.BORDER_REPLICATE))


FINER = 32
"""Steps of a level, in which planes with alpha are doubled: room for what overshoots, and for its fractions."""


def _doubled_together(colours: Sequence[Plane], alpha: Plane, doubled: Callable[[AnyPlane], AnyPlane]) -> list[Plane]:
    """Colours and their alpha at twice their size."""
    fine = [doubled(plane.astype(np.int16) * np.int16(FINER)) for plane in (*colours, alpha)]
    return _brought_back(fine[:-1], fine[-1])


def _brought_back(colours: Sequence[AnyPlane], alpha: AnyPlane) -> list[Plane]:
    """Colours and their alpha where the alpha may overshoot: what is more than opaque becomes opaque, in the same colour."""
    full = 255 * FINER
    over = np.nonzero(alpha > full)
    excess = full / alpha[over]
    bounded = np.clip(alpha, 0, full)
    planes = []
    for colour in colours:
        colour[over] = np.rint(colour[over] * excess)
        planes.append(np.clip(colour, 0, bounded))
    return [((plane + FINER // 2) // FINER).astype(np.uint8) for plane in (*planes, bounded)]


Quarters = tuple[Plane, Plane, Plane, Plane]
"""A plane cut at its middle, each part turned so that the middle is its first corner: right and below, left and below, right
and above, left and above."""

_FLIPS = (None, 1, 0, -1)
"""OpenCV's codes of what turns each quarter."""

CHROMA_OFF = 0.1
"""By how many pixels of luma at most chroma may be off where it is zoomed about its own middle, which lies half a pixel beside
that of luma. At half the size of a doubled picture it is right; else it is off by as much as the scale is."""


class Fine:
    """A still picture at twice its size, to be read by linear interpolation; each form is made when it is first needed."""

    def __init__(self, picture: Planes) -> None:
        self.picture = picture
        self.width, self.height = 2 * picture.width, 2 * picture.height

    @cached_property
    def luma(self) -> Plane:
        """Of an opaque picture."""
        return _doubled_luma(self.picture.y)

    @cached_property
    def chroma(self) -> tuple[Plane, Plane]:
        """Of an opaque picture."""
        return _doubled_chroma(self.picture.u), _doubled_chroma(self.picture.v)

    @cached_property
    def doubled(self) -> Planes:
        """All of it, to be moved and turned."""
        picture = self.picture
        if picture.a is None or picture.c is None:
            return Planes(self.luma, *self.chroma)
        y, a = _doubled_together([picture.y], picture.a, _doubled_luma)
        u, v, c = _doubled_together([picture.u, picture.v], picture.c, _doubled_chroma)
        return Planes(y, u, v, a, c)

    @cached_property
    def luma_quarters(self) -> Quarters:
        """To be zoomed."""
        return _quarters_of(self.luma)

    @cached_property
    def chroma_quarters(self) -> tuple[Quarters, Quarters]:
        """To be zoomed; see `CHROMA_OFF`."""
        u, v = (
            _quarters_of(_resized(plane, (self.width // 2, self.height // 2), cv2.INTER_LANCZOS4))
            for plane in (self.picture.u, self.picture.v)
        )
        return u, v


def _quarters_of(plane: Plane) -> Quarters:
    """A plane of even sides, cut."""
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


def zoom(quarters: Quarters, scale: float, onto: Plane) -> None:
    """Draw what a plane shows, by linear interpolation, in a rectangle of even sides about the same middle that it covers.

    The same as `_warp` does, in less than half the time: OpenCV scales from a corner much faster than it moves, and so each
    quarter is scaled from the middle.
    """
    half = onto.shape[0] // 2, onto.shape[1] // 2
    rows, columns = (math.ceil(side / scale) + 1 for side in half)
    below, above, right, left = np.s_[half[0] :], np.s_[: half[0]], np.s_[half[1] :], np.s_[: half[1]]
    places = ((below, right), (below, left), (above, right), (above, left))
    for quarter, place, flip in zip(quarters, places, _FLIPS, strict=True):
        scaled = cv2.resize(quarter[:rows, :columns], None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
        scaled = scaled[: half[0], : half[1]]
        if flip is None:
            onto[place] = scaled
        else:
            cv2.flip(scaled, flip, dst=onto[place])
