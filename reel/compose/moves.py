"""Transitions in which pictures move, shrink or change their grain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import cv2
import numpy as np

from reel.compose.blend import mix
from reel.compose.planes import Plane, Planes, doubled, halved
from reel.compose.warp import Pose, chroma_matrix, source_matrix
from reel.compose.wipes import LAST, Ranks, blend_by_ranks, ranks_of
from reel.rectangles import nearest_even


class Move(NamedTuple):
    """Which of the pictures move, and where to."""

    right: int
    down: int
    before: bool
    """The old picture moves away..."""
    after: bool
    """...the new one moves in."""


DIRECTIONS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}

KINDS = {"slide": (True, True), "cover": (False, True), "reveal": (True, False)}

MOVES: Mapping[str, Move] = {
    f"{kind}-{direction}": Move(*steps, *moving)
    for kind, moving in KINDS.items()
    for direction, steps in DIRECTIONS.items()
}


def move(name: str, picture: Planes, after: Planes, share: float) -> None:
    """Slide, cover or reveal, by whole pairs of pixels (chroma has no halves)."""
    right, down, before_moves, after_moves = MOVES[name]
    width, height = picture.width, picture.height
    gone_x, gone_y = nearest_even(share * width), nearest_even(share * height)
    if before_moves:
        _place(picture.copy(), picture, right * gone_x, down * gone_y)
        if not after_moves:  # it has been there all along, and is seen where the old picture has left
            _uncover(picture, after, right * gone_x, down * gone_y)
            return
    _place(after, picture, right * (gone_x - width), down * (gone_y - height))


def _uncover(picture: Planes, below: Planes, x: int, y: int) -> None:
    """Show what lies below where a picture that has moved to an offset is no more."""
    width, height = abs(x) or picture.width, abs(y) or picture.height
    if x or y:
        left, top = (picture.width - width if x < 0 else 0), (picture.height - height if y < 0 else 0)
        picture.region(left, top, width, height).take(below.region(left, top, width, height))


def _place(source: Planes, onto: Planes, x: int, y: int) -> None:
    """Copy a picture to an offset; what leaves is cut off, and the rest of `onto` stays."""
    width, height = onto.width - abs(x), onto.height - abs(y)
    if width and height:
        onto.region(max(x, 0), max(y, 0), width, height).take(source.region(max(-x, 0), max(-y, 0), width, height))


def squeeze(picture: Planes, after: Planes, share: float, *, across: bool) -> None:
    """The old picture is squeezed onto the middle line, standing (`across`) or lying."""
    width, height = picture.width, picture.height
    inner = _centred(width, share) if across else (0, width)
    outer = (0, height) if across else _centred(height, share)
    size = inner[1] - inner[0], outer[1] - outer[0]
    small = _resized(picture, *size) if min(size) else None
    picture.take(after)
    if small:
        picture.region(inner[0], outer[0], *size).take(small)


def _resized(picture: Planes, width: int, height: int) -> Planes:
    full, half = (width, height), (width // 2, height // 2)
    sizes = zip(picture.colours(), (full, half, half), strict=True)
    return Planes(
        *(np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.uint8) for plane, size in sizes)
    )


def _centred(side: int, share: float) -> tuple[int, int]:
    """Begin and end, even, of what is left of a side."""
    left = nearest_even((1 - share) * side)
    begin = (side - left) // 4 * 2
    return begin, begin + left


ZOOM = 2.0
"""How much larger the old picture is at the end."""


def zoom_in(picture: Planes, after: Planes, share: float) -> None:
    """The old picture grows while the new one fades in."""
    width, height = picture.width, picture.height
    luma = source_matrix(Pose(width / 2, height / 2, ZOOM**share), width, height, 0, 0)
    for plane, matrix in zip(picture.colours(), (luma, chroma_matrix(luma), chroma_matrix(luma)), strict=True):
        size = (plane.shape[1], plane.shape[0])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        np.copyto(plane, cv2.warpAffine(plane, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE))
    mix(after, picture, share * share * (3 - 2 * share))


BLUR = 0.2
"""Width of the blur where it is strongest, in shares of the picture's width."""


def blur(picture: Planes, after: Planes, share: float) -> None:
    """A crossfade that is blurred across in its middle, mirrored at the sides: their last columns do not count for more."""
    mix(after, picture, share)
    radius = round(BLUR * picture.width * min(share, 1 - share))
    if radius:
        wide = 2 * radius + 1, 1
        _change(picture, lambda plane: cv2.blur(plane, wide, borderType=cv2.BORDER_REFLECT))


BLOCKS = 20
"""How many blocks the short side has in the middle."""


def pixelize(picture: Planes, after: Planes, share: float) -> None:
    """A crossfade whose pixels grow to blocks in its middle."""
    mix(after, picture, share)
    block = min(picture.width, picture.height) / BLOCKS * 2 * min(share, 1 - share)
    if block <= 1:
        return
    full = picture.width, picture.height
    blocks = max(1, round(full[0] / block)), max(1, round(full[1] / block))

    def changed(plane: Plane) -> cv2.typing.MatLike:
        means = cv2.resize(plane, blocks, interpolation=cv2.INTER_AREA)
        return cv2.resize(means, full, interpolation=cv2.INTER_NEAREST)

    _change(picture, changed)


def _change(picture: Planes, changed: Callable[[Plane], cv2.typing.MatLike]) -> None:
    """Change all planes at the size of luma: what is that wide, or begins there, may be no whole number of chroma's samples."""
    np.copyto(picture.y, changed(picture.y))
    for plane in (picture.u, picture.v):
        np.copyto(plane, halved(np.asarray(changed(doubled(plane)), np.uint8)))


def fade_by_difference(picture: Planes, after: Planes, share: float, softness: float, *, largest_first: bool) -> None:
    """What differs most (or least) between the two changes first; half of the picture has changed at half of the way, about."""
    apart = np.asarray(cv2.absdiff(picture.y, after.y), np.uint8)
    if largest_first:
        apart = np.asarray(cv2.bitwise_not(apart), np.uint8)
    table = _alike(ranks_of(np.bincount(apart.ravel(), minlength=256)))
    blend_by_ranks(picture, after, np.asarray(cv2.LUT(apart, table), np.uint16), share, softness)


ALIKE = 64
"""Levels within which a difference has the mean rank of those around it. Ranked each by itself, even areas with a camera's
noise change in specks, which are other ones whenever a picture is a level brighter; so, by a level more or less of 54, places
that take a quarter of the time are off by 3 levels at most."""


def _alike(table: Ranks) -> Ranks:
    wide = np.concatenate([np.zeros(ALIKE), table, np.full(ALIKE, LAST)])
    return np.asarray(np.rint(np.convolve(wide, np.full(2 * ALIKE + 1, 1 / (2 * ALIKE + 1)), "valid")), np.uint16)
