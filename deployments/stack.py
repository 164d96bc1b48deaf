"""The embedded stack: a Prefect server on its SQLite, a process work pool, one worker, all deployments, a server that shows
what was made, and the gateway, at which videos are ordered.

    python -m deployments.stack up        # start it and leave it running
    python -m deployments.stack status
    python -m deployments.stack password    # what Prefect's pages ask for
    python -m deployments.stack down      # end all of it, running generations included

Tests and the demo use it as a context manager (`running`), which ends whatever it started.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from deployments import processes
from deployments.gate import first_key, start_gateway, usual_gateway_port
from deployments.keep import BEGUN
from deployments.startup import Claims, answers, has_ended, wait_for
from deployments.surroundings import auth_string, environment, home, local
from reel.control.usable import require_usable
from reel.disk import keep_private
from reel.errors import ReelError
from reel.settings import Settings, settings
from reel.store import sweep

POOL = "reelflow"
USUAL_PORT, USUAL_OUTPUTS_PORT = 4200, 4201
"""Prefect's own, and the next ones."""


@dataclass(frozen=True)
class Stack:
    """A running stack."""

    mark: str
    port: int
    server: int
    worker: int
    outputs: int | None = None
    """The process that serves the outputs; null where they are in a bucket, which serves them itself."""
    gateway_port: int | None = None
    """Where the gateway is; null where there is none."""
    auth: str = field(default="", repr=False)
    """What its server asks for as long as it runs, whatever the installation's secret is by now."""
    gateway: tuple[int, ...] = ()
    """The processes that keep the gateway and what is beside it; none where there is none."""

    @property
    def processes(self) -> set[int]:
        """All of its processes that have to be there for it to run."""
        return {self.server, self.worker, *self.gateway} | ({self.outputs} if self.outputs else set())

    @property
    def url(self) -> str:
        """Where the UI is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def api(self) -> str:
        return f"{self.url}/api"

    @property
    def gateway_url(self) -> str | None:
        """Where orders are taken; null where none are."""
        return f"http://127.0.0.1:{self.gateway_port}" if self.gateway_port else None


def configured() -> Settings:
    """The settings, with which a worker can work; ends the process, in words, where they are wrong."""
    try:
        config = settings()
        require_usable(config)
    except ReelError as error:
        sys.exit(str(error))
    return config


def connect(port: int, auth: str = "") -> None:
    """Point the Prefect client of this process at the stack."""
    os.environ.update({name: value for name, value in environment(port, "").items() if name.startswith("PREFECT_")})
    os.environ.update({"PREFECT_API_AUTH_STRING": auth} if auth else {})
    if prefect := sys.modules.get("prefect.context"):  # it has read the environment when it was imported
        prefect.refresh_global_settings_context()


def start_stack(*, tied: bool, gateway: bool = False) -> Stack:
    """Start a stack. A `tied` one ends with this process; with a `gateway`, orders are taken over HTTP too. With settings that
    no worker can work with, nothing is started."""
    configured()
    home().mkdir(0o700, parents=True, exist_ok=True)
    keep_private(home())  # what runs were given is in its database
    with Claims() as ports:
        return _started(ports, _noted(), tied=tied, gateway=gateway)


def _started(ports: Claims, last: Stack | None, *, tied: bool, gateway: bool) -> Stack:
    """A new stack, on the ports of the `last` one where the usual ones are taken."""
    port, mark = ports.port(USUAL_PORT, last.port if last else None), secrets.token_hex(8)
    outputs_port = ports.port(USUAL_OUTPUTS_PORT) if _serves_outputs() else None
    orders_port = ports.port(usual_gateway_port(), last.gateway_port if last else None) if gateway else None
    variables = environment(port, mark, local(outputs_port), local(orders_port))
    logs = home() / "logs"
    try:
        python = [sys.executable, "-m"]
        serve = [*python, "deployments.server", "--host", "127.0.0.1", "--port", str(port)]
        server = processes.start_process(kept_once_begun(serve), variables, logs / "server.log", tied=tied)
        prepare = processes.start_process(
            [sys.executable, "-m", "deployments.setup", "--no-automations"], variables, logs / "setup.log", tied=True
        )
        wait_for("the Prefect server", partial(answers, port, server, logs / "server.log"), logs / "server.log")
        wait_for(
            "the work pool and the deployments", partial(has_ended, prepare, logs / "setup.log"), logs / "setup.log"
        )
        # A stack that is ended does not wait for generations; they can be retried.
        work = [*python, "deployments.keep", *python, "deployments.worker", "--pool", POOL, "--drain-seconds", "0"]
        worker = processes.start_process(work, variables, logs / "worker.log", tied=tied)
        outputs = None
        beside: tuple[int, ...] = ()
        if outputs_port:
            show = kept_once_begun(serve_outputs(outputs_port))
            outputs = processes.start_process(show, variables, logs / "outputs.log", tied=tied)
        if orders_port:
            beside = start_gateway(variables, orders_port, logs, tied=tied)
    except BaseException:
        processes.end(mark, [])
        raise
    return Stack(mark, port, server, worker, outputs, orders_port, auth_string(), beside)


def kept_once_begun(command: list[str]) -> list[str]:
    """The command that starts one again whenever it dies, but not where it cannot begin."""
    return [sys.executable, "-m", "deployments.keep", BEGUN, *command]


def serve_outputs(port: int) -> list[str]:
    """The command that serves the outputs on this machine's loopback interface."""
    return [sys.executable, "-m", "uvicorn", "--factory", "deployments.outputs:serve", "--port", str(port)]


def _serves_outputs() -> bool:
    """Whether browsers need a server to see what is made: it lies in a folder, and nobody serves that."""
    config = settings()
    return not config.outputs_url and "://" not in config.outputs_location


def stop(stack: Stack) -> None:
    """End a stack: the worker first, so that its runs end while there is a server to tell.

    A second Ctrl-C does not stop this. What killed runs left in the scratch folder goes too.
    """
    with _uninterrupted():
        processes.end(stack.mark, [stack.worker, stack.server])
        sweep(settings().scratch_folder)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def running() -> Iterator[Stack]:
    """A stack for the length of a block: the one that `up` left running, else a new one that ends with the block."""
    stack = current()
    if stack:
        yield stack
        return
    stack = start_stack(tied=True)
    try:
        yield stack
    finally:
        stop(stack)


def current() -> Stack | None:
    """The stack that `up` started, if it still runs, with all that belongs to it."""
    stack = _noted()
    return stack if stack and stack.processes <= set(processes.marked(stack.mark)) else None


def _noted() -> Stack | None:
    """The stack that `up` started last, whether or not it still runs."""
    try:
        return Stack(**json.loads(_notes().read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _notes() -> Path:
    return home() / "stack.json"


def up() -> None:
    """Start the stack and leave it running."""
    stack = current()
    if stack is None:
        end_noted()  # what is left of one of which something has died
        stack = start_stack(tied=False, gateway=True)
        home().mkdir(parents=True, exist_ok=True)
        _notes().touch(mode=0o600)
        _notes().chmod(0o600)  # a password is in it
        _notes().write_text(json.dumps(asdict(stack)))
    print(
        f"Running. Order videos at {stack.gateway_url}, watch them at {stack.url} (Prefect), end it all with `make down`.\n"
        f"Prefect's pages ask for a password: `{called('python')} -m deployments.stack password`."
    )
    if key := first_key(settings().catalogue_url):
        print(
            f"The key of the tenant `default`, which is shown this once (`{called('reel')} key add` makes others): {key}"
        )


def called(program: str) -> str:
    """How a program of this environment is called from this folder: nobody has to have activated it."""
    return os.path.relpath(Path(sys.executable).with_name(program))


def down() -> None:
    """End the stack that `up` started."""
    print("Ended." if end_noted() else "Nothing is running.")


def end_noted() -> bool:
    """End what runs of the stack that `up` started last; whether anything did. The note of it stays, for its port."""
    stack = _noted()
    if stack is None or not processes.marked(stack.mark):
        return False
    stop(stack)
    return True


def status() -> None:
    """Say whether the stack runs."""
    stack = current()
    print(f"Running: orders at {stack.gateway_url}, Prefect at {stack.url}." if stack else "Not running.")


def password() -> None:
    """Show what Prefect's pages ask for."""
    stack = current()
    print((stack and stack.auth) or auth_string())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The embedded stack: Prefect server, work pool, worker.")
    parser.add_argument("command", choices=["up", "down", "status", "password"])
    {"up": up, "down": down, "status": status, "password": password}[parser.parse_args().command]()
