"""Seams between segments that are encoded apart, against one process that encodes all of it with the same key frames.

How far a frame's VMAF lies under the median of its neighbours, twelve on either side, beyond what it does in the one process;
the fifth percentile at equal bytes; and processor seconds. Raw frames of real footage at 640x360, in segments of 12 s.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.clips import BUNNY, corpus
from bench.measure import measure
from bench.rows import FOLDER, Row
from reel.codecs import VideoCodecName
from reel.ffmpeg.build import ffmpeg_path
from reel.ffmpeg.encoder import encode_frames_command
from reel.packets.sizes import packet_bits
from reel.presets import Canvas, VideoEncoder, capped_crf, for_frames

CLIPS = {BUNNY: Fraction(24), "car-detection.mp4": Fraction(25, 2)}
CODECS: tuple[VideoCodecName, ...] = ("h264", "hevc")
SIZE = 640, 360
FRAME_BYTES = SIZE[0] * SIZE[1] * 3 // 2
SEGMENT_SECONDS, BITS_PER_SECOND = 12, 200_000
NEAR, NEIGHBOURS = 8, 12
"""Frames on either side of a seam that are looked at, and those that each is held against."""

FFMPEG = [str(ffmpeg_path()), "-v", "error", "-nostdin", "-y"]
RAW = ["-f", "rawvideo", "-pix_fmt", "yuv420p"]
Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Encoded:
    """Frames as they are shown, and what they took."""

    scores: Scores
    """VMAF of each."""
    bytes: float
    cpu_seconds: float


def rows() -> Iterator[Row]:
    """For each codec, the worst of all seams of all clips."""
    folder = corpus()
    if folder is None:
        print("no corpus (REEL_MEDIA_CORPUS): seams are left out")
        return
    for codec in CODECS:
        found = [_compared(_raw(folder / name, rate), rate, codec) for name, rate in CLIPS.items()]
        worst = [max(each) for each in zip(*found, strict=True)]
        yield Row(f"a frame at a seam, {codec}", f"{worst[0]:.2f} VMAF under", "one process", "", "<= 1.5")
        yield Row(f"5th percentile at its bytes, {codec}", f"{worst[1]:.2f} VMAF under", "one process", "", "<= 0.5")
        total, plain = (sum(each[place] for each in found) for place in (2, 3))
        yield Row(
            f"for the ends, {codec}", f"{total:.1f} s", f"{plain:.1f} s (without)", f"{total / plain:.3f}", "<= 1.01"
        )


def _raw(media: Path, rate: Fraction) -> Path:
    path = FOLDER / f"{media.stem}-360.yuv"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fitted = f"fps={rate},scale={SIZE[0]}:{SIZE[1]}:flags=bicubic"
        measure([*FFMPEG, "-i", str(media), "-an", "-vf", fitted, *RAW, "-frames:v", str(30 * rate // 1), str(path)])
    return path


def _compared(raw: Path, rate: Fraction, codec: VideoCodecName) -> tuple[float, float, float, float]:
    """How far seams and the fifth percentile lie under those of one process; processor seconds, and those without copies."""
    frames = raw.stat().st_size // FRAME_BYTES
    length = round(SEGMENT_SECONDS * rate)
    canvas = Canvas(width=SIZE[0], height=SIZE[1], rate=rate)
    encoder = for_frames(capped_crf(BITS_PER_SECOND, canvas, codec), length)
    plain = encoder.model_copy(update={"ends_at": None})
    whole = _encoded(raw, canvas, plain, [frames])
    assert encoder.crf
    better = _encoded(raw, canvas, plain.model_copy(update={"crf": encoder.crf - 2}), [frames])
    parts = [min(length, frames - begin) for begin in range(0, frames, length)]
    ours = _encoded(raw, canvas, encoder, parts)
    seams = np.cumsum(parts)[:-1]
    beyond = max(float((_dips(ours.scores, at) - np.maximum(0, _dips(whole.scores, at))).max()) for at in seams)
    percentiles = [float(np.percentile(each.scores, 5)) for each in (whole, better, ours)]
    equal = np.interp(ours.bytes, [whole.bytes, better.bytes], percentiles[:2])
    return beyond, float(equal) - percentiles[2], ours.cpu_seconds, _encoded(raw, canvas, plain, parts).cpu_seconds


def _encoded(raw: Path, canvas: Canvas, encoder: VideoEncoder, parts: Sequence[int]) -> Encoded:
    """Encode so many frames after each other, each part by itself, and measure them as they are shown one after the other."""
    shown, part, made = (FOLDER / f"seams-{name}" for name in ("shown.yuv", "part.yuv", "made.mp4"))
    begin, size, seconds = 0, 0.0, 0.0
    with shown.open("wb") as decoded:
        for count in parts:
            with raw.open("rb") as frames:
                frames.seek(begin * FRAME_BYTES)
                part.write_bytes(frames.read(count * FRAME_BYTES))
            own = encoder if encoder.ends_at is None else encoder.model_copy(update={"ends_at": count})
            command = encode_frames_command(canvas, own, str(made))
            seconds += measure([*FFMPEG, *(str(part) if each == "pipe:0" else each for each in command)]).cpu_seconds
            size += sum(packet_bits(made, made.name)) / 8
            subprocess.run([*FFMPEG, "-i", str(made), *RAW, "-"], check=True, stdout=decoded)
            begin += count
    return Encoded(_vmaf(shown, raw), size, seconds)


def _vmaf(video: Path, reference: Path) -> Scores:
    log = FOLDER / "seams-vmaf.json"
    inputs = [part for path in (video, reference) for part in (*RAW, "-s", f"{SIZE[0]}x{SIZE[1]}", "-i", str(path))]
    graph = f"[0:v][1:v]libvmaf=log_path={log}:log_fmt=json:n_threads=2"
    subprocess.run([*FFMPEG, *inputs, "-lavfi", graph, "-f", "null", "-"], check=True)
    return np.array([frame["metrics"]["vmaf"] for frame in json.loads(log.read_text())["frames"]])


def _dips(scores: Scores, seam: int) -> Scores:
    """Of the frames about a seam, by how much each lies under the median of its neighbours."""
    return np.array([
        np.median(np.r_[scores[at - NEIGHBOURS : at], scores[at + 1 : at + 1 + NEIGHBOURS]]) - scores[at]
        for at in range(seam - NEAR, seam + NEAR)
    ])  # fmt: skip
