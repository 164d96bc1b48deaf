"""Scratch folders: private, gone when their owner is done, and swept when their owner died.

Each name says who owns it: `<process>-<its start>-<its process namespace>-<random>`. A process number alone would not
do: numbers are used again, after a restart and in every container, so start and namespace are held against it.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from reel.disk import disk_errors

STRANGER_SECONDS = 24 * 3600.0
"""A name that is not ours to judge (another machine's or container's on a shared disk, or no name of ours at all) is
left alone for so long after its last change: four times as long as a step may take."""

_OWNED = re.compile(r"(?P<pid>[1-9]\d{0,8})-(?P<start>\d+)-(?P<namespace>[0-9a-f]{12})-[0-9a-f]{12}")
_DEAD = -1


@contextmanager
def workspace(root: Path) -> Iterator[Path]:
    """A fresh, empty folder below `root` that only this user can read; removed with all it holds, whatever happens.

    Errors: `Resource` where it cannot be made.
    """
    folder = root.absolute() / owned_name()
    with disk_errors(root):
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        # What cannot be removed now must not hide the error that brought us here; the next sweep finds it.
        shutil.rmtree(folder, ignore_errors=True)


def sweep(root: Path) -> int:
    """Remove what dead processes left directly below `root`, files and folders; how many were removed.

    Called when a worker starts. Safe at any time and in several processes at once: what a living process owns stays.
    """
    try:
        with os.scandir(root) as found:
            entries = list(found)
    except (FileNotFoundError, NotADirectoryError):
        return 0
    return sum(_remove(entry) for entry in entries if _abandoned(entry))


def owned_since(root: Path) -> list[float]:
    """When each file and folder directly below `root` that no dead process left was changed last, in seconds since 1970."""
    times = []
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(root) as found:
        for entry in found:
            if not _abandoned(entry):
                with suppress(FileNotFoundError):
                    times.append(entry.stat(follow_symlinks=False).st_mtime)
    return times


def owners(root: Path) -> Iterator[tuple[int, Path]]:
    """The files and folders directly below `root` that processes of this machine own, each after its owner's id."""
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(root) as found:
        for entry in found:
            owner = _OWNED.fullmatch(entry.name)
            if owner and owner["namespace"] == _namespace():
                yield int(owner["pid"]), Path(entry.path)


def owned_name() -> str:
    """A new name that says which process it belongs to."""
    return f"{os.getpid()}-{_start_of(os.getpid())}-{_namespace()}-{secrets.token_hex(6)}"


def _abandoned(entry: os.DirEntry[str]) -> bool:
    owner = _OWNED.fullmatch(entry.name)
    if owner and owner["namespace"] == _namespace():
        return not _lives(int(owner["pid"]), int(owner["start"]))
    try:
        return time.time() - entry.stat(follow_symlinks=False).st_mtime > STRANGER_SECONDS
    except FileNotFoundError:
        return False


def _remove(entry: os.DirEntry[str]) -> bool:
    try:
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            Path(entry.path).unlink()
    except OSError:
        return False  # another sweep was quicker, or this user may not: neither keeps a worker from starting
    return True


def _lives(pid: int, start: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    # /proc may be mounted so that it hides others' processes; what lives and cannot be looked at is left alone.
    return _start_of(pid) in (start, None)


def _start_of(pid: int) -> int | None:
    """When a process started, in clock ticks since the machine did; `None` where that cannot be read."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()  # the command's name before it may hold blanks and parentheses
    return _DEAD if fields[0] in "ZX" else int(fields[19])


@cache
def _namespace() -> str:
    """Twelve hex digits that two processes share only if their process numbers mean the same."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return hashlib.sha256(f"{boot} {Path('/proc/self/ns/pid').stat().st_ino}".encode()).hexdigest()[:12]
