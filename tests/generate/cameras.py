"""Multicam exports of numbered clips at 30 fps: what is asked for, and what has to come out.

The frames of source `n` are numbered from `1000 * n` on.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import av

from reel.report import Report
from tests.clips import SAMPLE_RATE, read_clicks

RATE = 30

Cut: TypeAlias = tuple[int, float, float]
"""Source, in and out (seconds)."""


def document(sources: Sequence[Path], cuts: Sequence[Cut], /, **more: Any) -> dict[str, Any]:
    """The request; `more` are fields beside these, or in their stead."""
    fields = [{"source": source, "in": begin, "out": end} for source, begin, end in cuts]
    return {"kind": "multicam", "sources": [str(path) for path in sources], "cuts": fields, "stills": False, **more}


def expected_numbers(cuts: Sequence[Cut]) -> list[int]:
    """The number of every frame."""
    return [
        1000 * source + number
        for source, begin, end in cuts
        for number in range(round(begin * RATE), round(end * RATE))
    ]


def expected_clicks(sources: Sequence[Path], cuts: Sequence[Cut]) -> list[int]:
    """The samples at which clicks begin."""
    each = SAMPLE_RATE // RATE
    clicked = {1000 * number + click // each for number, path in enumerate(sources) for click in read_clicks(path)}
    return [place * each for place, number in enumerate(expected_numbers(cuts)) if number in clicked]


def video_of(report: Report) -> Path:
    return Path(report.outputs[0].video.path)


def time_steps(video: Path) -> tuple[set[int], set[int]]:
    """Ticks from frame to frame, as shown and as decoded."""
    with av.open(str(video)) as source:
        packets = list(source.demux(video=0))
    shown = sorted(packet.pts for packet in packets if packet.pts is not None)
    decoded = [packet.dts for packet in packets if packet.dts is not None]
    return _steps(shown), _steps(decoded)


def _steps(times: Sequence[int]) -> set[int]:
    return {later - earlier for earlier, later in pairwise(times)}
