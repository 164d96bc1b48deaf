"""Laying one picture over another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from reel.compose.planes import Levels, Plane, Planes

TILE = 64
"""Side of the squares in which a picture is searched for what is transparent, and need not be touched."""


def with_alpha(picture: Planes, opacity: float = 1.0) -> Planes:
    """A picture with its alpha, also where that is full all over; dimmed by an opacity."""
    y, u, v, *alphas = picture.planes()
    if not alphas:
        alphas = [np.full_like(y, 255), np.full_like(u, 255)]
    planes = (y, u, v, *alphas)
    return Planes(*(_dimmed(plane, opacity) for plane in planes) if opacity < 1 else planes)


def lay(picture: Planes, onto: Planes, opacity: float = 1.0) -> None:
    """Lay a picture over another of the same size."""
    y, u, v, *alphas = with_alpha(picture, opacity).planes()
    clear, half = (np.bitwise_not(alpha) for alpha in alphas)
    for below, above, left in zip(onto.colours(), (y, u, v), (clear, half, half), strict=True):
        _lay_over(below, above, left)


def mix(picture: Planes, onto: Planes, opacity: float, ground: Levels | None = None) -> None:
    """Lay an opaque picture over another of the same size, as if it were a pane of glass.

    `ground`: what the other has everywhere, where that is known; then it need not be read, which takes half the time.
    """
    for number, (below, above) in enumerate(zip(onto.colours(), picture.colours(), strict=True)):
        if ground:
            cv2.convertScaleAbs(above, alpha=opacity, beta=(1 - opacity) * ground[number], dst=below)
        else:
            cv2.addWeighted(above, opacity, below, 1 - opacity, 0, dst=below)


@dataclass(frozen=True)
class StillOverlay:
    """A picture that does not move: only where it can be seen, with all that can be computed before the first frame."""

    x: int
    y: int
    above: Planes
    clear: Plane
    """What of the picture below comes through; 255 is all."""
    clear_half: Plane

    def lay(self, onto: Planes) -> None:
        """Lay it over a picture, of which it is a part."""
        region = onto.region(self.x, self.y, self.above.width, self.above.height)
        lefts = (self.clear, self.clear_half, self.clear_half)
        for below, above, left in zip(region.colours(), self.above.colours(), lefts, strict=True):
            _lay_over(below, above, left)


def still_overlays(picture: Planes, x: int, y: int, opacity: float = 1.0) -> tuple[StillOverlay, ...]:
    """The parts of a picture, placed at (x, y), that can be seen: of a frame, its four sides and not its middle."""
    picture = with_alpha(picture, opacity)
    assert picture.a is not None
    return tuple(
        _still(picture.region(left, top, width, height), x + left, y + top)
        for left, top, width, height in _visible(picture.a)
    )


def _still(part: Planes, x: int, y: int) -> StillOverlay:
    *colours, alpha, half = part.copy().planes()
    return StillOverlay(x, y, Planes(*colours), np.bitwise_not(alpha), np.bitwise_not(half))


def _visible(alpha: Plane) -> Iterator[tuple[int, int, int, int]]:
    """Rectangles (left, top, width, height) of whole tiles that hold all that is not transparent: runs of tiles in a row,
    joined with equal runs of the rows below."""
    height = alpha.shape[0]
    open_runs: dict[tuple[int, int], int] = {}
    for top in range(0, height + TILE, TILE):
        row = alpha[top : top + TILE]
        runs = set(_runs(row)) if len(row) else set()
        for run in [run for run in open_runs if run not in runs]:
            begun = open_runs.pop(run)
            yield run[0], begun, run[1] - run[0], min(top, height) - begun
        for run in runs:
            open_runs.setdefault(run, top)


def _runs(row: Plane) -> Iterator[tuple[int, int]]:
    width = row.shape[1]
    seen = [bool(row[:, left : left + TILE].any()) for left in range(0, width, TILE)]
    begin: int | None = None
    for number, visible in enumerate([*seen, False]):
        if visible and begin is None:
            begin = number
        elif not visible and begin is not None:
            yield begin * TILE, min(number * TILE, width)
            begin = None


def _lay_over(below: Plane, above: Plane, left: Plane) -> None:
    """Lay a plane that is multiplied by its alpha over another, in place; `left` is what comes through of that, 0..255."""
    cv2.multiply(below, left, dst=below, scale=1 / 255)
    cv2.add(below, above, dst=below)


def _dimmed(plane: Plane, opacity: float) -> Plane:
    return np.asarray(cv2.convertScaleAbs(plane, alpha=opacity), np.uint8)
