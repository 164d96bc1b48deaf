"""Servers and workers as child processes that can be found again, and that leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from reel.orphans import end_with_parent
from reel.patience import Policy, wait_until

MARK = "REELFLOW_STACK"
"""Environment variable that all processes of a stack inherit, down to the last FFmpeg; so none can hide."""

_ours: dict[int, subprocess.Popen[bytes]] = {}
"""Our own children by process id; they are collected when they have ended."""


def start_process(command: Sequence[str], environment: Mapping[str, str], log: Path, *, tied: bool) -> int:
    """Start a process in a session of its own, its output in `log`; returns its process id.

    In its own session, so that Ctrl-C reaches only us and everything ends in order. A `tied` one is ended by the kernel
    when this process dies, however it dies.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_tie if tied else None,  # noqa: PLW1509 - one system call, resolved beforehand
        )
    _ours[process.pid] = process
    return process.pid


def _tie() -> None:
    end_with_parent(signal.SIGTERM)


def marked(mark: str) -> list[int]:
    """Process ids of all processes of a stack."""
    wanted = f"{MARK}={mark}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        try:
            variables = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue  # ended meanwhile, or another user's
        if wanted in variables:
            found.append(int(entry.name))
    return found


def end(mark: str, first: Sequence[int], grace_seconds: float = 10.0) -> None:
    """End all processes of a stack: the `first` ones in their order and politely, then whatever is left.

    One of the first that does not bear the mark has ended, and its number may be somebody else's by now.
    """
    for pid in [pid for pid in first if pid in marked(mark)]:
        _signal(pid, signal.SIGTERM)
        _wait_until_gone([pid], grace_seconds)
    for number in (signal.SIGTERM, signal.SIGKILL):
        left = marked(mark)
        for pid in left:
            _signal(pid, number)
        _wait_until_gone(left, grace_seconds / 2)


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _wait_until_gone(pids: Sequence[int], seconds: float) -> None:
    wait_until(lambda: not any(is_alive(pid) for pid in pids), Policy((0.05,), seconds=seconds))


def exit_code(pid: int, seconds: float) -> int | None:
    """What a child of ours ended with; null where it has not within that time."""
    with suppress(subprocess.TimeoutExpired):
        return _ours[pid].wait(seconds)
    return None


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that ended and waits to be collected does not."""
    if ours := _ours.get(pid):
        return ours.poll() is None
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
