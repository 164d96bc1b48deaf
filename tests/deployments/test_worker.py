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

from deployments import watch as module
from deployments.draining import DrainingWorker
from deployments.priority import by_priority
from deployments.watch import (
    CANCEL_SECONDS,
    END_SECONDS,
    LINGER_SECONDS,
    START_SECONDS,
    end_cancelled,
    end_unwatched,
)
from deployments.worker import once_set_up
from flows.kind import WORKER_LABEL


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
        (StateType.PENDING, START_SECONDS - 1, None),
        (StateType.PENDING, START_SECONDS + 1, signal.SIGKILL),
        (StateType.PAUSED, 1000.0, None),
        *(
            (state, LINGER_SECONDS + sooner_or_later, ended_by)
            for state in (StateType.CRASHED, StateType.SCHEDULED, StateType.COMPLETED, StateType.FAILED)
            for sooner_or_later, ended_by in ((-1, None), (1, signal.SIGKILL))
        ),
    ],
)
def test_a_process_is_ended_whose_run_goes_on_without_it_within_three_minutes(
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
        assert seconds < 180
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


ME, OTHER = "here", "there"


class Pool:
    """Answers as a server does: one run under way, and which workers are alive."""

    def __init__(self, state: State[Any], label: str | None, online: tuple[str, ...]) -> None:
        labels = {WORKER_LABEL: label} if label else {}
        self.run = SimpleNamespace(
            id=uuid4(),
            state=state,
            state_type=state.type,
            state_name=state.name,
            labels=labels,
            work_pool_name="reelflow",
        )
        self.online = online
        self.told: list[StateType] = []

    async def read_flow_runs(self, flow_run_filter: Any) -> list[Any]:
        return [self.run]

    async def read_workers_for_work_pool(self, name: str) -> list[Any]:
        return [SimpleNamespace(name=each, status="ONLINE") for each in self.online]

    async def set_flow_run_state(self, id_: Any, state: State[Any], force: bool) -> None:
        self.told.append(state.type)


@pytest.mark.parametrize("state", [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING])
@pytest.mark.parametrize(
    ("label", "online", "has_it", "lost"),
    [
        (None, (ME, OTHER), False, True),  # its start failed before it got its label
        (None, (ME, OTHER), True, False),  # ...or is just about to get it
        (ME, (ME,), True, False),
        (ME, (ME,), False, True),
        (OTHER, (ME, OTHER), False, False),
        (OTHER, (ME,), False, True),
    ],
)
def test_a_run_that_no_worker_has_is_noticed_within_three_minutes(
    monkeypatch: pytest.MonkeyPatch,
    state: StateType,
    label: str | None,
    online: tuple[str, ...],
    has_it: bool,
    lost: bool,
) -> None:
    began = now("UTC")
    pool = Pool(State(type=state, name=state.value.title(), timestamp=began), label, online)
    taken = {pool.run.id} if has_it else set()
    worker: Any = SimpleNamespace(
        client=pool, name=ME, processes={}, taken=taken, suspected={}, _work_pool_name="reelflow"
    )
    seconds = 0
    while not pool.told and seconds < 600:
        monkeypatch.setattr(module, "now", lambda zone, at=seconds: began + timedelta(seconds=at))
        asyncio.run(end_unwatched(worker))
        seconds += 15
    ended = StateType.CANCELLED if state == StateType.CANCELLING else StateType.CRASHED
    assert pool.told == [ended] * lost
    assert not lost or seconds <= 180


def test_workers_that_a_server_has_not_heard_of_since_it_is_back_are_not_taken_for_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    began = now("UTC")
    pool = Pool(State(type=StateType.RUNNING, timestamp=began), OTHER, (ME,))
    worker: Any = SimpleNamespace(
        client=pool, name=ME, processes={}, taken=set(), suspected={}, _work_pool_name="reelflow"
    )
    for seconds in range(600, 1200, 15):
        pool.online = (ME, OTHER) if seconds % 60 == 0 else (ME,)
        monkeypatch.setattr(module, "now", lambda zone, at=seconds: began + timedelta(seconds=at))
        asyncio.run(end_unwatched(worker))
    assert pool.told == []


def offered(name: str, minute: int, parameters: dict[str, Any]) -> Any:
    at = now("UTC") + timedelta(minutes=minute)
    return SimpleNamespace(flow_run=SimpleNamespace(name=name, parameters=parameters, next_scheduled_start_time=at))


def order(name: str, minute: int, priority: str | None = None) -> Any:
    terms = {"terms": {"priority": priority}} if priority else {}
    return offered(name, minute, {"request": {}, **terms})


def test_generations_start_by_their_own_priority_and_turn_and_all_else_keeps_its_place() -> None:
    """As the server offers them: by queue, then by time; what Prefect's API triggered lies in its deployment's queue."""
    found = [
        order("late batch", 2, "batch"),
        offered("janitor", 3, {"dry_run": False}),
        order("plain", 5),
        order("interactive", 4, "interactive"),
        order("early batch", 1, "batch"),
        order("nightly", 0, "regeneration"),
    ]
    names = [entry.flow_run.name for entry in by_priority(found)]
    assert names == ["interactive", "janitor", "plain", "early batch", "late batch", "nightly"]


@pytest.mark.parametrize("look", [end_cancelled, end_unwatched])
def test_nothing_is_looked_after_before_the_worker_is_set_up(look: Any) -> None:
    """Prefect's worker has no client then, and says that it "has not been correctly initialized"."""
    worker: Any = DrainingWorker("pool")
    worker.processes[uuid4()] = 1
    asyncio.run(once_set_up(worker, look))
