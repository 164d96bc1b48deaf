"""A ladder of three rungs of one master, packaged, against x264 alone from raw frames and decoding the master once; and the
same with pictures and analysis beside it.

Processor seconds count, as in `bench.renditions`, whose parts these are.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.pictures import heard
from bench.renditions import SIZES, decoding, footage, x264_alone
from bench.rows import FOLDER, Row, rendered

LADDER = {"type": "ladder", "rungs": [{"resolution": size} for size in SIZES]}
BESIDES = [{"type": "pictures", "poster": "best", "sprite": True}, {"type": "analysis"}]
"""Poster, sprite, scenes and loudness."""


def rows(clips: Sequence[Path], seconds: int) -> list[Row]:
    """What both ways take for so many seconds of 1080p with sound."""
    silent = footage(clips, seconds)
    peer = x264_alone(silent, seconds) + decoding(silent)
    master = heard(silent, seconds, FOLDER / f"heard-1080p-{seconds}.mp4")
    request = {"kind": "encode", "asset": str(master), "stills": False}
    return [
        _compared("a ladder of three rungs", request | {"outputs": [LADDER]}, peer, "<= 1.10 (processor)"),
        _compared("with pictures and analysis", request | {"outputs": [LADDER, *BESIDES]}, peer, "<= 1.25 (processor)"),
    ]


def _compared(name: str, request: dict[str, Any], peer: float, goal: str) -> Row:
    ours, _ = rendered(request, name.replace(" ", "-"), cold=True)
    return Row(name, f"{ours.cpu_seconds:.1f} s", f"{peer:.1f} s", f"{ours.cpu_seconds / peer:.2f}", goal)
