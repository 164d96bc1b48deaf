"""Whoever attacks: gives orders to a worker, and watches what it takes, whom it calls, and whether it goes on."""

from __future__ import annotations

import json
import os
import secrets
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MOST_SECONDS = 60.0
MOST_BYTES = 2 << 30
NAMED = ("well", "InvalidRequest", "BadMedia", "Transient", "Resource", "Damaged")
"""How an attack may end."""
LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class Outcome:
    """What came of one attack."""

    name: str
    ended: str
    said: str
    seconds: float
    cpu_seconds: float
    """Of processors, in all processes together."""
    peak_bytes: int
    """In all processes together, each page counted once (PSS)."""

    def faults(self, canary: str) -> list[str]:
        """What must not be; none where the attack was held off."""
        found = []
        if self.ended not in NAMED:
            found.append(f"ended as {self.ended}: {self.said[:300]}")
        if self.seconds > MOST_SECONDS * crowd():
            found.append(f"took {self.seconds:.0f} s")
        if self.peak_bytes > MOST_BYTES:
            found.append(f"took {self.peak_bytes / 1e9:.2f} GB")
        if canary in self.said:
            found.append("tells of the canary")
        return [f"{self.name}: {each}" for each in found]


def crowd() -> float:
    """How many wait for each processor of this machine, itself included: others' work takes time of ours."""
    return max(1.0, os.getloadavg()[0] / len(os.sched_getaffinity(0)))


@dataclass
class Listener:
    """Somebody who must not be called."""

    port: int
    hits: list[str] = field(default_factory=list)


@contextmanager
def listening() -> Iterator[Listener]:
    """A server on all addresses of this machine, which notes whoever connects."""
    with socket.socket(socket.AF_INET6) as server:
        server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        server.bind(("::", 0))
        server.listen()
        found = Listener(server.getsockname()[1])

        def serve() -> None:
            while True:
                try:
                    caller, address = server.accept()
                except OSError:
                    return
                with caller:
                    caller.settimeout(1)
                    try:
                        found.hits.append(f"{address[0]}: {caller.recv(200)!r}")
                    except OSError:
                        found.hits.append(str(address[0]))

        threading.Thread(target=serve, daemon=True).start()
        yield found
        server.shutdown(socket.SHUT_RDWR)


class Target:
    """A worker that takes orders, started anew where it died."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.canary = folder, secrets.token_hex(16)
        self.deaths = 0
        for name in ("assets", "elsewhere"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "elsewhere" / "canary").write_text(self.canary)
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "REEL_HOME": str(folder / "home"),
            "REEL_FILE_ROOTS": json.dumps([str(folder / "assets")]),
            "REEL_WEB_PORTS": json.dumps([80, 443, port]),
            "REEL_PROBE_SECONDS": "20",
            "REEL_STEP_SECONDS": "50",
            "AWS_SECRET_ACCESS_KEY": self.canary,
        }
        self._process = self._started()

    def attack(self, name: str, order: Mapping[str, Any]) -> Outcome:
        """Give an order, and wait for the answer; one that does not come in twice the time is a death."""
        begun, peak, before = time.monotonic(), 0, spent_seconds(self._process.pid)
        assert self._process.stdin
        assert self._process.stdout
        try:
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()
            while not select.select([self._process.stdout], [], [], LOOK_SECONDS)[0]:
                peak = max(peak, held_bytes(self._process.pid))
                if time.monotonic() - begun > 2 * MOST_SECONDS * crowd():
                    break
            else:
                if line := self._process.stdout.readline():
                    told = json.loads(line)
                    seconds, cpu = time.monotonic() - begun, spent_seconds(self._process.pid) - before
                    return Outcome(name, told["class"], told["said"], seconds, cpu, peak)
        except (BrokenPipeError, ValueError):
            pass
        seconds = time.monotonic() - begun
        self.deaths += 1
        self.end()
        self._process = self._started()
        return Outcome(name, "the worker's death", "", seconds, 0.0, peak)

    def read(self) -> list[str]:
        """Files that the worker made and that hold the canary."""
        return [
            str(path)
            for path in (self.folder / "home").rglob("*")
            if path.is_file() and not path.is_symlink() and self.canary.encode() in path.read_bytes()
        ]

    def end(self) -> None:
        for pid in tree(self._process.pid):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()

    def _started(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.attack.victim", str(self.folder)]
        log = (self.folder / "victim.log").open("ab")
        with log:
            started = subprocess.Popen(
                command, env=self._environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
            )
        assert started.stdout
        assert b"ready" in started.stdout.readline(), "see victim.log"
        return started


@contextmanager
def target(folder: Path, port: int) -> Iterator[Target]:
    """A worker to attack; it ends with the context."""
    found = Target(folder, port)
    try:
        yield found
    finally:
        found.end()


def tree(pid: int) -> list[int]:
    """A process and all that come from it, parents first."""
    found = [pid]
    for each in found:
        try:
            for task in Path(f"/proc/{each}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
        except OSError:
            continue
    return found


def spent_seconds(pid: int) -> float:
    """Of processors, by a process and all that come from it, those that have ended included."""
    ticks = 0
    for each in tree(pid):
        try:
            ticks += sum(map(int, Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()[11:15]))
        except OSError:
            continue
    return ticks / os.sysconf("SC_CLK_TCK")


def held_bytes(pid: int) -> int:
    """Memory that a process and all that come from it hold, each page counted once."""
    total = 0
    for each in tree(pid):
        try:
            for line in Path(f"/proc/{each}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) << 10
        except OSError:
            continue
    return total
