"""Asking a confined child about files that nobody vouches for: it may crash, hang or swell without harm.

    facts = ask_child("reel.packets.reader", {"max_streams": 64}, Path("upload.bin"), "clips[0]")

The child is forked by a process that this one starts at the first question, or before (`reel.confinement.zygote`).
"""

from __future__ import annotations

import atexit
import base64
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import reel
from reel.confinement.program import filter_of_calls, start_helped
from reel.errors import BadMedia, Internal, ReelError, Resource, Transient
from reel.meter import charge
from reel.settings import settings

ZYGOTE = "reel.confinement.zygote"
USUAL = ("reel.packets.samples_reader", "reel.packets.check")
"""Modules that questions about what is made are put to: imported meanwhile, where such questions are expected."""
MEMORY_BYTES = 4 << 30
FILE_BYTES = 2 << 30
"""Memory of who reads one file: a picture of 64 million pixels takes half of it."""
OUTPUT_BYTES = 64 << 20
SAID_BYTES = 4000
"""Of the end of what a child says on standard error."""


@dataclass(frozen=True)
class Ending:
    """How a child ended."""

    status: int | None
    """As `subprocess` counts it; null where it did not end in time, and was ended."""
    output: bytes
    said: str
    """The last line on standard error."""


def ask_child(
    reader: str,
    order: Mapping[str, Any],
    path: Path,
    name: str,
    *,
    output_bytes: int = OUTPUT_BYTES,
    memory_bytes: int = MEMORY_BYTES,
) -> bytes:
    """What a reader (the module `reader`) answers about one file.

    Raises `BadMedia` where it crashes, computes for too long or swells over the file, whose name in errors is `name`;
    `Resource` where it was not done in time, as that may be the machine's fault; `Internal` where it fails of a mistake of
    ours.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise BadMedia.at(name, f"cannot be opened: {error.strerror}") from error
    with file:
        ending = ask(reader, order, [file.fileno()], output_bytes=output_bytes, memory_bytes=memory_bytes)
    if ending.status is None:
        what = f"was not read within {settings().probe_seconds:g} s, on a machine that may have much else to do"
        raise Resource.at(name, what, "raise REEL_PROBE_SECONDS if it is never read; or run less at a time")
    if ending.status == -signal.SIGXCPU:
        seconds = settings().probe_seconds * settings().jobs
        raise BadMedia.at(name, f"takes more than {seconds:g} s of a processor to be read", "the file may be damaged")
    if ending.status != 0:
        raise _crash(name, ending.status, ending.said)
    return ending.output


def ask(
    reader: str,
    order: Mapping[str, Any],
    files: Sequence[int],
    *,
    preload: Sequence[str] = (),
    reads: Sequence[str] = (),
    writes: Sequence[str] = (),
    output_bytes: int = OUTPUT_BYTES,
    memory_bytes: int = MEMORY_BYTES,
    seconds: float | None = None,
) -> Ending:
    """Have a child answer that has these files open. Its output goes to memory that its own limits bound.

    It may read the files `reads` too, and make files in the folders `writes`; modules to `preload` are imported before it is
    confined. It has as many `seconds` as one file's facts may take, unless told otherwise.

    Raises `Transient` where whoever forks it is gone, and is gone again when it was started anew.
    """
    seconds = settings().probe_seconds if seconds is None else seconds
    question = json.dumps(
        {
            "module": reader,
            "order": order,
            "preload": preload,
            "reads": reads,
            "writes": writes,
            "memory_bytes": memory_bytes,
            "output_bytes": output_bytes,
            "cpu_seconds": int(seconds * settings().jobs) + 1,
        }
    ).encode()
    for _ in range(2):
        ending = _asked(question, files, seconds)
        if ending is not None:
            return ending
    raise Transient.at("readers", "the process that starts them was ended", "try again")


def expect() -> None:
    """Start the process that forks children, for whoever asks soon and has other things to do until then. What goes wrong is
    said to whoever asks."""
    with suppress(ReelError):
        _ZYGOTE.begin()


def dismiss() -> None:
    """End the process that forks children, where nobody is expected to ask again; the next question starts another."""
    _ZYGOTE.close()


def limits() -> dict[str, int]:
    """What a reader of media has to refuse."""
    return {"max_pixels": settings().max_pixels, "max_streams": settings().max_streams}


def _asked(question: bytes, files: Sequence[int], seconds: float) -> Ending | None:
    """How the child ended that a question was put to; null where its parent is gone."""
    asked, output, errors = (os.memfd_create(name, os.MFD_CLOEXEC) for name in ("order", "output", "errors"))
    ours, theirs = os.pipe2(os.O_CLOEXEC)
    try:
        try:
            with os.fdopen(asked, "wb", closefd=False) as file:
                file.write(question)
            _ZYGOTE.ask([theirs, asked, output, errors, *files])
        finally:
            os.close(theirs)
        if not _wait(ours, seconds):
            return Ending(None, b"", "")
        status, _, spent = os.read(ours, 64).decode().partition(" ")
        charge(float(spent or 0))
        said = os.pread(errors, SAID_BYTES, max(0, os.fstat(errors).st_size - SAID_BYTES)).decode(errors="replace")
        answer = os.pread(output, os.fstat(output).st_size, 0)
        return Ending(int(status), answer, said.strip().rpartition("\n")[2]) if status else None
    finally:
        # The line is closed as well: whoever is still at work for it is ended.
        for descriptor in (ours, asked, output, errors):
            os.close(descriptor)


def _wait(line: int, seconds: float) -> bool:
    """Whether there is something to read in time."""
    looked = select.poll()
    looked.register(line, select.POLLIN)
    return bool(looked.poll(seconds * 1000))


def _crash(name: str, status: int, said: str) -> ReelError:
    """A reader that died: of the file where a signal or a lack of memory ended it, else of a mistake of ours."""
    if status < 0:
        return BadMedia.at(name, f"makes the reader crash ({signal.Signals(-status).name})", "the file is damaged")
    if said.startswith("MemoryError"):
        return BadMedia.at(name, "needs too much memory to be read", "make it smaller")
    return Internal.at(name, f"reading it failed: {said}")


class _Zygote:
    """The process that forks a child for each question; started at the first one, and again where it is gone."""

    def __init__(self) -> None:
        self._line: socket.socket | None = None
        self._lock = threading.Lock()

    def begin(self) -> None:
        with self._lock:
            self._line = self._line or self._started(USUAL)

    def ask(self, files: list[int]) -> None:
        with self._lock:
            self._line = self._line or self._started()
            try:
                socket.send_fds(self._line, [b"?"], files)
            except OSError:
                self._line.close()
                self._line = self._started()
                socket.send_fds(self._line, [b"?"], files)

    def close(self) -> None:
        with self._lock:
            if self._line is not None:
                self._line.close()
                self._line = None

    def _started(self, expected: Sequence[str] = ()) -> socket.socket:
        # Each question is one message, with its descriptors.
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        begun = threading.Event()
        failures: list[BaseException] = []

        def run() -> None:
            # It dies with the thread that started it, so that thread does nothing else but to wait for it.
            try:
                child = _start_zygote(theirs, expected)
            except (ReelError, OSError) as failure:
                failures.append(failure)
                return
            finally:
                theirs.close()
                begun.set()
            child.wait()

        threading.Thread(target=run, name="readers", daemon=True).start()
        begun.wait()
        if failures:
            ours.close()
            if isinstance(failures[0], OSError):
                raise Resource.at("readers", f"could not be started: {failures[0]}") from failures[0]
            raise failures[0]
        return ours


_ZYGOTE = _Zygote()
# Its end of the line is closed with this process, not left to the interpreter: that would be an open socket to complain of.
atexit.register(_ZYGOTE.close)


def _start_zygote(line: socket.socket, expected: Sequence[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-P", "-m", ZYGOTE, str(line.fileno()), _filter_text(), *expected]
    environment = {
        "PYTHONPATH": str(Path(reel.__file__).parents[1]),
        "LC_ALL": "C.UTF-8",
        # One thread: others would neither be forked nor confined.
        "OPENBLAS_NUM_THREADS": "1",
        "OPENCV_FOR_THREADS_NUM": "1",
    }
    return start_helped(["-o"], command, stdin=subprocess.DEVNULL, cwd="/", env=environment, pass_fds=[line.fileno()])


@cache
def _filter_text() -> str:
    return base64.b64encode(filter_of_calls()).decode()
