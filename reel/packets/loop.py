"""Frames of a drawn loop, over and over. It is a file of ours, so it is decoded in this process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import av
import numpy as np
from av.video.plane import VideoPlane

from reel.compose.planes import Plane, Planes
from reel.errors import Internal


class LoopFrames:
    """A context manager that hands out the frames of a file from the frame `first` on, and begins again at its end."""

    def __init__(self, path: Path, first: int, place: str) -> None:
        self._path = path
        self._first = first
        self._place = place
        self._frames = self._forever()

    def __enter__(self) -> LoopFrames:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._frames.close()  # type: ignore[attr-defined]

    def next(self) -> Planes:
        """The next frame, valid until the one after it is asked for."""
        return next(self._frames)

    def _forever(self) -> Iterator[Planes]:
        skip = self._first
        while True:
            with av.open(str(self._path)) as source:
                for number, frame in enumerate(source.decode(video=0)):
                    if number >= skip:
                        yield Planes(*(_plane(plane) for plane in frame.planes[:3]))
            if skip >= number + 1:
                raise Internal.at(self._place, f"a loop of {number + 1} frames has no frame {skip}", "report this")
            skip = 0


def _plane(plane: VideoPlane) -> Plane:
    return np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
