"""Codecs beside x264 at equal quality: processor time and bytes, as docs/codecs.md has them, and what `Scale` is fitted to.

    python -m bench.codecs MEDIA@SECONDS...       two seconds of each are encoded, at 854x480

Each codec encodes with the flags of a render, its cap out of reach, at four qualities. Time and bytes at the VMAF that x264's
`fast` has at a CRF are read off lines between those points (of logarithms, as bits go by ratios), and given as shares of its.
"""

from __future__ import annotations

import json
import math
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from reel.codecs import VIDEO_CODECS, VideoCodecName
from reel.codecs.video import Effort
from reel.ffmpeg.build import ffmpeg_path
from reel.ffmpeg.encoder import encode_frames_command
from reel.presets import Canvas, VideoEncoder, capped_crf, for_frames

CANVAS = Canvas(width=854, height=480, rate=Fraction(30))
FRAMES = 60
REFERENCES = (18.0, 22.0, 26.0, 30.0)
"""CRFs of x264; of the others, those that are thought to be as good."""
BEYOND = 4 * 10**7
CODECS: tuple[VideoCodecName, ...] = ("h264", "hevc", "av1", "vp9")
EFFORTS: tuple[Effort, ...] = ("standard", "thorough")
AT = (20.0, 23.0, 28.0)
"""CRFs of x264's `fast` at whose VMAF codecs are compared."""


@dataclass(frozen=True)
class Point:
    """One encode."""

    crf: float
    seconds: float
    """Of processors."""
    bytes: int
    vmaf: float


def encoder_of(codec: VideoCodecName, effort: Effort, reference: float) -> VideoEncoder:
    """A render's encoder at a quality, without a cap that is felt."""
    encoder = capped_crf(BEYOND, CANVAS, codec, effort=effort)
    scale = VIDEO_CODECS[codec].scale
    assert scale
    return for_frames(encoder.model_copy(update={"crf": scale.crf(reference)}), FRAMES)


def encoded(encoder: VideoEncoder, raw: Path, folder: Path) -> Point:
    """Encode raw frames; what that takes, and how good it is."""
    output = folder / encoder.segment_file
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [str(ffmpeg_path()), "-v", "error", "-y", *encode_frames_command(CANVAS, encoder, str(output))]
    with raw.open("rb") as frames:
        subprocess.run(command, check=True, stdin=frames, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Point(encoder.crf or 0, seconds, output.stat().st_size, vmaf(output, raw, folder))


def vmaf(video: Path, raw: Path, folder: Path) -> float:
    """Mean VMAF. Frames are paired by their numbers: by times, WebM's milliseconds would pair others."""
    log = folder / "vmaf.json"
    reference = [
        "-f",
        "rawvideo",
        "-pix_fmt",
        "yuv420p",
        "-s",
        f"{CANVAS.width}x{CANVAS.height}",
        "-r",
        str(CANVAS.rate),
    ]
    numbered = f"settb=1/{CANVAS.rate},setpts=N"
    graph = f"[0:v]{numbered}[a];[1:v]{numbered}[b];[a][b]libvmaf=log_path={log}:log_fmt=json"
    command = [str(ffmpeg_path()), "-v", "error", "-nostdin", "-i", str(video), *reference, "-i", str(raw)]
    subprocess.run([*command, "-lavfi", graph, "-f", "null", "-"], check=True, stdin=subprocess.DEVNULL)
    scores = [frame["metrics"]["vmaf"] for frame in json.loads(log.read_text())["frames"]]
    assert len(scores) == FRAMES, f"{len(scores)} frames were compared"
    return float(np.mean(scores))


def raw_frames(media: str, folder: Path) -> Path:
    """Frames of `FILE@SECONDS`, at the size at which codecs are compared."""
    path, _, begin = media.partition("@")
    raw = folder / "frames.yuv"
    fitted = (
        f"fps={CANVAS.rate},scale={CANVAS.width}:{CANVAS.height}:flags=bicubic,setsar=1,tpad=stop_mode=clone:stop=-1"
    )
    command = [
        str(ffmpeg_path()),
        "-v",
        "error",
        "-y",
        "-ss",
        begin or "0",
        "-i",
        path,
        "-vf",
        fitted,
        "-frames:v",
        str(FRAMES),
    ]
    subprocess.run([*command, "-pix_fmt", "yuv420p", "-f", "rawvideo", str(raw)], check=True)
    return raw


def measured(media: Sequence[str]) -> Iterator[tuple[VideoCodecName, Effort, list[list[Point]]]]:
    """For each codec and effort, the points of each file."""
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name, str(number)) for number in range(len(media))]
        raws = []
        for path, folder in zip(media, folders, strict=True):
            folder.mkdir()
            raws.append(raw_frames(path, folder))
        for codec in CODECS:
            for effort in EFFORTS:
                encoders = [encoder_of(codec, effort, reference) for reference in REFERENCES]
                yield (
                    codec,
                    effort,
                    [
                        [encoded(encoder, raw, folder) for encoder in encoders]
                        for raw, folder in zip(raws, folders, strict=True)
                    ],
                )


def read_off(points: Sequence[Point], quality: float) -> tuple[float, float, float]:
    """CRF, processor seconds and bytes at a VMAF, on lines between the points."""
    ordered = sorted(points, key=lambda point: point.vmaf)
    scores = [point.vmaf for point in ordered]
    crf = float(np.interp(quality, scores, [point.crf for point in ordered]))
    seconds, size = (
        math.exp(np.interp(quality, scores, [math.log(value) for value in values]))
        for values in ([point.seconds for point in ordered], [point.bytes for point in ordered])
    )
    return crf, seconds, size


def main() -> None:
    usual: list[list[Point]] = []
    print("| codec, preset | VMAF of x264's CRF | CRF | processor time | bytes |\n|---|---|---|---|---|")
    for codec, effort, clips in measured(sys.argv[1:]):
        usual = usual or clips
        for reference in AT:
            qualities = [np.interp(reference, [p.crf for p in points], [p.vmaf for p in points]) for points in usual]
            mine = [read_off(points, quality) for points, quality in zip(clips, qualities, strict=True)]
            theirs = [read_off(points, quality) for points, quality in zip(usual, qualities, strict=True)]
            crf = np.mean([each[0] for each in mine])
            # Geometric means: every clip counts alike.
            ratios = np.exp(np.mean(np.log(np.array(mine)[:, 1:] / np.array(theirs)[:, 1:]), axis=0))
            preset = VIDEO_CODECS[codec].presets[effort]
            print(f"| {codec} `{preset}` | {reference:g} | {crf:.1f} | {ratios[0]:.2f} | {ratios[1]:.2f} |", flush=True)
        for points in clips:
            print(f"<!-- {[(p.crf, round(p.seconds, 2), p.bytes, round(p.vmaf, 1)) for p in points]} -->", flush=True)


if __name__ == "__main__":
    main()
