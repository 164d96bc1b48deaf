"""Which encoders in hardware this machine has: found out by trying each once, on one frame.

codec = usable_codec("h264_nvenc")        # "h264" where there is no such device
"""

from __future__ import annotations

import tempfile
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import cast

from reel.codecs import VIDEO_CODECS, VideoCodecName
from reel.errors import ReelError
from reel.ffmpeg.encoder import encode_frames_command
from reel.ffmpeg.process import run
from reel.presets import Canvas, capped_crf

TRIED = Canvas(width=256, height=256, rate=Fraction(25))
"""Larger than what any device asks for at least."""

TRY_SECONDS = 30.0


@cache
def why_unusable(codec: VideoCodecName) -> str | None:
    """Why this machine cannot encode with a codec; null where it can. Software always can."""
    if VIDEO_CODECS[codec].software is None:
        return None
    grey = bytes([128]) * (TRIED.pixels * 3 // 2)
    with tempfile.TemporaryDirectory() as folder:
        command = encode_frames_command(TRIED, capped_crf(1_000_000, TRIED, codec), str(Path(folder, "tried.mp4")))
        try:
            run(command, place=codec, feed=[memoryview(grey)], limit_seconds=TRY_SECONDS)
        except ReelError as error:
            return error.problems[0].what
    return None


def usable_codec(codec: VideoCodecName) -> VideoCodecName:
    """The codec, or the software that stands in for it where its device is missing."""
    software = cast("VideoCodecName | None", VIDEO_CODECS[codec].software)
    return software if software and why_unusable(codec) else codec


def driver_of(codec: VideoCodecName) -> str:
    """What identifies the device and its driver, for keys of what it encodes: other drivers give other bytes. Empty for
    software."""
    driver = VIDEO_CODECS[codec].driver
    if driver is None:
        return ""
    try:
        return Path(driver).read_text("utf-8", errors="replace").strip()
    except OSError:
        return ""
