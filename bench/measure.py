"""Measuring a command: seconds by the clock, seconds of processor time, and peak memory of the whole tree of processes."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
LINGERING_SECONDS = 5.0
LOOK_SECONDS = 1.0
"""Between looks at memory. Each walks through all pages of all processes, which takes time of the same processors: five times a
second, it was 5 % of a slideshow's."""


@dataclass(frozen=True)
class Measure:
    """What one run of a command took."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    """Most memory of all its processes together (proportional set sizes, looked at once a second)."""


def measure(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Measure:
    """Run a command to its end, and wait for all that it leaves behind, whose time counts; raises when it fails."""
    _adopt()
    mine = set(children(os.getpid()))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    process = subprocess.Popen(command, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # fmt: skip
    peak = _Peak(process.pid)
    peak.start()
    said, _ = process.communicate()
    seconds = time.monotonic() - started
    peak.over.set()
    peak.join()
    _reap(lambda: set(children(os.getpid())) - mine)
    if process.returncode != 0:
        raise RuntimeError(f"{command[0]} ... ended with {process.returncode}: {said[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measure(round(seconds, 2), round(cpu, 2), peak.bytes)


def _adopt() -> None:
    """Become the parent of processes whose own has ended (prctl(2)). What helpers that outlive their parent by a moment used,
    nobody would count otherwise: of a run that reads back three videos, a tenth of all."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "cannot adopt processes")


def _reap(adopted: Callable[[], set[int]]) -> None:
    """Wait for what was adopted, unless it stays: then it is no part of the command any more."""
    until = time.monotonic() + LINGERING_SECONDS
    while (left := adopted()) and time.monotonic() < until:
        for pid in left:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        time.sleep(0.01)


class _Peak(threading.Thread):
    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.root = pid
        self.bytes = 0
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(LOOK_SECONDS):
            self.bytes = max(self.bytes, sum(_proportional(pid) for pid in tree(self.root)))


def tree(root: int) -> list[int]:
    """A process and all below it."""
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children(pid)
    return found


def children(pid: int) -> list[int]:
    """The processes that a process has started, or adopted."""
    try:
        tasks = [(task / "children").read_text() for task in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return []
    return [int(child) for task in tasks for child in task.split()]


def _proportional(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
