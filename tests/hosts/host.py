"""One host: a worker with a folder and a network of its own."""

from __future__ import annotations

import os
import secrets
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from deployments import processes
from tests.hosts.network import Place


@dataclass
class Host:
    """A machine with a worker: a folder of its own for home, scratch and caches, and a network of its own."""

    name: str
    folder: Path
    place: Place
    environment: Mapping[str, str]
    mark: str = field(default_factory=lambda: secrets.token_hex(8))
    worker: int = 0
    """Process id."""

    @property
    def scratch(self) -> Path:
        return self.folder / "scratch"

    def start(self, before: Sequence[str] = ()) -> None:
        """Start its worker, by the command `before` where there is one."""
        command = [*self.place.enter, *before, sys.executable, "-m", "deployments.worker", "--name", self.name]
        environment = {**self.environment, processes.MARK: self.mark}
        self.worker = processes.start_process(command, environment, self.folder / "log", tied=True)

    def cpu_seconds(self) -> float:
        """What its worker has used, with all its runs that have ended."""
        fields = Path(f"/proc/{self.worker}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    def pids(self) -> list[int]:
        """All its processes."""
        return [*processes.marked(self.mark), *self.ffmpegs()]

    def kill(self) -> None:
        """End all its processes at once, as when its power fails."""
        while pids := [pid for pid in self.pids() if processes.is_alive(pid)]:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        processes.end(self.mark, [])

    def ffmpegs(self) -> list[int]:
        """Its FFmpegs at work: they see nothing of our environment, but their files are in its folder."""
        pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal())
        return [pid for pid in pids if "-progress" in (line := _command_line(pid)) and str(self.folder) in line]


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""
