"""What FFmpeg's own command line makes of a file: the independent word that our facts are held against."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from reel.media import MediaFacts
from tests.clips import ffmpeg


@dataclass
class Decoded:
    """A stream as it was decoded; times in seconds on the file's clock."""

    headers: dict[str, str] = field(default_factory=dict)
    """Such as `dimensions`: `320x240`, `sar`: `1/1`, `sample_rate`: `48000`."""
    times: list[Fraction] = field(default_factory=list)
    end: Fraction = Fraction(0)


def decode_video(path: Path, facts: MediaFacts) -> Decoded:
    """Every frame of the stream that the facts chose, unturned."""
    assert facts.video
    # Frames go into the checksums as they are, not as their pixels: fast, and the sizes say nothing.
    options = ["-c:v", "wrapped_avframe", "-enc_time_base", "demux", "-fps_mode", "passthrough"]
    return _decode(path, facts, facts.video.index, options, size_of_sample=0)


def decode_audio(path: Path, facts: MediaFacts) -> Decoded:
    assert facts.audio
    return _decode(path, facts, facts.audio.index, ["-c:a", "pcm_s16le"], size_of_sample=2 * facts.audio.channels)


def _decode(path: Path, facts: MediaFacts, index: int, options: list[str], size_of_sample: int) -> Decoded:
    source = ["-copyts", "-noautorotate", "-f", facts.demuxer.split(",")[0], "-i", f"file:{path}"]
    output = ["-map", f"0:{index}", *options, "-f", "framecrc", "-"]
    command = [ffmpeg(), "-v", "error", "-nostdin", "-threads", "1", *source, *output]
    decoded = Decoded()
    # The exit code is no matter: what FFmpeg gives up on is what it decoded until then.
    said = subprocess.run(command, check=False, capture_output=True, text=True).stdout
    for line in said.splitlines():
        if line.startswith("#"):
            name, _, value = line[1:].partition(": ")
            decoded.headers[name.removesuffix(" 0")] = value
            continue
        _, _, time, duration, size, *_ = line.split(",")
        tick = Fraction(decoded.headers["tb"])
        decoded.times.append(int(time) * tick)
        length = Fraction(int(size), size_of_sample) / int(decoded.headers["sample_rate"]) if size_of_sample else None
        decoded.end = max(decoded.end, int(time) * tick + (int(duration) * tick if length is None else length))
    return decoded


def first_picture(path: Path, *options: str, filters: str = "null") -> bytes:
    """The first frame's pixels, in the file's own format; `options` go before the input (`-noautorotate`)."""
    picture = ["-map", "0:v:0", "-vf", filters, "-frames:v", "1", "-f", "rawvideo"]
    command = [ffmpeg(), "-v", "error", "-nostdin", "-threads", "1", *options, "-i", f"file:{path}", *picture, "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout
