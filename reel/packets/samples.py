"""Single frames of files that nobody vouches for, small, read by time stamp in a child process::

frames = take_frames([FrameQuery(path, source, (Fraction(3, 2),), (480, 270))], "proof of shot.mp4")

Each question is answered by a child that is forked for it (see `reel.confinement.zygote`).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from reel.confinement.parent import ask
from reel.errors import Internal
from reel.packets.shown import Stored
from reel.plan.operations.proofs import ProofSource

log = logging.getLogger("reel.samples")

READER = "reel.packets.samples_reader"
REPLY_BYTES = 4 << 20


@dataclass(frozen=True)
class FrameQuery:
    """Frames of one file."""

    path: Path
    source: ProofSource
    moments: tuple[Fraction, ...]
    """On the file's clock; rising."""
    size: tuple[int, int]
    """Width and height of what is handed out, as the file stores it; never larger than that."""
    seekable: bool


@dataclass(frozen=True)
class SoundQuery:
    """Stretches of one file's sound."""

    path: Path
    source: ProofSource
    begins: tuple[Fraction, ...]
    """On the file's clock."""
    samples: tuple[int, ...]
    """How many at 48 kHz from each begin on."""
    whole: bool = False
    """Whether all that comes before is decoded as well: samples are counted then from the file's first."""


@dataclass(frozen=True)
class DecodedFrame:
    """A small frame in the numbers of its file: Y', Cb and Cr, or G, B and R, and alpha; each of shape (height, width)."""

    format: str
    time: Fraction
    planes: tuple[Stored, ...]


@dataclass(frozen=True)
class DecodedFrames:
    """What was read of one file."""

    begin: Fraction | None
    """When its first frame is shown, by its own time stamp; null where that was not looked at."""
    frames: list[DecodedFrame]
    """One for each moment."""


@dataclass(frozen=True)
class DecodedSound:
    """Sound as it was decoded."""

    begin: Fraction
    """Time of the first sample."""
    samples: npt.NDArray[np.float32]
    """Shape (samples, 2)."""


def take_frames(wanted: Sequence[FrameQuery], name: str) -> list[DecodedFrames]:
    """For each file, the frame that begins last before each moment. Raises `Internal`."""
    orders = [
        {
            "demuxer": each.source.demuxer,
            "stream": each.source.stream,
            "moments": [str(moment) for moment in each.moments],
            "size": each.size,
            "start": str(each.source.start),
            "rate": str(each.source.rate),
            "even": not each.source.variable,
            "counted": each.source.counted,
            "alpha": each.source.alpha,
            "seekable": each.seekable,
        }
        for each in wanted
    ]
    room = sum(8 * each.size[0] * each.size[1] * len(each.moments) for each in wanted)
    replies, data = _asked([each.path for each in wanted], orders, room, name)
    offset, result = 0, []
    for reply in replies:
        frames = []
        for frame in reply["frames"]:
            planes = []
            for size, line in frame["planes"]:
                planes.append(_plane(data[offset : offset + size], line, frame))
                offset += size
            frames.append(DecodedFrame(frame["format"], Fraction(frame["time"]), tuple(planes)))
        begin = Fraction(reply["begin"]) if reply["begin"] else None
        result.append(DecodedFrames(begin, [frames[place] for place in reply["places"]]))
    return result


def take_sounds(wanted: Sequence[SoundQuery], name: str) -> list[list[list[DecodedSound]]]:
    """For each file and begin, what was decoded there, in blocks. Raises as `take_frames`."""
    orders = [
        {
            "demuxer": each.source.demuxer,
            "stream": each.source.stream,
            "begins": [str(begin) for begin in each.begins],
            "samples": each.samples,
            "whole": each.whole,
        }
        for each in wanted
    ]
    room = sum(8 * (samples + 48_000) for each in wanted for samples in each.samples)
    replies, data = _asked([each.path for each in wanted], orders, room, name)
    offset, result = 0, []
    for reply in replies:
        found: list[list[DecodedSound]] = []
        for blocks in reply:
            found.append([])
            for time, samples in blocks:
                block = np.frombuffer(data, np.float32, 2 * samples, offset).reshape(-1, 2)
                found[-1].append(DecodedSound(Fraction(time), block))
                offset += 8 * samples
        result.append(found)
    return result


def _plane(data: bytes, line: int, frame: dict[str, Any]) -> Stored:
    height, width = frame["height"], frame["width"]
    if frame["format"].endswith("16le"):
        return np.frombuffer(data, np.uint16).reshape(-1, line // 2)[:height, :width]
    return np.frombuffer(data, np.uint8).reshape(-1, line)[:height, :width]


def _asked(paths: Sequence[Path], orders: list[dict[str, Any]], room: int, name: str) -> tuple[Any, bytes]:
    """What a child answers that has these files open."""
    with ExitStack() as stack:
        files = [stack.enter_context(path.open("rb")).fileno() for path in paths]
        ending = ask(READER, {"files": orders}, files, output_bytes=REPLY_BYTES + room)
    if ending.status != 0:
        raise Internal.at(name, f"reading its sources again failed: {ending.said or 'it ended'}")
    line, _, data = ending.output.partition(b"\n")
    reply = json.loads(line)
    log.debug("%s: sources read in %.3f s of processor", name, reply["seconds"])
    return reply["files"], data
