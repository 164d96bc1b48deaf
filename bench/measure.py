"""Measuring a command: seconds by the clock, seconds of processor time, and peak memory of the whole tree of processes."""

from __future__ import annotations

import os
import resource
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

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
    """Run a command to its end; raises when it fails."""
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
    if process.returncode != 0:
        raise RuntimeError(f"{command[0]} ... ended with {process.returncode}: {said[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measure(round(seconds, 2), round(cpu, 2), peak.bytes)


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
        try:
            for task in Path(f"/proc/{pid}/task").iterdir():
                waiting += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


def _proportional(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
