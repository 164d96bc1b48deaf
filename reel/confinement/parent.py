"""Starting a confined child, and what became of it: it may crash, hang or swell without harm."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from pathlib import Path
from typing import BinaryIO

import reel
from reel.errors import BadMedia, Internal
from reel.settings import settings


def ask_child(path: Path, name: str, command: list[str]) -> bytes:
    """What a child writes that reads the file as standard input. Its output goes to memory that its own limits bound.

    Raises `BadMedia` where it crashes, hangs or swells over the file, whose name in errors is `name`.
    """
    output, errors = os.memfd_create("facts"), os.memfd_create("errors")
    try:
        with _open(path, name) as file:
            child = subprocess.Popen(
                command, stdin=file, stdout=output, stderr=errors, cwd="/", env=child_environment()
            )
        try:
            finished = _wait(child.pid, settings().probe_seconds)
        finally:
            child.kill()
            status = child.wait()
        if not finished or status == -signal.SIGXCPU:
            raise BadMedia.at(name, f"cannot be read within {settings().probe_seconds:g} s", "the file may be damaged")
        if status != 0:
            raise _crash(name, status, os.pread(errors, 4000, max(0, os.fstat(errors).st_size - 4000)))
        return os.pread(output, os.fstat(output).st_size, 0)
    finally:
        os.close(output)
        os.close(errors)


def _open(path: Path, name: str) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise BadMedia.at(name, f"cannot be opened: {error.strerror}") from error


def limits() -> dict[str, int]:
    """What a child is bound by."""
    return {
        "parent": os.getpid(),
        "cpu_seconds": int(settings().probe_seconds * settings().jobs) + 1,
        "max_pixels": settings().max_pixels,
        "max_streams": settings().max_streams,
    }


def child_environment() -> dict[str, str]:
    """The child's whole environment: where our code lies, and nothing that a file could steal."""
    return {"PYTHONPATH": str(Path(reel.__file__).parents[1]), "LC_ALL": "C.UTF-8"}


def _wait(pid: int, seconds: float) -> bool:
    """Whether the process ended in time. (`Popen.wait` with a time limit polls, up to 50 ms late.)"""
    handle = os.pidfd_open(pid)
    try:
        return bool(select.select([handle], [], [], seconds)[0])
    finally:
        os.close(handle)


def _crash(name: str, status: int, errors: bytes) -> BadMedia | Internal:
    """A reader that died: of the file where a signal or a lack of memory ended it, else of a mistake of ours."""
    said = errors.decode(errors="replace").strip().rpartition("\n")[2]
    if status < 0:
        return BadMedia.at(name, f"makes the reader crash ({signal.Signals(-status).name})", "the file is damaged")
    if said.startswith("MemoryError"):
        return BadMedia.at(name, "needs too much memory to be read", "make it smaller")
    return Internal.at(name, f"reading it failed: {said}")
