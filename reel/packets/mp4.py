"""Writing mp4 files of our own from packets that are made already."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av
from av.container import OutputContainer

from reel.packets.units import CODINGS, H265
from reel.time import SAMPLE_RATE, timescale_of


def open_mp4(output: Path | BinaryIO, rate: Fraction, flags: str = "") -> OutputContainer:
    """A new mp4 file of pictures at this rate. `flags`: of FFmpeg's `movflags`. Errors: those of PyAV."""
    options = {
        # No versions or times in the file: the same packets give the same bytes.
        "fflags": "+bitexact",
        # The edit lists of both tracks count in this; see `reel.ffmpeg.sound`.
        "movie_timescale": str(SAMPLE_RATE),
        "video_track_timescale": str(timescale_of(rate)),
    }
    file = str(output) if isinstance(output, Path) else output
    return av.open(file, "w", format="mp4", options=options | ({"movflags": flags} if flags else {}))


def add_video_stream(target: OutputContainer, like: av.VideoStream, rate: Fraction, *, in_band: bool) -> av.VideoStream:
    """A new stream with another's parameters. `in_band`: parameter sets may stand in front of its key frames."""
    video = target.add_stream_from_template(like)
    if in_band and CODINGS[like.codec_context.name] is H265:
        # Parameter sets in front of key frames are allowed under this name only (ISO/IEC 14496-15, 8.4.1).
        video.codec_context.codec_tag = "hev1"
    video.time_base = Fraction(1, timescale_of(rate))
    return video
