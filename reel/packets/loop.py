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
        first = self._first
        while True:
            shown = 0
            with av.open(str(self._path)) as source:
                stream = source.streams.video[0]
                assert stream.time_base is not None
                assert stream.average_rate is not None
                begin = round(first / stream.average_rate / stream.time_base)
                source.seek(begin, stream=stream)
                for frame in source.decode(stream):
                    if frame.pts is not None and frame.pts >= begin:
                        shown += 1
                        yield Planes(*(_plane(plane) for plane in frame.planes[:3]))
            if not shown:
                raise Internal.at(self._place, f"a loop has no frame {first}", "report this")
            first = 0


def _plane(plane: VideoPlane) -> Plane:
    return np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
