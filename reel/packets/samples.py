"""Single frames of files that nobody vouches for, small, read by time stamp in a child process::

frames = take_frames([Wanted(path, source, (Fraction(3, 2),), (480, 270))], "proof of shot.mp4")

One child reads all that a proof needs: starting it is most of the price.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from reel.errors import BadMedia, Internal
from reel.packets.probe import environment, limits, waited
from reel.plan.operations import ProofSource
from reel.settings import settings

CHILD = "reel.packets.samples_reader"
REPLY_BYTES = 4 << 20


@dataclass(frozen=True)
class Wanted:
    """Frames of one file."""

    path: Path
    source: ProofSource
    moments: tuple[Fraction, ...]
    """On the file's clock; rising."""
    size: tuple[int, int]
    """Width and height of what is handed out, as the file stores it; never larger than that."""
    seekable: bool


@dataclass(frozen=True)
class Heard:
    """Stretches of one file's sound."""

    path: Path
    source: ProofSource
    begins: tuple[Fraction, ...]
    """On the file's clock."""
    samples: tuple[int, ...]
    """How many at 48 kHz from each begin on."""


@dataclass(frozen=True)
class Frame:
    """A small frame in the numbers of its file: Y', Cb and Cr, or G, B and R, and alpha; each of shape (height, width)."""

    format: str
    time: Fraction
    planes: tuple[npt.NDArray[np.generic], ...]


@dataclass(frozen=True)
class Stretch:
    """Sound as it was decoded."""

    begin: Fraction
    """Time of the first sample."""
    samples: npt.NDArray[np.float32]
    """Shape (samples, 2)."""


def take_frames(wanted: Sequence[Wanted], name: str) -> list[list[Frame]]:
    """For each file, the frame that begins last before each moment. Raises `BadMedia`, or `Internal` of ours."""
    orders = [
        {
            "demuxer": each.source.demuxer,
            "stream": each.source.stream,
            "moments": [str(moment) for moment in each.moments],
            "size": each.size,
            "start": str(each.source.start),
            "rate": str(each.source.rate),
            "even": not each.source.variable,
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
            frames.append(Frame(frame["format"], Fraction(frame["time"]), tuple(planes)))
        result.append([frames[place] for place in reply["places"]])
    return result


def take_sounds(wanted: Sequence[Heard], name: str) -> list[list[list[Stretch]]]:
    """For each file and begin, what was decoded there, in blocks. Raises as `take_frames`."""
    orders = [
        {
            "demuxer": each.source.demuxer,
            "stream": each.source.stream,
            "begins": [str(begin) for begin in each.begins],
            "samples": each.samples,
        }
        for each in wanted
    ]
    room = sum(8 * (samples + 48_000) for each in wanted for samples in each.samples)
    replies, data = _asked([each.path for each in wanted], orders, room, name)
    offset, result = 0, []
    for reply in replies:
        found: list[list[Stretch]] = []
        for blocks in reply:
            found.append([])
            for time, samples in blocks:
                block = np.frombuffer(data, np.float32, 2 * samples, offset).reshape(-1, 2)
                found[-1].append(Stretch(Fraction(time), block))
                offset += 8 * samples
        result.append(found)
    return result


def _plane(data: bytes, line: int, frame: dict[str, Any]) -> npt.NDArray[np.generic]:
    deep = frame["format"].endswith("16le")
    values = np.frombuffer(data, "<u2" if deep else "u1").reshape(-1, line // (2 if deep else 1))
    return values[: frame["height"], : frame["width"]]


def _asked(paths: Sequence[Path], orders: list[dict[str, Any]], room: int, name: str) -> tuple[Any, bytes]:
    """What a child answers that has these files open."""
    output, errors = os.memfd_create("samples"), os.memfd_create("errors")
    try:
        with ExitStack() as stack:
            files = [stack.enter_context(path.open("rb")) for path in paths]
            listed = [{**order, "fd": file.fileno()} for order, file in zip(orders, files, strict=True)]
            order = json.dumps({**limits(), "output_bytes": REPLY_BYTES + room, "files": listed})
            child = subprocess.Popen(
                [sys.executable, "-P", "-m", CHILD, order],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                cwd="/",
                env=environment(),
                pass_fds=[file.fileno() for file in files],
            )
        try:
            finished = waited(child.pid, settings().probe_seconds)
        finally:
            child.kill()
            status = child.wait()
        if not finished or status == -signal.SIGXCPU:
            raise BadMedia.at(name, f"its sources cannot be read within {settings().probe_seconds:g} s")
        if status != 0:
            said = os.pread(errors, 4000, max(0, os.fstat(errors).st_size - 4000)).decode(errors="replace").strip()
            raise Internal.at(name, f"reading its sources again failed: {said.rpartition(chr(10))[2] or status}")
        answer = os.pread(output, os.fstat(output).st_size, 0)
    finally:
        os.close(output)
        os.close(errors)
    line, _, data = answer.partition(b"\n")
    return json.loads(line), data
