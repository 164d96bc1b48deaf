"""Decodes a segment of copied packets in a confined child: what was copied was made by nobody we know.

The order holds `canvas`, `frames` and `encoder` that are expected. What goes out is `{"measure": ...}` or `{"wrong": ...}`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from reel.confinement.files import path_of
from reel.errors import Internal
from reel.packets.check import check_segment
from reel.presets import Canvas, VideoEncoder


def answer(order: dict[str, Any], files: Sequence[int], out: BinaryIO) -> None:
    """What the segment measures, or what is wrong with it."""
    canvas, encoder = Canvas(**order["canvas"]), VideoEncoder(**order["encoder"])
    file, reply = Path(path_of(files[0])), dict[str, Any]()
    try:
        reply = {"measure": asdict(check_segment(file, canvas, order["frames"], "copied", encoder, copied=True))}
    except Internal as error:
        reply = {"wrong": error.problems[0].what}
    out.write(json.dumps(reply).encode())
