"""Copying a stretch of an untrusted file's picture, packet by packet, in a child process."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

from reel.confinement.parent import ask_child, limits
from reel.errors import BadMedia, Internal
from reel.packets.apart import check_measured, check_segment
from reel.packets.check import SegmentMeasure
from reel.packets.cutting import ENTRY_BYTES
from reel.plan.operations import Copied
from reel.plan.operations.base import SourceClip

READER = "reel.packets.copy_reader"

OUTPUT_BYTES = 2 << 30

WRAPPED = "mov,mp4,m4a,3gp,3g2,mj2"
"""FFmpeg's name of the reader of mp4."""


def copy_packets(clip: SourceClip, source: Path, output: Path, place: str) -> str | None:
    """Write as many of a clip's frames as can be copied to `output`; or say why none can. It begins at a key frame.

    Raises what `ask_child` raises.
    """
    written = _ask(clip, source, place, wrap=False)
    if isinstance(written, str):
        return written
    output.write_bytes(written)
    return None


def wrap_packets(clip: SourceClip, source: Path, output: Path, place: str) -> SourceClip | str:
    """Write a clip of a file that no seek finds a way through to `output`, an mp4 file, with all that decoding it takes.

    Returns the same clip of that file; or why it cannot be had. Raises what `ask_child` raises.
    """
    written = _ask(clip, source, place, wrap=True)
    if isinstance(written, str):
        return written
    output.write_bytes(written[:-ENTRY_BYTES])
    number = _first(clip) - int.from_bytes(written[-ENTRY_BYTES:], "big")
    wrapped = clip.source.model_copy(update={"demuxer": WRAPPED, "stream": 0, "start": Fraction(0)})
    return clip.model_copy(update={"source": wrapped, "media_in": number / clip.source.rate, "seek": None})


def _ask(clip: SourceClip, source: Path, place: str, *, wrap: bool) -> bytes | str:
    order = {
        **limits(),
        "wrap": wrap,
        "stream": clip.source.stream,
        "demuxer": clip.source.demuxer,
        "rate": str(clip.source.rate),
        "start": str(clip.source.start),
        "first": _first(clip),
        "frames": clip.frames,
    }
    written = ask_child(READER, order, source, place, output_bytes=OUTPUT_BYTES)
    if written.startswith(b"{"):
        return str(json.loads(written)["refusal"][0])
    if not written:
        raise BadMedia.at(place, "gave nothing when it was copied")
    return written


def _first(clip: SourceClip) -> int:
    return round((clip.media_in - clip.source.start) * clip.source.rate)


def check_copied(path: Path, operation: Copied, place: str, *, stats: bool) -> SegmentMeasure | str:
    """Decode a segment that holds copied packets to its end: what it measures (with `stats`, of its frames too), or what is
    wrong."""
    try:
        check = check_measured if stats else check_segment
        return check(path, operation.canvas, operation.frames, place, operation.encoder, copied=True)
    except Internal as error:
        return error.problems[0].what
