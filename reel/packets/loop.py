"""Frames of a drawn loop, over and over. No stranger's byte goes into one, so it is decoded in this process."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from types import TracebackType

import av

from reel.compose.planes import Planes, filled
from reel.errors import Internal
from reel.packets.planes import pixels_of


class LoopFrames:
    """A context manager that hands out the frames of a loop of some size from the frame `first` on, and begins again at its
    end. Each file shows a part of it: left, top, width, height; what is in no part stays black."""

    def __init__(
        self, width: int, height: int, parts: Sequence[tuple[Path, tuple[int, int, int, int]]], first: int, place: str
    ) -> None:
        self._picture = filled(width, height, "#000000")
        self._parts = [(self._picture.region(*area), _forever(path, first, place)) for path, area in parts]

    def __enter__(self) -> LoopFrames:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for _, frames in self._parts:
            frames.close()

    def next(self) -> Planes:
        """The next frame, valid until the one after it is asked for."""
        for region, frames in self._parts:
            region.take(next(frames))
        return self._picture


def _forever(path: Path, first: int, place: str) -> Generator[Planes]:
    while True:
        shown = 0
        with av.open(str(path)) as source:
            stream = source.streams.video[0]
            assert stream.time_base is not None
            assert stream.average_rate is not None
            begin = round(first / stream.average_rate / stream.time_base)
            source.seek(begin, stream=stream)
            for frame in source.decode(stream):
                if frame.pts is not None and frame.pts >= begin:
                    shown += 1
                    yield Planes(*(pixels_of(plane) for plane in frame.planes[:3]))
        if not shown:
            raise Internal.at(place, f"a loop has no frame {first}", "report this")
        first = 0
