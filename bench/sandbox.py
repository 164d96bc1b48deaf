"""What the sandbox costs: one variant of short clips, which starts many programs and readers for its length, with everything
confined and with nothing, in turns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median

from bench.rows import Row, rendered

PAIRS = 7
"""Of which the medians count: single runs differ by some percent."""


def rows(clips: Sequence[Path]) -> list[Row]:
    """Processor seconds of both."""
    request = {"kind": "mixer", "clips": [str(clip) for clip in clips], "stills": False}
    taken: dict[str, list[float]] = {"render": [], "unconfined": []}
    for number in range(PAIRS):
        for through in sorted(taken, reverse=bool(number % 2)):
            took, _ = rendered(request, f"sandbox-{through}", through=through)
            taken[through].append(took.cpu_seconds)
    confined, bare = median(taken["render"]), median(taken["unconfined"])
    ratio = median(ours / other for ours, other in zip(*taken.values(), strict=True))
    return [Row("confined, against nothing confined", f"{confined:.1f} s", f"{bare:.1f} s", f"{ratio:.3f}", "<= 1.02")]
