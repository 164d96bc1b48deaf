"""Waiting for the parts of a stack to start, and what they need for that."""

from __future__ import annotations

import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from deployments import processes
from reel.patience import SYSTEM, Clock, Policy, wait_until

START_SECONDS = 600.0
"""Only what hangs takes so long. The first start of a server makes its database: seconds, or minutes on a busy machine."""

TELL_SECONDS = 15.0
"""How often it is said what is being waited for."""

ANSWER_SECONDS = 20.0
"""How long a server that is starting has for one answer."""


def free_port(usual: int, last: int | None = None) -> int:
    """The usual port where it is free, else the one that was taken last, else any."""
    for port in (usual, *([last] if last else []), 0):
        with socket.socket() as probe:
            # As the server itself binds: connections of the one before linger for a minute, and keep nobody away.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise AssertionError("port 0 always binds")


def wait_for(what: str, is_there: Callable[[], bool], log: Path, clock: Clock = SYSTEM) -> None:
    """Wait for a part of the stack; on a machine that is slow or busy, say so now and then."""
    began = clock.now()
    while not wait_until(is_there, Policy((0.2,), seconds=TELL_SECONDS), clock):
        waited = clock.now() - began
        if waited > START_SECONDS:
            raise SystemExit(f"Gave up waiting for {what} after {START_SECONDS:g} s; see {log}")
        print(f"Waiting for {what}, for {waited:.0f} s now; its log: {log}", file=sys.stderr, flush=True)


def answers(port: int, server: int, log: Path, path: str = "/api/health") -> bool:
    """Whether a server answers; ends this process, in words, where it is gone."""
    if not processes.is_alive(server):
        raise SystemExit(f"The server ended at once; see {log}")
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=ANSWER_SECONDS):
            return True
    except (urllib.error.URLError, OSError):
        return False


def has_ended(setup: int, log: Path) -> bool:
    """Whether the setup is done; ends this process, in words, where it failed."""
    code = processes.exit_code(setup, 0)
    if code:
        raise SystemExit(f"The work pool or the deployments could not be made; see {log}")
    return code == 0
