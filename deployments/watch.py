"""What a worker does about runs that go wrong under its eyes: such as were called off and go on, and such as nobody has."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import FlowRun, State, StateType, WorkerStatus
from prefect.states import Cancelled
from prefect.types._datetime import now

from deployments.recovery import UNDER_WAY, end_of
from flows.kind import WORKER_LABEL, note_cancelled
from flows.labels import TAG

if TYPE_CHECKING:
    from deployments.draining import DrainingWorker

END_SECONDS = 20.0
"""How long a run has between SIGTERM and SIGKILL: for telling the server and clearing its scratch folder away."""
START_SECONDS = 150.0
"""How long a run may take from its worker's hands to its first word: it starts Python, on a busy machine in a minute."""
LINGER_SECONDS = 60.0
"""How long a process may go on whose run has ended, or waits to be taken again: it still sends what it has to tell. One that
hangs would keep its worker from taking the run, or any other."""
CANCEL_SECONDS = 3.0
"""How long Prefect's own watch has for ending a cancelled run. It takes about one where the server is not busy."""


async def end_cancelled(worker: DrainingWorker) -> None:
    """End runs of ours that were cancelled a while ago and go on, and processes whose run never began or has ended before them.

    Prefect's own watch for cancelled ones rests on the server's events, which a busy server sends minutes later, and it gives
    up when the server is away for half a minute.
    """
    ids = [run_id for run_id, pid in worker.processes.items() if pid]
    if not ids:
        return
    ended = []
    for run in await worker.client.read_flow_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=ids))):
        pid, state = worker.processes.get(run.id), run.state
        if not pid or not state:
            continue
        seconds = (now("UTC") - state.timestamp).total_seconds()
        if state.type == StateType.CANCELLING and seconds > CANCEL_SECONDS:
            # First the state: what the process says of its end then changes nothing.
            await worker.client.set_flow_run_state(run.id, Cancelled(), force=True)
            signalled(pid, signal.SIGTERM)
            ended.append((run, state))
        elif _is_overdue(state, seconds):
            print(f"the process of run {run.id} is ended, which has been {state.name} for {seconds:.0f} s", flush=True)
            signalled(pid, signal.SIGKILL)
    for run, state in ended:
        await asyncio.to_thread(note_cancelled, None, run, state)


def _is_overdue(state: State[Any], seconds: float) -> bool:
    """Whether a process should be gone, or have said more, that has been silent in that state for so long."""
    match state.type:
        case StateType.RUNNING | StateType.CANCELLING | StateType.PAUSED:
            return False
        case StateType.CANCELLED:
            return seconds > END_SECONDS
        case StateType.PENDING:
            return seconds > START_SECONDS
        case _:
            return seconds > LINGER_SECONDS


UNWATCHED_SECONDS = 60.0
"""How long a run may stay as it is before it is asked for its worker: starting takes seconds, on a busy machine a minute."""
SUSPECTED_SECONDS = 60.0
"""How long it must have been seen without one: when the server was away, it takes every worker for gone until that speaks."""


async def end_unwatched(worker: DrainingWorker) -> None:
    """Have runs crash that are under way by their state and that no worker has: they would hold their places for ever.

    Automations notice some of them; the embedded stack has none.
    """
    under_way = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=UNDER_WAY)),
        tags=FlowRunFilterTags(all_=[TAG]),
    )
    moment = now("UTC")
    runs = await worker.client.read_flow_runs(flow_run_filter=under_way)
    # Another pool's runs are its workers' to judge; such as no pool's worker starts are parts of another run in its process.
    ours = [run for run in runs if run.work_pool_name == worker._work_pool_name]
    old = [run for run in ours if _age(run, moment) > UNWATCHED_SECONDS]
    lost = {run.id: run for run in old if not await _is_watched(run, worker)}
    worker.suspected = {id_: worker.suspected.get(id_, moment) for id_ in lost}
    for id_, since in worker.suspected.items():
        if (moment - since).total_seconds() > SUSPECTED_SECONDS:
            state = end_of(lost[id_])
            print(f"run {id_} is {lost[id_].state_name}, and no worker has it: {state.name}", flush=True)
            await worker.client.set_flow_run_state(id_, state, force=True)


def _age(run: FlowRun, moment: datetime) -> float:
    """Seconds since a run has its state."""
    return (moment - run.state.timestamp).total_seconds() if run.state else 0.0


async def _is_watched(run: FlowRun, worker: DrainingWorker) -> bool:
    """Whether the worker whose label a run bears has it: this one knows its runs, another one is asked to be alive."""
    label = run.labels.get(WORKER_LABEL)
    if label == worker.name or run.id in worker.taken:
        return run.id in worker.processes or run.id in worker.taken
    return label in await _online(worker)


async def _online(worker: DrainingWorker) -> set[str]:
    """Names of the pool's workers that are alive."""
    workers = await worker.client.read_workers_for_work_pool(worker._work_pool_name)
    return {each.name for each in workers if each.status == WorkerStatus.ONLINE}


def signalled(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process that may have ended."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)
