"""The process of a run says in its state's name that it was told to end, and leaves all else to Prefect."""

from __future__ import annotations

import asyncio
import inspect
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from uuid import uuid4

import httpx
import pytest
from prefect import flow_engine
from prefect.exceptions import TerminationSignal
from prefect.runner import _flow_run_executor
from prefect.states import Crashed, Pending, Running, exception_to_crashed_state
from prefect.workers import base

from deployments.engine import AWAY, crashed_state
from deployments.recovery import crashes_in
from deployments.startup import free_port
from flows.kind import kind_flow
from flows.leaving import ServerAway


@pytest.mark.parametrize(
    ("error", "name", "counts"),
    [
        (TerminationSignal(signal.SIGTERM), "GivenBack", 0),
        (ServerAway("connection refused"), "GivenBack", 0),
        (KeyboardInterrupt(), "Crashed", 1),
        (MemoryError(), "Crashed", 1),
    ],
)
def test_only_what_is_no_fault_of_the_run_is_given_back(error: BaseException, name: str, counts: int) -> None:
    state = asyncio.run(crashed_state(error))
    assert (state.name, state.is_crashed()) == (name, True)
    assert crashes_in([Running(), state]) == counts


@pytest.mark.parametrize(
    ("message", "counts"),
    [
        (f"Process exited with status code: {AWAY}. Process exited with an error.", 0),
        (f"Flow run infrastructure exited with non-zero status code {AWAY}. Process exited with an error.", 0),
        ("Flow run infrastructure exited with non-zero status code 1. Process exited with a general error.", 1),
        ("Failed to submit flow run to infrastructure: InvalidMessage: did not receive a valid HTTP response", 0),
        ("Process exited with status code: -9. Process exited due to a SIGKILL signal.", 1),
    ],
)
def test_a_death_for_want_of_prefects_server_does_not_count(message: str, counts: int) -> None:
    assert crashes_in([Pending(), Crashed(message=message)]) == counts


@pytest.mark.parametrize(
    ("told_by", "words"),
    [
        (base, "Flow run infrastructure exited with non-zero status code"),
        (base, "Failed to submit flow run to infrastructure"),
        (_flow_run_executor, "Process exited with status code: "),
    ],
)
def test_prefect_has_the_words_for_it_that_are_read(told_by: ModuleType, words: str) -> None:
    assert words in inspect.getsource(told_by)


def test_a_process_that_finds_no_server_says_so_by_its_code(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PREFECT_API_URL": f"http://127.0.0.1:{free_port(0)}/api",
        "PREFECT_HOME": str(tmp_path),
    }
    command = [sys.executable, "-m", "deployments.engine", str(uuid4())]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == AWAY, done.stderr


def test_prefect_asks_for_the_state_where_ours_is_put() -> None:
    assert vars(flow_engine)["exception_to_crashed_state"] is exception_to_crashed_state


def test_a_run_that_loses_prefects_server_has_not_failed() -> None:
    @kind_flow("mixer")
    def losing(request: object, terms: object) -> None:
        raise httpx.ConnectError("All connection attempts failed")

    with pytest.raises(ServerAway, match="All connection attempts failed"):
        losing.fn({}, {})
