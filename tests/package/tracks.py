"""Finished tracks to package, made by FFmpeg; and values of tracks that need no file."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av

from reel.package.codecs import BT709
from reel.package.entries import PictureFacts, SoundFacts
from reel.package.track import Fragment, Track
from tests.clips import Clip, ffmpeg, make

CODECS = {
    "h264": ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "3", "-b_strategy", "0", "-b-pyramid", "normal"],
    "hevc": ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:open-gop=0:bframes=2"],
    "av1": ["-c:v", "libsvtav1", "-preset", "12", "-svtav1-params", "scd=0"],
    "vp9": ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"],
    "aac": ["-c:a", "aac"],
    "opus": ["-c:a", "libopus"],
    "flac": ["-c:a", "flac"],
}
BT709_TAGS = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"


def programme(path: Path, *, rate: str = "24", frames: int = 120, size: tuple[int, int] = (320, 180)) -> Path:
    """Numbered frames and clicks, losslessly, from which tracks are encoded."""
    seconds = float(frames / Fraction(rate))
    clip = Clip(numbered=0, rate=rate, seconds=seconds, size=size, audio_codec="pcm_s16le", suffix=".mov")
    return make(clip, path)


def encode(source: Path, path: Path, codec: str, *, group: int = 48, options: Sequence[str] = ()) -> Path:
    """One track of `source` in this codec; pictures have a key frame every `group` frames, and at no scene."""
    groups = ["-g", str(group), "-keyint_min", str(group), "-sc_threshold", "0", "-threads", "2"]
    picture = ["-map", "0:v:0", "-vf", f"{BT709_TAGS},format=yuv420p", *groups]
    chosen = ["-map", "0:a:0"] if codec in ("aac", "opus", "flac") else picture
    if codec == "hevc":
        chosen += ["-tag:v", "hvc1"]
    command = [ffmpeg(), "-v", "error", "-nostdin", "-y", "-i", str(source), *chosen, *CODECS[codec], *options]
    done = subprocess.run(
        [*command, "-movie_timescale", "48000", "-bitexact", str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return path


def packets(path: Path) -> list[tuple[int, int, bool, bytes]]:
    """Times of decoding and showing, whether key, and bytes of each packet of the one stream."""
    with av.open(str(path)) as source:
        assert len(source.streams) == 1
        found = [packet for packet in source.demux() if packet.dts is not None]
        return [(packet.dts or 0, packet.pts or 0, packet.is_keyframe, bytes(packet)) for packet in found]


def boxes(path: Path) -> list[str]:
    """Names of the boxes at a file's top level."""
    data, place, names = path.read_bytes(), 0, []
    while place < len(data):
        names.append(data[place + 4 : place + 8].decode())
        place += int.from_bytes(data[place : place + 4], "big")
    return names


PICTURE = PictureFacts(1280, 720, Fraction(1), Fraction(25), BT709)
SOUND = SoundFacts(48_000, 2)


def track(
    durations: Sequence[Fraction],
    sizes: Sequence[int],
    facts: PictureFacts | SoundFacts = PICTURE,
    codec: str = "avc1.64001f",
) -> Track:
    """A track without a file: fragments of so many seconds and bytes."""
    start, offset, fragments = Fraction(0), 1000, []
    for duration, size in zip(durations, sizes, strict=True):
        fragments.append(Fragment(start, start + duration, offset, size, max(1, size // 3)))
        start, offset = start + duration, offset + size
    return Track(facts, codec, 900, 100, tuple(fragments))
