"""Single frames of files that nobody vouches for, small, read by time stamp in a child process::

frames = take_frames([FrameQuery(path, source, (Fraction(3, 2),), (480, 270))], "proof of shot.mp4")

Each question is answered by a child that is forked for it (see `reel.packets.samples_reader`).
"""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from reel.confinement.parent import child_environment, limits
from reel.errors import Internal
from reel.packets.shown import Stored
from reel.plan.operations.proofs import ProofSource
from reel.settings import settings

log = logging.getLogger("reel.samples")

CHILD = "reel.packets.samples_reader"
REPLY_BYTES = 4 << 20
QUESTION_BYTES = 1 << 20
"""Longest question; as in `reel.packets.samples_reader`, which is not imported here for the sake of its own imports."""


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
    output, errors = os.memfd_create("samples"), os.memfd_create("errors")
    ours, theirs = socket.socketpair()
    try:
        with ExitStack() as stack, theirs:
            files = [stack.enter_context(path.open("rb")) for path in paths]
            order = json.dumps({**limits(), "output_bytes": REPLY_BYTES + room, "files": orders}).encode()
            _READER.ask(order, [output, errors, theirs.fileno(), *(file.fileno() for file in files)])
        if not _is_done(ours, settings().probe_seconds):
            said = os.pread(errors, 4000, max(0, os.fstat(errors).st_size - 4000)).decode(errors="replace").strip()
            raise Internal.at(name, f"reading its sources again failed: {said.rpartition(chr(10))[2] or 'it ended'}")
        answer = os.pread(output, os.fstat(output).st_size, 0)
    finally:
        ours.close()
        os.close(output)
        os.close(errors)
    line, _, data = answer.partition(b"\n")
    reply = json.loads(line)
    log.debug("%s: sources read in %.3f s of processor", name, reply["seconds"])
    return reply["files"], data


def _is_done(line: socket.socket, seconds: float) -> bool:
    """Whether a child says within some time that all is written; one that does not is ended."""
    line.settimeout(seconds)
    said = b""
    try:
        while part := line.recv(100):
            said += part
    except TimeoutError:
        if number := said.partition(b"\n")[0]:
            with suppress(ProcessLookupError):
                os.kill(int(number), signal.SIGKILL)
        return False
    return said.endswith(b"done")


class _Reader:
    """The process that forks a child for each question; started at the first one, and again where it is gone."""

    def __init__(self) -> None:
        self._line: socket.socket | None = None
        self._lock = threading.Lock()

    def ask(self, order: bytes, files: list[int]) -> None:
        with self._lock:
            if self._line is None:
                self._line = self._started()
            try:
                socket.send_fds(self._line, [order], files)
            except OSError:
                self._line.close()
                self._line = self._started()
                socket.send_fds(self._line, [order], files)

    def _started(self) -> socket.socket:
        # Each question is one message, with its descriptors.
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, QUESTION_BYTES)
        begun = threading.Event()

        def run() -> None:
            # It dies with the thread that started it, so that thread does nothing else but to wait for it.
            command = [sys.executable, "-P", "-m", CHILD, str(theirs.fileno()), str(os.getpid())]
            child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, cwd="/", env=child_environment(), pass_fds=[theirs.fileno()]
            )
            theirs.close()
            begun.set()
            child.wait()

        threading.Thread(target=run, name="samples-reader", daemon=True).start()
        begun.wait()
        return ours


_READER = _Reader()
