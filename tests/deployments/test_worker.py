"""What a worker does about runs of its own that were cancelled, with a server that answers what the table says."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from prefect.client.schemas.objects import State, StateType
from prefect.types._datetime import now

from deployments import worker as module
from deployments.worker import CANCEL_SECONDS, END_SECONDS, end_cancelled


class Server:
    """Knows one run, and keeps what it is told of it."""

    def __init__(self, state: State[Any]) -> None:
        self.run = SimpleNamespace(id=uuid4(), state=state, parameters={})
        self.told: list[tuple[StateType, bool]] = []

    async def read_flow_runs(self, flow_run_filter: Any) -> list[Any]:
        return [self.run] if self.run.id in flow_run_filter.id.any_ else []

    async def set_flow_run_state(self, id_: Any, state: State[Any], force: bool) -> None:
        assert id_ == self.run.id
        self.told.append((state.type, force))


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as sleeping:
        yield sleeping
        sleeping.kill()


@pytest.mark.parametrize(
    ("state", "seconds", "ended_by"),
    [
        (StateType.RUNNING, 1000.0, None),
        (StateType.CANCELLING, CANCEL_SECONDS - 1, None),
        (StateType.CANCELLING, CANCEL_SECONDS + 1, signal.SIGTERM),
        (StateType.CANCELLED, END_SECONDS - 1, None),
        (StateType.CANCELLED, END_SECONDS + 1, signal.SIGKILL),
    ],
)
def test_a_cancelled_run_is_ended_where_prefect_does_not(
    process: subprocess.Popen[bytes],
    monkeypatch: pytest.MonkeyPatch,
    state: StateType,
    seconds: float,
    ended_by: signal.Signals | None,
) -> None:
    noted: list[Any] = []
    monkeypatch.setattr(module, "note_cancelled", lambda flow, run, state: noted.append(run))
    server = Server(State(type=state, timestamp=now("UTC") - timedelta(seconds=seconds)))
    worker: Any = SimpleNamespace(client=server, processes={server.run.id: process.pid, uuid4(): None})
    asyncio.run(end_cancelled(worker))
    if ended_by is None:
        assert process.poll() is None
    else:
        assert process.wait() == -ended_by
    told = ended_by == signal.SIGTERM
    assert server.told == [(StateType.CANCELLED, True)] * told
    assert noted == [server.run] * told


def test_a_run_that_has_ended_by_itself_meanwhile_is_no_error(
    process: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    process.kill()
    process.wait()
    monkeypatch.setattr(module, "note_cancelled", lambda flow, run, state: None)
    server = Server(State(type=StateType.CANCELLING, timestamp=now("UTC") - timedelta(seconds=60)))
    worker: Any = SimpleNamespace(client=server, processes={server.run.id: process.pid})
    asyncio.run(end_cancelled(worker))
    assert server.told
