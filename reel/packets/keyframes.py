"""Pictures of a video of ours: key frames, which cost no decoding of the frames between, and others, which cost some."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
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
        times = (packet.pts for packet in source.demux(stream) if packet.is_keyframe and packet.pts is not None)
        return [float(time * stream.time_base) for time in sorted(times)]


def near_keyframes(times: Sequence[float], moments: Sequence[float], within: float) -> list[float]:
    """Each moment, or the key frame next to it where there is one `within` so many seconds."""
    return [near if abs((near := _nearest(times, moment)) - moment) <= within else moment for moment in moments]


def _nearest(times: Sequence[float], wanted: float) -> float:
    place = bisect.bisect_left(times, wanted)
    return min(times[max(0, place - 1) : place + 1], key=lambda time: abs(time - wanted))


def pictures_at(path: Path, moments: Sequence[float], size: Size | None = None) -> list[TimedPicture]:
    """For each moment, in rising order, the first frame that is shown from then on; past the end, the last one. At a size,
    averaged over areas; or, for few of them, as large as they are. Nothing is decoded that none of them is taken from."""
    return [TimedPicture(seconds, _pixels(frame, size)) for seconds, frame in _frames_at(path, moments)]


def _pixels(frame: av.VideoFrame, size: Size | None = None) -> Pixels:
    shown = frame.reformat(*size, "bgr24", interpolation="AREA") if size else frame.reformat(format="bgr24")
    return shown.to_ndarray().astype(np.uint8, copy=False)


UNASKED = {"h264": "NONREF", "hevc": "NONREF"}
"""What decoders leave out of frames that nobody asked for: those that no other is taken from, about half. Others decode all."""


def _frames_at(path: Path, moments: Sequence[float]) -> Iterator[tuple[float, av.VideoFrame]]:
    with av.open(str(path)) as source:
        stream = source.streams.video[0]
        # One thread: frames of ours have one slice.
        stream.thread_type, stream.codec_context.thread_count = "NONE", 1
        tick = stream.time_base
        assert tick is not None
        packets = [(packet.pts, packet.is_keyframe) for packet in source.demux(stream) if packet.pts is not None]
        times, keys = sorted(time for time, _ in packets), sorted(time for time, is_key in packets if is_key)
        asked = [
            times[min(bisect.bisect_left(times, round(moment / float(tick))), len(times) - 1)] for moment in moments
        ]
        for key, together in groupby(asked, lambda time: keys[max(0, bisect.bisect_right(keys, time) - 1)]):
            wanted = [*together]
            frames = _decoded(source, stream, key, frozenset(wanted))
            shown = None
            for time in wanted:
                while shown is None or shown.pts != time:
                    shown = next(frames, None)
                    if shown is None:
                        raise Internal.at(path.name, f"has no frame at {float(time * tick):g} s", "report this")
                yield float(time * tick), shown


def _decoded(source: Any, stream: Any, key: int, wanted: frozenset[int]) -> Iterator[av.VideoFrame]:
    """The frames that are shown at some times, from a key frame on, up to the last of them."""
    coder, left = stream.codec_context, set(wanted)
    source.seek(key, stream=stream)
    for packet in source.demux(stream):
        coder.skip_frame = "DEFAULT" if packet.pts in wanted else UNASKED.get(coder.name, "DEFAULT")
        yield from (frame for frame in packet.decode() if frame.pts in wanted)
        left.discard(packet.pts)
        if not left:
            break
    # Those that the decoder holds back for others, which are not wanted; seeking starts it anew.
    yield from (frame for frame in coder.decode(None) if frame.pts in wanted)


def first_frame(path: Path, place: str) -> Pixels:
    """The first picture of a video of ours."""
    with av.open(str(path)) as source:
        frame = next(source.decode(video=0), None)
        if frame is None:
            raise Internal.at(place, "has no frame", "report this")
        return _pixels(frame)
