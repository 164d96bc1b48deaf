"""Starting programs that are confined: what each may read, write and use, and that it ends with whom it works for.

    child = start(["/usr/bin/ffmpeg", "-version"], Access(reads=(), tools=("/usr/bin/ffmpeg",)), Bounds(1 << 30, 0, 10))

A small helper (`reel/confinement/helper`) confines itself and becomes the program; `docs/sandbox.md` says what that takes away.
"""

from __future__ import annotations

import os
import platform
import re
import resource
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from reel.errors import Resource

FILES_OPEN = 4096
"""Descriptors of a program: thirty clips with a few each are far below."""
GRACE_SECONDS = 10
"""Of a processor, from the signal that says the time is up (SIGXCPU) to the one that nobody catches."""
FAILED = 126
"""With what the helper ends where it starts nothing."""
_SAID = re.compile(r"^confine: (?P<what>.*): error (?P<number>\d+)$", re.MULTILINE)


@dataclass(frozen=True)
class Access:
    """All files and folders that a program gets to see."""

    reads: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    """Read and executed: the program itself, and what it is started with."""
    writes: tuple[str, ...] = ()
    """Folders in which it makes, reads, writes and removes files, though no folders."""
    devices: tuple[str, ...] = ()
    """Read, written and commanded."""


@dataclass(frozen=True)
class Bounds:
    """What a program may use at most."""

    memory_bytes: int
    file_bytes: int
    """In each file that it writes."""
    cpu_seconds: int


def start(
    command: Sequence[str], access: Access, bounds: Bounds, *, pass_fds: Iterable[int] = (), **options: Any
) -> subprocess.Popen[bytes]:
    """Start a program, given by its path, that has only this access and these bounds; it ends with this thread.

    `options` are those of `Popen`, whose environment is empty unless one is given. Raises `Resource` on a machine that there is
    no helper for, and `OSError`. Where the program itself cannot be executed, that shows in how it ends (`reason`).
    """
    named = {"-r": access.reads, "-x": access.tools, "-w": access.writes, "-d": access.devices}
    words = [word for option, paths in named.items() for path in dict.fromkeys(paths) for word in (option, path)]
    limits = [
        # What is held privately; reserved addresses, which threads' stacks and heaps are mostly, count for the second alone.
        (resource.RLIMIT_DATA, bounds.memory_bytes, bounds.memory_bytes),
        (resource.RLIMIT_AS, 2 * bounds.memory_bytes, 2 * bounds.memory_bytes),
        (resource.RLIMIT_FSIZE, bounds.file_bytes, bounds.file_bytes),
        # Soft below hard, so that too long (SIGXCPU) does not look like a lack of memory (SIGKILL of the kernel).
        (resource.RLIMIT_CPU, bounds.cpu_seconds, bounds.cpu_seconds + GRACE_SECONDS),
    ]
    return start_helped([*words, *_limits(limits)], command, pass_fds=pass_fds, **options)


def start_helped(
    options: Sequence[str],
    command: Sequence[str],
    *,
    pass_fds: Iterable[int] = (),
    env: Mapping[str, str] | None = None,
    **popen: Any,
) -> subprocess.Popen[bytes]:
    """As `start`, with options of the helper's own."""
    helper = _helper()
    limits = _limits([(resource.RLIMIT_CORE, 0, 0), (resource.RLIMIT_NOFILE, FILES_OPEN, FILES_OPEN)])
    own = ["-c", str(helper.descriptor)] if helper.descriptor is not None else []
    argv = [helper.path, "-p", str(os.getpid()), *own, *limits, *options, "--", *command]
    fds = [*pass_fds, *([] if helper.descriptor is None else [helper.descriptor])]
    # Without preexec_fn Python starts it by vfork, which takes 0.5 ms however large this process is.
    return subprocess.Popen(argv, pass_fds=fds, env={} if env is None else env, **popen)


def reason(returncode: int, said: str) -> tuple[str, int] | None:
    """Why a program that ended so was never started, and the error's number; null where it was."""
    found = _SAID.search(said) if returncode == FAILED else None
    return (found["what"], int(found["number"])) if found else None


@cache
def filter_of_calls() -> bytes:
    """The filter of system calls for processes that start no program (see `confine.c`)."""
    return subprocess.run(
        [_helper().path, "-f"], stdout=subprocess.PIPE, check=True, pass_fds=_helper().descriptors, env={}
    ).stdout


@dataclass(frozen=True)
class _Helper:
    path: str
    descriptor: int | None = None
    """Of the file in memory that it is started from."""

    @property
    def descriptors(self) -> tuple[int, ...]:
        return () if self.descriptor is None else (self.descriptor,)


@cache
def _helper() -> _Helper:
    """The helper for this machine; from memory, where unpacking has lost that its file can be executed."""
    path = Path(__file__).with_name("helper") / f"confine-{platform.machine()}"
    if not path.is_file():
        what = f"there is no helper that confines programs on {platform.machine()}"
        raise Resource.at("sandbox", what, "run on x86-64 or ARM64, or build it: reel/confinement/helper/README.md")
    if os.access(path, os.X_OK):
        return _Helper(str(path))
    descriptor = os.memfd_create("confine", os.MFD_CLOEXEC)
    os.write(descriptor, path.read_bytes())
    # What is open for writing is not executed.
    readable = os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY | os.O_CLOEXEC)
    os.close(descriptor)
    return _Helper(f"/proc/self/fd/{readable}", readable)


def _limits(limits: Iterable[tuple[int, int, int]]) -> list[str]:
    return [word for limit in limits for word in ("-l", *map(str, limit))]
