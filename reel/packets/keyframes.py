"""Single pictures of a video of ours: key frames, which cost no decoding of the frames between, and others, which do."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from reel.errors import Internal


@dataclass(frozen=True)
class TimedPicture:
    """A decoded frame; arrays are of shape (height, width, 3), blue first."""

    seconds: float
    """When it is shown."""
    small: npt.NDArray[np.uint8]
    """At the size that was asked for, averaged over areas."""
    full: npt.NDArray[np.uint8] | None = None
    """At its own size, where one picture alone was asked for."""


def small_pictures(path: Path, moments: Sequence[float], width: int, height: int) -> list[TimedPicture]:
    """For each moment, in rising order, the key frame nearest to it, small."""
    return [TimedPicture(seconds, _small(frame, width, height)) for seconds, frame in _keyframes_near(path, moments)]


def picture_at(path: Path, moment: float, width: int, height: int, *, key: bool) -> TimedPicture:
    """The key frame nearest to a moment; or else the frame at it, or one just after it that others refer to, which takes half
    the time. Small, and at its own size."""
    seconds, frame = next(_keyframes_near(path, [moment])) if key else _frame_at(path, moment)
    return TimedPicture(seconds, _small(frame, width, height), _pixels(frame.reformat(format="bgr24")))


def _small(frame: av.VideoFrame, width: int, height: int) -> npt.NDArray[np.uint8]:
    return _pixels(frame.reformat(width, height, "bgr24", interpolation="AREA"))


def _pixels(frame: av.VideoFrame) -> npt.NDArray[np.uint8]:
    return frame.to_ndarray().astype(np.uint8, copy=False)


def _keyframes_near(path: Path, moments: Sequence[float]) -> Iterator[tuple[float, av.VideoFrame]]:
    """For each moment, in rising order, the key frame nearest to it, and its time. One is decoded once, however often it is
    named."""
    with av.open(str(path)) as source:
        stream = source.streams.video[0]
        assert stream.time_base is not None
        times = [packet.pts for packet in source.demux(stream) if packet.is_keyframe and packet.pts is not None]
        wanted = [_nearest(times, moment / float(stream.time_base)) for moment in moments]
        stream.codec_context.skip_frame = "NONKEY"
        decoded: tuple[float, av.VideoFrame] | None = None
        last = None
        for time in wanted:
            if time != last:
                source.seek(time, stream=stream)
                frame = next(frame for frame in source.decode(stream) if frame.pts is not None and frame.pts >= time)
                decoded, last = (float(time * stream.time_base), frame), time
            if decoded is not None:
                yield decoded


def _frame_at(path: Path, moment: float) -> tuple[float, av.VideoFrame]:
    with av.open(str(path)) as source:
        stream = source.streams.video[0]
        assert stream.time_base is not None
        time = int(moment / float(stream.time_base))
        stream.codec_context.skip_frame = "NONREF"
        source.seek(time, stream=stream)
        frame = None
        for frame in source.decode(stream):
            if frame.pts is not None and frame.pts >= time:
                break
        assert frame is not None and frame.pts is not None, "a video of ours has frames from its begin to its end"
        return float(frame.pts * stream.time_base), frame


def first_frame(path: Path, place: str) -> npt.NDArray[np.uint8]:
    """The first picture of a video of ours; shape (height, width, 3), blue first."""
    with av.open(str(path)) as source:
        frame = next(source.decode(video=0), None)
        if frame is None:
            raise Internal.at(place, "has no frame", "report this")
        return _pixels(frame.reformat(format="bgr24"))


def _nearest(times: Sequence[int], wanted: float) -> int:
    place = bisect.bisect_left(times, wanted)
    return min(times[max(0, place - 1) : place + 1], key=lambda time: abs(time - wanted))
