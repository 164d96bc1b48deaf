"""Frames without a ground: what of it would be seen is transparent.

Composed once on black and once on white, side by side, from the same sources. Where both are the same, the ground is hidden;
where they are as far apart as black and white are, nothing is there. So every layer, curve and transition means what it does
on a ground.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from reel.compose.compositor import FrameSource, Open, composed
from reel.compose.planes import BLACK, NEUTRAL, Plane, Planes, halved
from reel.plan.operations.layers import Layer
from reel.presets import Canvas

WHITE = 235
"""Luma of white, in limited range."""


def composed_without_ground(
    canvas: Canvas, layers: Sequence[Layer], frames: int, open_source: Open
) -> Generator[Planes]:
    """All frames of a segment with straight alpha. Each is valid until the next is asked for."""
    shared = _Shared(open_source)
    with (
        closing(composed(canvas, "#000000", layers, frames, shared.lead)) as on_black,
        closing(composed(canvas, "#ffffff", layers, frames, shared.follow)) as on_white,
    ):
        # The first of the two asks sources for their next frame, so it goes on first.
        for black, white in zip(on_black, on_white, strict=True):
            yield uncovered(black, white)


def uncovered(black: Planes, white: Planes) -> Planes:
    """A picture with straight alpha, by what it looks like on black and on white."""
    alpha = np.asarray(
        cv2.bitwise_not(cv2.convertScaleAbs(cv2.subtract(white.y, black.y), alpha=255 / (WHITE - BLACK))), np.uint8
    )
    half = halved(alpha)
    return Planes(
        _straight(black.y, alpha, BLACK),
        _straight(black.u, half, NEUTRAL),
        _straight(black.v, half, NEUTRAL),
        alpha,
        half,
    )


def _straight(plane: Plane, alpha: Plane, zero: int) -> Plane:
    """Levels whose distance from `zero` is multiplied by alpha, as they are without that; `zero` where nothing is there."""
    distance: npt.NDArray[np.float32] = np.subtract(plane, zero, dtype=np.float32)
    # OpenCV gives infinities and no numbers where it divides by 0.
    distance *= 255 / np.maximum(alpha, 1, dtype=np.float32)
    return np.clip(np.rint(distance + zero), 0, 255).astype(np.uint8)


class _Leading:
    """A source that remembers what it gave."""

    def __init__(self, source: FrameSource) -> None:
        self._source = source
        self.last: Planes | None = None

    def next(self) -> Planes:
        self.last = self._source.next()
        return self.last


class _Following:
    """The same pictures for somebody who is never ahead."""

    def __init__(self, leading: _Leading) -> None:
        self._leading = leading

    def next(self) -> Planes:
        return self._leading.last or self._leading.next()


@dataclass
class _Shared:
    """Opens each source once for two who draw the same layers, in the same order."""

    open_source: Open
    _opened: deque[_Leading] = field(default_factory=deque)

    def lead(self, layer: Layer) -> AbstractContextManager[FrameSource]:
        return self._led(layer)

    @contextmanager
    def _led(self, layer: Layer) -> Iterator[FrameSource]:
        with self.open_source(layer) as source:
            leading = _Leading(source)
            self._opened.append(leading)
            yield leading

    @contextmanager
    def follow(self, _: Layer) -> Iterator[FrameSource]:
        yield _Following(self._opened.popleft())
