"""Memory of long and of large work, all processes together, against the bounds that a worker is planned by; and whether what an
hour takes grows with its length alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.measure import measure
from bench.pictures import heard
from bench.renditions import FFMPEG, footage
from bench.rows import FOLDER, Row, megabytes, rendered, seconds

HOUR_BYTES = 1.5e9
UHD_BYTES = 3e9
MASTER_SECONDS = 60
PARTS = 8
"""Of an hour: one of them is measured beside the whole."""


def rows(clips: Sequence[Path], length: int, uhd_length: int) -> list[Row]:
    """So many seconds at 360p as a ladder of one rung, beside an eighth of them; and so many of 4K, encoded and composed."""
    master = footage(clips, MASTER_SECONDS)
    small = _scaled(master, "360p", "640:360", MASTER_SECONDS)
    large = _scaled(master, "4k", "3840:2160", uhd_length)
    return [*_long(small, length), *_large(large, uhd_length)]


def _long(master: Path, length: int) -> list[Row]:
    """The whole and its part: the same footage over and over, so that as much is coded in each second of both."""
    part, whole = (
        rendered(_ladder(heard(master, wanted, FOLDER / f"heard-360p-{wanted}.mp4"), "360p"), f"long-{wanted}")[0]
        for wanted in (length // PARTS, length)
    )
    ratio = f"{whole.cpu_seconds / (PARTS * part.cpu_seconds):.2f}"
    return [
        Row(f"{length} s at 360p, memory", megabytes(whole), megabytes(part), _of(whole.peak_bytes, HOUR_BYTES), "<= 1.5 GB"),
        Row(f"{length} s at 360p, of {PARTS} parts", seconds(whole), seconds(part), ratio, "linear"),
    ]  # fmt: skip


def _large(master: Path, length: int) -> list[Row]:
    encoded, _ = rendered({"kind": "encode", "asset": str(master), "stills": False}, "large-encode")
    text = {"type": "text", "text": "Large", "duration": length}
    timeline = {"tracks": [{"clips": [{"type": "video", "asset": str(master)}]}, {"clips": [text]}]}
    template = {"kind": "template", "aspect": "16:9", "stills": False, "timeline": timeline,
                "outputs": [{"type": "video", "resolution": "4k"}]}  # fmt: skip
    composed, _ = rendered(template, "large-composed")
    return [
        Row(f"{length} s of 4K, {how}", megabytes(took), "", _of(took.peak_bytes, UHD_BYTES), "<= 3 GB")
        for how, took in (("encoded", encoded), ("composed", composed))
    ]


def _ladder(asset: Path, resolution: str) -> dict[str, Any]:
    rungs = [{"type": "ladder", "rungs": [{"resolution": resolution}]}]
    return {"kind": "encode", "asset": str(asset), "stills": False, "outputs": rungs}


def _scaled(master: Path, name: str, size: str, length: int) -> Path:
    path = FOLDER / f"master-{name}-{length}.mp4"
    if not path.exists():
        unfinished = path.with_name(f"unfinished-{path.name}")
        encoder = ["-c:v", "libx264", "-crf", "18", "-preset", "veryfast", "-g", "60", "-t", str(length)]
        measure([*FFMPEG, "-i", str(master), "-vf", f"scale={size}", *encoder, str(unfinished)])
        unfinished.rename(path)
    return path


def _of(used: float, bound: float) -> str:
    return f"{used / bound:.2f}"
