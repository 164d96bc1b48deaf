"""Pictures of a video of ours: key frames, which cost no decoding of the frames between, and others, which do."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from reel.errors import Internal
from reel.presets import Size

Pixels = npt.NDArray[np.uint8]
"""Shape (height, width, 3), blue first, as OpenCV has them."""


@dataclass(frozen=True)
class TimedPicture:
    """A decoded frame."""

    seconds: float
    """When it is shown."""
    pixels: Pixels


def keyframe_times(path: Path) -> list[float]:
    """When the key frames of a video are shown, in seconds, rising."""
    with av.open(str(path)) as source:
        stream = source.streams.video[0]
        assert stream.time_base is not None
        return [float(time * stream.time_base) for time in _keyframe_ticks(source, stream)]


def _keyframe_ticks(source: Any, stream: Any) -> list[int]:
    return sorted(packet.pts for packet in source.demux(stream) if packet.is_keyframe and packet.pts is not None)


def near_keyframes(times: Sequence[float], moments: Sequence[float], within: float) -> list[float]:
    """Each moment, or the key frame next to it where there is one `within` so many seconds."""
    return [near if abs((near := _nearest(times, moment)) - moment) <= within else moment for moment in moments]


def _nearest(times: Sequence[float], wanted: float) -> float:
    place = bisect.bisect_left(times, wanted)
    return min(times[max(0, place - 1) : place + 1], key=lambda time: abs(time - wanted))


def pictures_at(path: Path, moments: Sequence[float], size: Size | None = None) -> list[TimedPicture]:
    """For each moment, in rising order, the first frame that is shown from then on; past the end, the last one. At a size,
    averaged over areas; or, for few of them, as large as they are. Between two moments nothing is decoded that a key frame lets
    be left out."""
    return [TimedPicture(seconds, _pixels(frame, size)) for seconds, frame in _frames_at(path, moments)]


def _pixels(frame: av.VideoFrame, size: Size | None = None) -> Pixels:
    shown = frame.reformat(*size, "bgr24", interpolation="AREA") if size else frame.reformat(format="bgr24")
    return shown.to_ndarray().astype(np.uint8, copy=False)


def _frames_at(path: Path, moments: Sequence[float]) -> Iterator[tuple[float, av.VideoFrame]]:
    with av.open(str(path)) as source:
        stream = source.streams.video[0]
        tick = stream.time_base
        assert tick is not None
        keys = _keyframe_ticks(source, stream)
        frames: Iterator[av.VideoFrame] | None = None
        shown: av.VideoFrame | None = None
        for moment in moments:
            wanted = round(moment / float(tick))
            if shown is None or shown.pts is None or shown.pts < wanted:
                key = keys[max(0, bisect.bisect_right(keys, wanted) - 1)]
                is_key = key == wanted
                if frames is None or is_key or shown is None or shown.pts is None or key > shown.pts:
                    # Of what lies behind a key frame, a decoder that holds frames back would want some.
                    stream.codec_context.skip_frame = "NONKEY" if is_key else "DEFAULT"
                    source.seek(key, stream=stream)
                    frames = source.decode(stream)
                shown = _first_from(frames, wanted) or shown
                frames = None if is_key else frames
            if shown is None or shown.pts is None:
                raise Internal.at(path.name, f"has no frame at {moment:g} s", "report this")
            yield float(shown.pts * tick), shown


def _first_from(frames: Iterator[av.VideoFrame], wanted: int) -> av.VideoFrame | None:
    """The first frame that is shown from a time on, else the last there is."""
    frame = None
    for frame in frames:
        if frame.pts is not None and frame.pts >= wanted:
            break
    return frame


def first_frame(path: Path, place: str) -> Pixels:
    """The first picture of a video of ours."""
    with av.open(str(path)) as source:
        frame = next(source.decode(video=0), None)
        if frame is None:
            raise Internal.at(place, "has no frame", "report this")
        return _pixels(frame)
