"""Whether the sandbox holds here: confined children really try what they must not be able to do, and what comes of it.

print(sandbox())     # landlock 7 + seccomp
"""

from __future__ import annotations

import json
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from reel.confinement import acts
from reel.confinement.executable import executable
from reel.confinement.kernel import landlock_version
from reel.confinement.parent import MEMORY_BYTES, ask
from reel.confinement.program import Access, Bounds, start
from reel.confinement.python import python_files
from reel.errors import Resource

BOUNDS = Bounds(memory_bytes=256 << 20, file_bytes=1 << 20, cpu_seconds=20)
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Sandbox:
    """What a child that is confined could do all the same."""

    landlock: int
    """Version of the kernel's Landlock; 0: none."""
    possible: tuple[str, ...]
    """Acts that succeeded, of `acts.ACTS`."""

    @property
    def level(self) -> str:
        """`full`, `partial`, or `none` where the files or the sockets of others are open to it."""
        if not self.possible:
            return "full"
        return "none" if {"reads other tenants' outputs", "connects by TCP"} & {*self.possible} else "partial"

    def __str__(self) -> str:
        if self.level == "full":
            return f"landlock {self.landlock} + seccomp"
        return f"{self.level}: a child {', '.join(self.possible)}"


@cache
def sandbox() -> Sandbox:
    """What the sandbox of this machine is worth; tried once in a process, in a quarter of a second."""
    try:
        with targets_here() as targets:
            possible = {*acts.succeeded(_in_program(targets)), *acts.succeeded(_in_reader(targets))}
    except Resource:  # no helper for this machine
        possible = {*acts.ACTS}
    return Sandbox(landlock_version(), tuple(name for name in acts.ACTS if name in possible))


@contextmanager
def targets_here() -> Iterator[dict[str, Any]]:
    """Files, sockets and a process that a confined child must not get at; outside of it each of them is there."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="reel-sandbox-")))
        for name in ("home", "output"):
            (folder / name).write_text("canary")
        tcp, udp, unix = (
            stack.enter_context(socket.socket(family, kind))
            for family, kind in (
                (socket.AF_INET, socket.SOCK_STREAM),
                (socket.AF_INET, socket.SOCK_DGRAM),
                (socket.AF_UNIX, socket.SOCK_STREAM),
            )
        )
        tcp.bind(("127.0.0.1", 0))
        udp.bind(("127.0.0.1", 0))
        unix.bind(str(folder / "unix"))
        tcp.listen()
        unix.listen()
        yield {
            "worker": os.getpid(),
            **{name: str(folder / name) for name in ("home", "output", "outside", "unix")},
            "tcp": tcp.getsockname()[1],
            "udp": udp.getsockname()[1],
            "file_bytes": BOUNDS.file_bytes,
            # Twice what may be held: as much as may be reserved.
            "memory_bytes": 2 * BOUNDS.memory_bytes,
        }


def _in_reader(targets: dict[str, Any]) -> bytes:
    """The report of a child that is forked to read a file."""
    return ask(acts.__name__, {**targets, "memory_bytes": 2 * MEMORY_BYTES}, [], output_bytes=BOUNDS.file_bytes).output


def _in_program(targets: dict[str, Any]) -> bytes:
    """The report of a program that the helper has confined."""
    python = executable(Path(sys.executable))
    access = Access(reads=(*python.read, *python_files()), tools=python.executed)
    report = os.memfd_create("acts")
    try:
        command = [sys.executable, "-I", "-S", acts.__file__, json.dumps(targets)]
        with start(command, access, BOUNDS, stdout=report, stderr=-3, stdin=-3) as child:
            try:
                child.wait(PATIENCE_SECONDS)
            finally:
                child.kill()
        return os.pread(report, 1 << 16, 0)
    finally:
        os.close(report)
