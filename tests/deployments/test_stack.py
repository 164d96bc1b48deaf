"""How the embedded stack is waited for, and how a process gets to know of it."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from deployments import processes, stack, startup, surroundings
from tests.waiting import Passing, wait_for


def test_what_is_waited_for_is_said_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    time = Passing()
    startup.wait_for("the server", lambda: time.now() > 40, Path("server.log"), time.clock())
    assert capsys.readouterr().err.splitlines() == [
        "Waiting for the server, for 15 s now; its log: server.log",
        "Waiting for the server, for 30 s now; its log: server.log",
    ]


def test_what_does_not_come_is_given_up(capsys: pytest.CaptureFixture[str]) -> None:
    time = Passing()
    with pytest.raises(SystemExit, match=r"Gave up waiting for the server after 600 s; see server\.log"):
        startup.wait_for("the server", lambda: False, Path("server.log"), time.clock())
    assert 600 <= time.now() < 620


CONNECT = """
import prefect.context
from deployments import stack
stack.connect(4321)
from prefect.client.orchestration import get_client
from prefect.settings import get_current_settings
print(get_client(sync_client=True).api_url, get_current_settings().server.ephemeral.enabled)
"""


def test_a_process_that_has_imported_prefect_gets_to_know_the_server_too(tmp_path: Path) -> None:
    environment = {"PREFECT_HOME": str(tmp_path), "PYTHONPATH": str(surroundings.ROOT)}
    said = subprocess.run([sys.executable, "-c", CONNECT], env=environment, check=True, capture_output=True, text=True)
    assert said.stdout.split() == ["http://127.0.0.1:4321/api/", "False"]


def lingering_port() -> int:
    """A port on which a server has just ended a connection, and that a new one may take."""
    with socket.socket() as server, socket.socket() as client:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())
        accepted, _ = server.accept()
        accepted.close()  # whoever closes first has the connection linger
        assert client.recv(1) == b""
        return int(server.getsockname()[1])


def note(folder: Path, mark: str, port: int, server: int = 0) -> None:
    (folder / "stack.json").write_text(json.dumps(asdict(stack.Stack(mark, port, server, os.getpid()))))


def test_a_stack_takes_the_port_again_whose_last_connections_linger() -> None:
    usual, last = lingering_port(), lingering_port()
    assert startup.free_port(usual, last) == usual
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", usual))
        other.listen()
        assert startup.free_port(usual, last) == last


CLAIM = """
import sys
from deployments.startup import Claims
with Claims() as ports:
    print(ports.port(int(sys.argv[1])), flush=True)
    sys.stdin.read()
"""


def test_stacks_that_start_at_once_take_ports_of_their_own() -> None:
    """Each looked before the other's server listened: one ended, or asked the other's server for what it did not know."""
    usual = startup.free_port(0)
    command, text = [sys.executable, "-c", CLAIM, str(usual)], {"PYTHONPATH": str(surroundings.ROOT)}
    others = [
        subprocess.Popen(command, env=text, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    taken = {int(other.stdout.readline()) for other in others if other.stdout}
    for other in others:
        other.communicate()
    assert len(taken) == 3
    with startup.Claims() as ports:
        assert ports.port(usual) != ports.port(usual)


def test_what_is_left_of_a_stack_whose_worker_died_is_ended_before_another_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It would hold the port. The worker's number is somebody else's by now, who is left alone."""
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    mark = secrets.token_hex(8)
    server = processes.start_process(
        ["sleep", "600"], {**os.environ, processes.MARK: mark}, tmp_path / "log", tied=True
    )
    note(tmp_path, mark, 1, server)
    assert stack.current() is None
    assert stack.end_noted()
    assert not processes.is_alive(server)
    assert not stack.end_noted()


def test_a_stack_whose_gateway_died_for_good_does_not_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`up` said that orders are taken, and nobody took any."""
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    mark = secrets.token_hex(8)
    environment = {**os.environ, processes.MARK: mark}
    pids = [processes.start_process(["sleep", "600"], environment, tmp_path / "log", tied=True) for _ in range(4)]
    server, worker, outputs, gateway = pids
    whole = stack.Stack(mark, 1, server, worker, outputs, 4202, gateway=(gateway,))
    for pid in (outputs, gateway):
        (tmp_path / "stack.json").write_text(
            json.dumps(asdict(replace(whole, outputs=None if pid != outputs else outputs)))
        )
        assert stack.current() is not None
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: stack.current() is None, "it is seen to be gone")
    assert stack.end_noted()


def test_what_is_said_to_be_called_can_be_called_as_it_stands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fresh machine has no `python` and no `reel` in its path."""
    monkeypatch.setattr(stack, "current", lambda: stack.Stack("mark", 4200, 1, 2, gateway_port=4202))
    monkeypatch.setattr(stack, "first_key", lambda _: "reel_1")
    stack.up()
    shown = [each.split() for each in capsys.readouterr().out.split("`")[1::2]]
    programs = [program for program, *rest in shown if rest]
    assert [Path(program).name for program in programs] == ["make", "python", "reel"]
    assert all(os.access(program, os.X_OK) for program in programs[1:]), programs


def test_the_password_is_that_of_the_server_that_runs_though_the_secret_is_another_by_now(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    running = stack.Stack("mark", 4200, 1, 2, None, None, auth="reelflow:as-it-was-started")
    monkeypatch.setattr(stack, "current", lambda: running)
    stack.password()
    assert capsys.readouterr().out.strip() == running.auth
    assert running.auth not in repr(running)
    for name in ("PREFECT_API_URL", "PREFECT_API_AUTH_STRING"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    stack.connect(running.port, running.auth)
    assert os.environ["PREFECT_API_AUTH_STRING"] == running.auth
