"""A whole installation on this machine: Prefect server, catalogue on PostgreSQL, S3 behind a faulty proxy, workers; and a
gateway, where one is wanted.

Workers share nothing but these three, as on hosts of their own: each has its own home (scratch folder and cache, on a
small disk of its own where we are root) and its own Prefect home. What dies is started again, as systemd would.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from deployments import processes, surroundings
from deployments.startup import START_SECONDS, answers
from reel.catalogue import Catalogue, open_catalogue, upgrade
from reel.errors import Transient
from reel.settings import settings as settings_here
from tests.postgres import ADMIN, Server, postgres, with_extensions
from tests.s3 import CREDENTIALS, S3Server, s3_server
from tests.store.faulty import FaultyServer, faulty_server
from tests.waiting import wait_for

Answer = TypeVar("Answer")

BUCKET = "reel"
DISK_MIB = 512
"""Size of a worker's own disk."""
RESTART_SECONDS = 1.0
"""How long the supervisor waits before it starts again what died."""
SILENCE_SECONDS = 4.0
"""How long an FFmpeg may be silent here; in production 2 minutes."""
DRAIN_SECONDS = 2.0
"""How long a worker that is told to go lets its runs go on, before it gives them back."""


class Service:
    """A process that is started again whenever it ends, until it is stopped."""

    def __init__(self, name: str, command: list[str], environment: Mapping[str, str], logs: Path) -> None:
        self.name = name
        self.log = logs / f"{name}.log"
        self.pid = 0
        self._command, self._environment = command, environment
        self._over, self._may_run = threading.Event(), threading.Event()
        self._may_run.set()
        # A tied process ends with the thread that started it, so that thread lives as long as the service does.
        self._thread = threading.Thread(target=self._supervise, name=name, daemon=True)
        self._thread.start()

    def stop(self, seconds: float = 20.0) -> None:
        """End it for good."""
        self._over.set()
        self._may_run.set()
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        self._thread.join(seconds)

    def pause(self) -> Callable[[], None]:
        """End it at once; it is started again when what is returned is called."""
        self._may_run.clear()
        self.kill()
        return self._may_run.set

    def kill(self) -> None:
        """End it at once; it is started again."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def _supervise(self) -> None:
        while not self._over.is_set():
            self.pid = processes.start_process(self._command, self._environment, self.log, tied=True)
            while processes.exit_code(self.pid, 0.2) is None:
                pass
            self._over.wait(RESTART_SECONDS)
            self._may_run.wait()


@dataclass
class Host:
    """A worker with what belongs to its machine."""

    name: str
    home: Path
    """Its disk: scratch folder, cache and remembered digests."""
    small: bool
    """Whether that disk is one of its own, and small."""
    service: Service


@dataclass
class Front:
    """Where customers order: the gateway, and the process beside it that looks at what they upload."""

    url: str
    gateway: Service
    preview: Service


@dataclass
class Installation:
    """All of it, running."""

    folder: Path
    mark: str
    port: int
    database: Server
    s3: S3Server
    proxy: FaultyServer
    catalogue: Catalogue
    server: Service
    secret: str
    hosts: list[Host] = field(default_factory=list)
    front: Front | None = None

    def engines(self) -> list[int]:
        """Process ids of the runs under way."""
        return [pid for pid in processes.marked(self.mark) if "deployments.engine" in command_of(pid)]

    def ffmpegs(self) -> list[int]:
        """Process ids of every FFmpeg that works below our folder."""
        pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal())
        return [pid for pid in pids if "-progress" in (line := command_of(pid)) and str(self.folder) in line]

    def ask(self, question: Callable[[], Answer], seconds: float = 60.0) -> Answer:
        """The answer of the server or the catalogue, either of which may be away for a while."""
        from httpx import HTTPError

        deadline = time.monotonic() + seconds
        while True:
            try:
                return question()
            except (Transient, HTTPError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)


def command_of(pid: int) -> str:
    """The command line of a process; empty where it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""


@contextmanager
def installation(
    folder: Path, workers: int, settings: Mapping[str, str], limit: int = 1, *, gateway: bool = False
) -> Iterator[Installation]:
    """An installation below `folder`, with this process as a client of it; ended with the block.

    `settings` are environment variables of the workers and of the gateway, if there is to be one; `limit` is how many runs each
    worker takes at a time. Prefect must not have been imported before.
    """
    with ExitStack() as held:
        database = held.enter_context(postgres())
        s3 = held.enter_context(s3_server(folder / "s3"))
        s3.make_bucket(BUCKET)
        proxy = held.enter_context(faulty_server(s3.endpoint))
        url = database.url(database.make_database())
        upgrade(url)
        mark, port = os.urandom(8).hex(), _free_port()
        (folder / "client").mkdir()
        client = _environment(folder / "client", mark, port, url, s3.endpoint)
        os.environ.update(client)
        settings_here.cache_clear()  # what was read before was of another home, with another secret
        held.callback(processes.end, mark, [])
        logs = folder / "logs"
        python = [sys.executable, "-m"]
        serve = [*python, "deployments.server", "--host", "127.0.0.1", "--port", str(port)]
        server = Service("server", serve, client | held.enter_context(_server_database()), logs)
        held.callback(server.stop)
        setup = processes.start_process([*python, "deployments.setup"], client, logs / "setup.log", tied=True)
        assert processes.exit_code(setup, START_SECONDS) == 0, (logs / "setup.log").read_text()
        site = Installation(folder, mark, port, database, s3, proxy, open_catalogue(url), server, client["REEL_SECRET"])
        for number in range(1, workers + 1):
            home, small = held.enter_context(_disk(folder / f"host{number}"))
            environment = {**_environment(home, mark, port, url, proxy.endpoint), **settings}
            (home / "prefect").mkdir()
            command = [*python, "deployments.worker", "--name", f"host{number}", "--limit", str(limit)]
            service = Service(f"host{number}", [*command, "--drain-seconds", str(DRAIN_SECONDS)], environment, logs)
            held.callback(service.stop)
            site.hosts.append(Host(f"host{number}", home, small, service))
        if gateway:
            site.front = held.enter_context(_front(folder / "front", {**client, **settings}, logs))
        for host in site.hosts:
            wait_for(lambda log=host.service.log: "started!" in log.read_text(), f"{host.name} to start")  # type: ignore[misc]
        yield site


@contextmanager
def _front(home: Path, environment: Mapping[str, str], logs: Path) -> Iterator[Front]:
    """A gateway that answers, with what belongs to its machine in `home`."""
    (home / "prefect").mkdir(parents=True)
    port = _free_port()
    own = {"REEL_HOME": str(home), "PREFECT_HOME": str(home / "prefect"), "REEL_GATEWAY_PORT": str(port)}
    variables = {**environment, **own}
    python = [sys.executable, "-m"]
    gateway = Service("gateway", [*python, "gateway"], variables, logs)
    preview = Service("preview", [*python, "deployments.preview"], variables, logs)
    try:
        wait_for(lambda: gateway.pid and answers(port, gateway.pid, gateway.log, "/readyz"), "the gateway to answer")
        yield Front(f"http://127.0.0.1:{port}", gateway, preview)
    finally:
        preview.stop()
        gateway.stop()


@contextmanager
def _server_database() -> Iterator[dict[str, str]]:
    """Settings of a Prefect server on a PostgreSQL of its own, as in production; on SQLite where the system has none."""
    if (binaries := with_extensions()) is None:
        yield {}
        return
    with postgres(binaries) as database:
        url = f"postgresql+asyncpg://{ADMIN}@/{database.make_database()}?host={database.folder}"
        yield {"PREFECT_SERVER_DATABASE_CONNECTION_URL": url}


def _environment(home: Path, mark: str, port: int, catalogue: str, s3: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "REEL_"))}
    return {
        **clean,
        **{name: value for name, value in surroundings.environment(port, mark).items() if name.startswith("PREFECT_")},
        **CREDENTIALS,
        processes.MARK: mark,
        "PYTHONPATH": str(surroundings.ROOT),
        "PREFECT_HOME": str(home / "prefect"),
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
        "REEL_HOME": str(home),
        # Each machine would make one of its own, and no other could read what it has sealed.
        "REEL_SECRET": mark * 4,
        "REEL_LIBRARY": f"s3://{BUCKET}/library",
        "REEL_STORE": f"s3://{BUCKET}/store",
        "REEL_OUTPUTS": f"s3://{BUCKET}/outputs",
        "REEL_S3_ENDPOINT": s3,
        "REEL_CATALOGUE": catalogue,
        "REEL_SILENCE_SECONDS": str(SILENCE_SECONDS),
        "REEL_MIN_FREE_BYTES": str(8 << 20),
        "REEL_JOBS": "2",
    }


@contextmanager
def _disk(folder: Path) -> Iterator[tuple[Path, bool]]:
    """A folder on a small disk of its own; where we may not make one, a plain folder, and false."""
    folder.mkdir(parents=True)
    options = ["-t", "tmpfs", "-o", f"size={DISK_MIB}m", "reel-faults", str(folder)]
    small = os.geteuid() == 0 and subprocess.run(["mount", *options], capture_output=True, check=False).returncode == 0
    try:
        yield folder, small
    finally:
        if small:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
