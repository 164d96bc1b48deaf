"""Twelve things that a process which reads a stranger's file must not be able to do, each really tried.

Run as a program (`python -I -S acts.py TARGETS`) or called in a child; each act gives a line: it `did`, or `could not: why`.
Whoever confines processes runs it in one, and counts (`reel.confinement.selftest`). Nothing of ours is imported, so that it
starts quickly.
"""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, BinaryIO

PTRACE_SEIZE = 0x4206


def _read_home(targets: Mapping[str, Any]) -> None:
    _read(targets["home"])


def _read_output(targets: Mapping[str, Any]) -> None:
    _read(targets["output"])


def _read_environment(targets: Mapping[str, Any]) -> None:
    _read(f"/proc/{targets['worker']}/environ")


def _write(targets: Mapping[str, Any]) -> None:
    os.close(os.open(targets["outside"], os.O_WRONLY | os.O_CREAT))


def _connect_tcp(targets: Mapping[str, Any]) -> None:
    with socket.create_connection(("127.0.0.1", targets["tcp"]), 5):
        pass


def _connect_unix(targets: Mapping[str, Any]) -> None:
    with socket.socket(socket.AF_UNIX) as asked:
        asked.connect(targets["unix"])


def _send_udp(targets: Mapping[str, Any]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", ("127.0.0.1", targets["udp"]))


def _trace(targets: Mapping[str, Any]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    # Not PTRACE_ATTACH: that would stop the worker. It is let go when this process ends.
    if libc.ptrace(PTRACE_SEIZE, targets["worker"], None, None) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _signal(targets: Mapping[str, Any]) -> None:
    os.kill(targets["worker"], 0)


def _fill_disk(targets: Mapping[str, Any]) -> None:
    os.pwrite(targets.get("written", 1), b"x", targets["file_bytes"])


def _fill_memory(targets: Mapping[str, Any]) -> None:
    mmap.mmap(-1, targets["memory_bytes"], flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).close()


def _start_program(targets: Mapping[str, Any]) -> None:
    """Another process, or another program in place of this one."""
    number = -1
    try:
        number = os.fork()
    except OSError:
        os.execv("/bin/true", ["true"])
    if number == 0:
        os._exit(0)
    os.waitpid(number, 0)


Act = Callable[[Mapping[str, Any]], None]

ACTS: Mapping[str, Act] = {
    "reads the worker's files": _read_home,
    "reads other tenants' outputs": _read_output,
    "reads the worker's environment": _read_environment,
    "writes elsewhere": _write,
    "connects by TCP": _connect_tcp,
    "connects to local sockets": _connect_unix,
    "sends UDP": _send_udp,
    "traces the worker": _trace,
    "signals the worker": _signal,
    "writes without bound": _fill_disk,
    "takes memory without bound": _fill_memory,
    # The last: where it becomes another program, no more is said.
    "starts programs": _start_program,
}
"""What is tried, under what it is called where it succeeds."""


def _read(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.read(descriptor, 1)
    finally:
        os.close(descriptor)


def attempt(targets: Mapping[str, Any], out: BinaryIO) -> None:
    """Try all, and say what came of each as soon as it has: the last one may be the end."""
    for name, act in ACTS.items():
        try:
            act(targets)
            said = "did"
        except (OSError, MemoryError, ValueError) as error:
            said = f"could not: {error}"
        out.write(f"{name} {said}\n".encode())
        out.flush()


def answer(order: dict[str, Any], _: Sequence[int], out: BinaryIO) -> None:
    """As a reader."""
    attempt(order, out)


def succeeded(report: bytes) -> tuple[str, ...]:
    """The acts that a report does not say were impossible."""
    lines = report.decode(errors="replace").splitlines()
    return tuple(name for name in ACTS if not any(line.startswith(f"{name} could not") for line in lines))


if __name__ == "__main__":
    attempt(json.loads(sys.argv[1]), sys.stdout.buffer)
