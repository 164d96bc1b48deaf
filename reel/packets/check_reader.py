"""The child process that decodes a segment of copied packets: `python -m reel.packets.check_reader ORDER < FILE > JSON`.

What was copied was made by nobody we know, so it is decoded where it can do no harm. The order is JSON: the limits of
`reel.confinement.parent`, and `canvas`, `frames` and `encoder` that are expected. What goes out is
`{"measure": ...}` or `{"wrong": ...}`.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from reel.confinement.child import confine


def _answer(order: dict[str, Any]) -> dict[str, Any]:
    """What the segment on standard input measures, or what is wrong with it."""
    from reel.errors import Internal
    from reel.packets.check import check_segment
    from reel.presets import Canvas, VideoEncoder

    canvas, encoder = Canvas(**order["canvas"]), VideoEncoder(**order["encoder"])
    try:
        measure = check_segment(Path("/proc/self/fd/0"), canvas, order["frames"], "copied", encoder, copied=True)
    except Internal as error:
        return {"wrong": error.problems[0].what}
    return {"measure": asdict(measure)}


def main() -> None:
    order = json.loads(sys.argv[1])
    confine(order["parent"], order["cpu_seconds"])
    json.dump(_answer(order), sys.stdout)


if __name__ == "__main__":
    main()
