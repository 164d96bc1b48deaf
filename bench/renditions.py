"""Three videos of one composition, and of one master, against x264 alone from raw frames and composing or decoding once.

Processor seconds count: what is compared runs on machines that others use.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from bench.measure import Measure, measure
from bench.rows import FOLDER, Row, megabytes, rendered
from reel.ffmpeg.build import ffmpeg_path
from reel.ffmpeg.encoder import encode_frames_command
from reel.presets import SHORT_SIDE, Canvas, Resolution, VideoEncoder, capped_crf, for_frames, sized
from reel.request.settled import settled
from reel.request.videos import VideoOutput

SIZES: tuple[Resolution, ...] = ("1080p", "720p", "480p")
SHAPE = (16, 9)
RATE = Fraction(30)
PART_SECONDS = 12
"""Of raw frames on the disk at a time: those of a segment, 1.7 GB."""

VIDEOS = [{"type": "video", "resolution": size} for size in SIZES]


def rows(clips: Sequence[Path], seconds: int) -> list[Row]:
    """What both ways take for so many seconds."""
    master = footage(clips, seconds)
    x264, decoded = x264_alone(master, seconds), decoding(master)
    split = measure(_split(master))
    encode = {"kind": "encode", "asset": str(master), "stills": False, "outputs": VIDEOS}
    composed = _composition(master, seconds)
    written = _written(composed)
    measure([sys.executable, "-m", "bench.composing", str(written)], {"REEL_HOME": str(FOLDER / "composing")})
    composing = json.loads(written.with_name("composing.json").read_text("utf-8"))
    return [
        *_compared("three of a master", encode, x264 + decoded, split),
        *_compared("three of a composition", composed | {"outputs": VIDEOS}, x264 + composing, split),
    ]


FFMPEG = [str(ffmpeg_path()), "-v", "error", "-nostdin", "-y"]


def _compared(name: str, request: dict[str, Any], peer: float, split: Measure) -> Iterator[Row]:
    ours, _ = rendered(request, name.replace(" ", "-"), cold=True)
    yield Row(
        name, f"{ours.cpu_seconds:.1f} s", f"{peer:.1f} s", f"{ours.cpu_seconds / peer:.2f}", "<= 1.10 (processor)"
    )
    ratio = f"{ours.peak_bytes / split.peak_bytes:.2f}"
    yield Row(f"memory, {name}", megabytes(ours), megabytes(split), ratio, "<= 1.2 of one split")


def footage(clips: Sequence[Path], seconds: int) -> Path:
    """Mixed footage at 1080p, in one file."""
    path = FOLDER / f"master-{seconds}.mp4"
    if not path.exists():
        listed = [part for clip in clips for part in ("-i", str(clip))]
        numbers = range(len(clips))
        fitted = [f"[{number}:v:0]scale=1920:1080,setsar=1,fps=30,format=yuv420p[v{number}]" for number in numbers]
        joined = "".join(f"[v{number}]" for number in numbers) + f"concat=n={len(clips)}[v]"
        graph = ["-filter_complex", ";".join([*fitted, joined]), "-map", "[v]"]
        encoder = ["-c:v", "libx264", "-crf", "16", "-preset", "veryfast", "-g", "60"]
        unfinished = path.with_name(f"unfinished-{path.name}")  # of a bench that is stopped, half a file would be taken
        measure([*FFMPEG, *listed, *graph, *encoder, "-t", str(seconds), str(unfinished)])
        unfinished.rename(path)
    return path


def _renditions(frames: int) -> dict[Resolution, tuple[Canvas, VideoEncoder]]:
    """What our plan encodes."""
    wanted = settled([VideoOutput(type="video", resolution=size) for size in SIZES], SHAPE, "medium")
    found = {}
    for size, video in zip(SIZES, wanted, strict=True):
        canvas = Canvas(width=video.size[0], height=video.size[1], rate=RATE)
        found[size] = canvas, for_frames(capped_crf(video.bits, canvas), frames)
    return found


def x264_alone(master: Path, seconds: int) -> float:
    """Processor seconds of encoding raw frames of each size, by our own settings, in parts as long as segments."""
    total = 0.0
    raw = FOLDER / "frames.yuv"
    for begin in range(0, seconds, PART_SECONDS):
        length = min(PART_SECONDS, seconds - begin)
        for canvas, encoder in _renditions(round(length * RATE)).values():
            measure([*FFMPEG, "-ss", str(begin), "-i", str(master), "-t", str(length), "-vf",
                     f"scale={canvas.width}:{canvas.height},format=yuv420p", "-f", "rawvideo", str(raw)])  # fmt: skip
            encode = encode_frames_command(canvas, encoder, str(FOLDER / "alone.mp4"))
            total += measure([*FFMPEG, *(str(raw) if part == "pipe:0" else part for part in encode)]).cpu_seconds
    raw.unlink()
    return total


def decoding(master: Path) -> float:
    """Processor seconds of decoding a master once."""
    return measure([*FFMPEG, "-threads", "2", "-i", str(master), "-map", "0:v", "-f", "null", "-"]).cpu_seconds


def _split(master: Path) -> list[str]:
    """One command for all three."""
    scaled = ";".join(
        f"[s{number}]scale={width}:{height}[v{number}]"
        for number, (width, height) in enumerate(sized(SHAPE, size) for size in SIZES)
    )
    outputs = [
        part
        for number, size in enumerate(SIZES)
        for part in ("-map", f"[v{number}]", "-c:v", "libx264", "-preset", "fast", "-crf", "21.5",
                     str(FOLDER / f"split-{SHORT_SIDE[size]}.mp4"))
    ]  # fmt: skip
    return [*FFMPEG, "-i", str(master), "-filter_complex", f"[0:v]split=3[s0][s1][s2];{scaled}", *outputs]


def _composition(master: Path, seconds: int) -> dict[str, Any]:
    """The master under a text and a picture that moves."""
    box = {
        "type": "colour",
        "colour": "#f0c04080",
        "duration": seconds,
        "area": {"x": 0.05, "y": 0.1, "width": 0.2, "height": 0.2},
        "position": {"x": [{"at": 0, "value": 0}, {"at": seconds, "value": 0.6}]},
    }
    text = {"type": "text", "text": "Three videos at once", "duration": seconds}
    tracks = [{"clips": [{"type": "video", "asset": str(master)}]}, {"clips": [box]}, {"clips": [text]}]
    return {"kind": "template", "aspect": "16:9", "stills": False, "loudness": "off", "timeline": {"tracks": tracks}}


def _written(request: dict[str, Any]) -> Path:
    """The request in a file."""
    path = FOLDER / "composition.json"
    path.write_text(json.dumps(request), "utf-8")
    return path
