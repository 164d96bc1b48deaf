"""Measuring the frames of our own segments (`reel.frame_stats`).

Apart from `check`, so that who reads back what nobody analyses need not import OpenCV.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from reel.errors import Internal
from reel.frame_stats import FrameMeter, PartStats, Picture, seen_size
from reel.packets.check import SegmentMeasure, check_segment
from reel.presets import Canvas, Size, VideoEncoder


class Statistician:
    """Measures decoded frames at a rate, which are all of one size."""

    def __init__(self, rate: Fraction) -> None:
        self.meter = FrameMeter(rate)
        self._scaler = VideoReformatter()

    def see(self, frame: av.VideoFrame) -> None:
        """Measure the next frame."""
        self.meter.see(self._small(frame), bool(frame.key_frame))

    def _small(self, frame: av.VideoFrame) -> Picture:
        width, height = seen_size((frame.width, frame.height))
        # FAST_BILINEAR: only those lines are scaled that pixels are taken from, as PySceneDetect does, too. To average over
        # areas takes half as long as decoding.
        small = self._scaler.reformat(frame, width, height, "bgr24", interpolation="FAST_BILINEAR", threads=1)
        (plane,) = small.planes
        lines = np.frombuffer(memoryview(plane), np.uint8).reshape(height, plane.line_size)
        # A copy: the next frame may be scaled into the same memory.
        return lines[:, : 3 * width].copy().reshape(height, width, 3)


def check_measured(
    path: Path,
    canvas: Canvas,
    frames: int,
    place: str,
    encoder: VideoEncoder,
    *,
    copied: bool = False,
    threads: int = 1,
    keep: Collection[int] = (),
    print_size: Size = (1, 1),
) -> SegmentMeasure:
    """`check_segment`, and what is measured of all frames on the way."""
    statistician = Statistician(canvas.rate)
    measure = check_segment(
        path,
        canvas,
        frames,
        place,
        encoder,
        copied=copied,
        threads=threads,
        keep=keep,
        print_size=print_size,
        see=statistician.see,
    )
    return replace(measure, stats=statistician.meter.measured())


def stats_of(path: Path, rate: Fraction, first: int, frames: int, place: str) -> PartStats:
    """What is measured of so many frames of a segment, from a key frame of it on: they are decoded for it."""
    statistician, left = Statistician(rate), frames
    with av.open(str(path)) as source:
        stream = source.streams.video[0]
        # One thread: two take a tenth more of the processors for the same.
        stream.thread_type, stream.codec_context.thread_count = "NONE", 1
        assert stream.time_base is not None
        begin = round(first / rate / stream.time_base)
        if first:
            source.seek(begin, stream=stream)
        for frame in source.decode(stream):
            if frame.pts is None or frame.pts < begin:
                continue
            statistician.see(frame)
            left -= 1
            if left == 0:
                break
    measured = statistician.meter.measured()
    if left or measured is None:
        raise Internal.at(place, f"has {frames - left} frames to look at instead of {frames}", "report this")
    return measured
