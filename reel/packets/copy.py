"""Copying a stretch of an untrusted file's picture, packet by packet, in a child process."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from reel.errors import BadMedia
from reel.packets.check import SegmentMeasure
from reel.packets.probe import ask_child, limits
from reel.plan.operations import Copied
from reel.presets import Canvas

CHILD = "reel.packets.copy_reader"
CHECKER = "reel.packets.check_reader"

OUTPUT_BYTES = 2 << 30


def copy_packets(operation: Copied, source: Path, output: Path, place: str) -> str | None:
    """Write as many of the operation's frames as can be copied to `output`; or say why none can.

    Raises what `ask_child` raises.
    """
    clip = operation.clip
    first = round((clip.media_in - clip.source.start) * clip.source.rate)
    order = {
        **limits(),
        "output_bytes": OUTPUT_BYTES,
        "stream": clip.source.stream,
        "demuxer": clip.source.demuxer,
        "rate": str(clip.source.rate),
        "start": str(clip.source.start),
        "first": first,
        "frames": clip.frames,
    }
    written = ask_child(source, place, [sys.executable, "-P", "-m", CHILD, json.dumps(order)])
    if written.startswith(b"{"):
        return str(json.loads(written)["refusal"][0])
    if not written:
        raise BadMedia.at(place, "gave nothing when it was copied")
    output.write_bytes(written)
    return None


def check_copied(path: Path, canvas: Canvas, frames: int, place: str) -> SegmentMeasure | str:
    """Decode a segment that holds copied packets to its end, in a child process: what it measures, or what is wrong."""
    order = {**limits(), "canvas": canvas.model_dump(mode="json"), "frames": frames}
    reply = json.loads(ask_child(path, place, [sys.executable, "-P", "-m", CHECKER, json.dumps(order)]))
    return str(reply["wrong"]) if "wrong" in reply else SegmentMeasure(**reply["measure"])
