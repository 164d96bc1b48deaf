"""Waiting for the parts of a stack to start, and what they need for that."""

from __future__ import annotations

import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from itertools import repeat
from pathlib import Path

from deployments import processes
from reel.patience import SYSTEM, Clock, Policy, wait_until

START_SECONDS = 600.0
"""Only what hangs takes so long. The first start of a server makes its database: seconds, or minutes on a busy machine."""

TELL_SECONDS = 15.0
"""How often it is said what is being waited for."""

ANSWER_SECONDS = 20.0
"""How long a server that is starting has for one answer."""


def free_port(usual: int, last: int | None = None, may_take: Callable[[int], bool] = lambda port: True) -> int:
    """The usual port where it is free, else the one that was taken last, else any that may be taken."""
    for port in (usual, *([last] if last else []), *repeat(0, 100)):
        with socket.socket() as probe:
            # As the server itself binds: connections of the one before linger for a minute, and keep nobody away.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            free = int(probe.getsockname()[1])
            if may_take(free):
                return free
    raise SystemExit("No port of this machine is free")


class Claims(ExitStack):
    """Ports that a stack has chosen while it starts: of two that start at once, each looks at the ports before the other's
    servers listen."""

    def port(self, usual: int, last: int | None = None) -> int:
        """A port, as `free_port` chooses it, that no other stack chooses until this is left."""
        return free_port(usual, last, self._claimed)

    def _claimed(self, port: int) -> bool:
        # A name in the abstract namespace: as a port, it belongs to the network namespace, and is free when its process ends.
        mark = self.enter_context(socket.socket(socket.AF_UNIX))
        try:
            mark.bind(f"\0reelflow.starts.{port}")
        except OSError:
            return False
        return True


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
