"""How the embedded stack is waited for, and how a process gets to know of it."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from deployments import stack


class Clock:
    """Ten seconds later whenever it is looked at."""

    def __init__(self) -> None:
        self._seconds = itertools.count(0, 10)

    def monotonic(self) -> float:
        return next(self._seconds)

    def sleep(self, seconds: float) -> None:
        pass


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "time", Clock())


def test_what_is_waited_for_is_said_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    looks = itertools.count()
    stack._wait("the server", lambda: next(looks) == 5, Path("server.log"))
    assert capsys.readouterr().err.splitlines() == [
        "Waiting for the server, for 20 s now; its log: server.log",
        "Waiting for the server, for 40 s now; its log: server.log",
    ]


def test_what_does_not_come_is_given_up(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"Gave up waiting for the server after 600 s; see server\.log"):
        stack._wait("the server", lambda: False, Path("server.log"))


CONNECT = """
import prefect.context
from deployments import stack
stack.connect(4321)
from prefect.client.orchestration import get_client
from prefect.settings import get_current_settings
print(get_client(sync_client=True).api_url, get_current_settings().server.ephemeral.enabled)
"""


def test_a_process_that_has_imported_prefect_gets_to_know_the_server_too(tmp_path: Path) -> None:
    environment = {"PREFECT_HOME": str(tmp_path), "PYTHONPATH": str(stack.ROOT)}
    said = subprocess.run([sys.executable, "-c", CONNECT], env=environment, check=True, capture_output=True, text=True)
    assert said.stdout.split() == ["http://127.0.0.1:4321/api/", "False"]
