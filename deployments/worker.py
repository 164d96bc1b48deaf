"""A worker for machines that come and go: `python -m deployments.worker --pool reelflow --limit 2`.

It is Prefect's process worker with what production needs of it:

- The first SIGTERM (or Ctrl-C) drains it: no new runs, those under way go on to their end. After `--drain-seconds`, or
  at a second signal, they are ended and given back, and another worker goes on from what is in the store.
- When it dies, its runs die with it (`flows.kind`), so that none goes on unseen. When it starts again, those count as
  crashed at once.
- Beside its runs it looks after what dead ones left, after queued generations and after webhooks (`deployments.upkeep`).
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import os
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import httpx
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import FlowRun, StateType, WorkerStatus
from prefect.states import Cancelled
from prefect.types._datetime import now
from prefect.workers.process import ProcessWorker

from deployments.automations import HEARTBEAT_SECONDS
from deployments.recovery import UNDER_WAY, end_lost_runs, end_of
from deployments.stack import POOL
from deployments.upkeep import keep_up
from flows.kind import WORKER_LABEL, WORKER_PID, note_cancelled
from flows.labels import TAG
from reel.request.terms import PRIORITIES
from reel.settings import settings
from reel.store import sweep

END_SECONDS = 20.0
"""How long a run has between SIGTERM and SIGKILL: for telling the server and clearing its scratch folder away."""
POLL_SECONDS = 0.2
CANCEL_SECONDS = 3.0
"""How long Prefect's own watch has for ending a cancelled run. It takes about one where the server is not busy."""
WORKER_HEARTBEAT_SECONDS = 10
"""How often a worker says that it lives. Prefect's server takes it for gone after three times as long."""


class DrainingWorker(ProcessWorker):
    """Takes runs until it is to drain, and knows which it has under way."""

    @classmethod
    def __dispatch_key__(cls) -> str:
        # To the server it is a process worker; in Prefect's table of classes it stands beside that, not in its place.
        return "draining-process"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.draining = False
        self.processes: dict[UUID, int | None] = {}
        """Process ids of the runs under way; null while one is being started."""
        self.taken: set[UUID] = set()
        """Runs that this worker has said are pending and that have not ended: they bear its label a moment later, or never,
        where that call fails."""
        self.suspected: dict[UUID, datetime] = {}
        """Runs under way that no worker seems to have, and since when."""

    async def get_and_submit_flow_runs(self) -> list[FlowRun]:
        """Look for runs, unless there are to be no more."""
        if self.draining:
            self._last_polled_time = now("UTC")
            return []
        try:
            return await super().get_and_submit_flow_runs()
        except httpx.TransportError as error:
            # Prefect's worker would end after a while, and its runs with it, which can go on without the server.
            print(f"the server is away: {error}", flush=True)
            return []

    async def _submit_scheduled_flow_runs(self, flow_run_response: list[Any]) -> list[FlowRun]:
        # A run that was killed and scheduled again within the same second still holds its slot here, and Prefect
        # 3.8.8's limiter ends the worker when a borrower comes twice. It is offered again at the next look.
        others = [entry for entry in flow_run_response if entry.flow_run.id not in self.processes]
        return await super()._submit_scheduled_flow_runs(by_priority(others))

    async def _propose_pending_state(self, flow_run: FlowRun) -> bool:
        self.taken.add(flow_run.id)
        taken = False
        try:
            taken = await super()._propose_pending_state(flow_run)
        finally:
            if not taken:
                self.taken.discard(flow_run.id)
        return taken

    async def _submit_run_and_capture_errors(self, flow_run: FlowRun, task_status: Any = None) -> Any:
        try:
            return await super()._submit_run_and_capture_errors(flow_run, task_status)
        finally:
            self.taken.discard(flow_run.id)

    async def _propose_crashed_state(self, flow_run: FlowRun, message: str, client: Any = None) -> None:
        # What watches the process has said so already, as a rule; saying it again would undo that the run goes on.
        # By now another worker may even have taken it.
        current = await self.client.read_flow_run(flow_run.id)
        label = current.labels.get(WORKER_LABEL)
        mine = label == self.name or (label is None and flow_run.id in self.taken)
        if mine and current.state_type in (StateType.PENDING, StateType.RUNNING):
            await super()._propose_crashed_state(flow_run, message, client)

    async def run(self, flow_run: FlowRun, configuration: Any, task_status: Any = None) -> Any:
        """Run one, and keep account of it."""
        self.processes[flow_run.id] = None
        try:
            noting: Any = _Noting(self.processes, flow_run.id, task_status)
            return await super().run(flow_run, configuration, noting)
        finally:
            del self.processes[flow_run.id]


class _Noting:
    """Passes a started process on to whoever waits for it, and notes its id."""

    def __init__(self, processes: dict[UUID, int | None], flow_run_id: UUID, status: Any) -> None:
        self._processes, self._flow_run_id, self._status = processes, flow_run_id, status

    def started(self, pid: int) -> None:
        self._processes[self._flow_run_id] = pid
        if self._status is not None:
            self._status.started(pid)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._status, name)


def by_priority(found: list[Any]) -> list[Any]:
    """What the server offers, with generations in the order of their own priority and turn: one that was triggered by Prefect's
    API lies in its deployment's queue, whatever its terms say. All else keeps its place."""
    places = [place for place, entry in enumerate(found) if isinstance(entry.flow_run.parameters.get("request"), dict)]
    ordered = sorted((found[place] for place in places), key=lambda entry: _urgency(entry.flow_run))
    result = [*found]
    for place, entry in zip(places, ordered, strict=True):
        result[place] = entry
    return result


def _urgency(run: FlowRun) -> tuple[int, float]:
    terms = run.parameters.get("terms")
    priority = terms.get("priority") if isinstance(terms, dict) else None
    rank = PRIORITIES.index(priority) if priority in PRIORITIES else 0
    return rank, run.next_scheduled_start_time.timestamp() if run.next_scheduled_start_time else 0.0


async def serve(worker: DrainingWorker, drain_seconds: float, health: bool) -> None:
    """Run a worker until it is told to stop, and let it drain."""
    await end_lost_runs(worker.name)
    loop = asyncio.get_running_loop()
    told, hurried = asyncio.Event(), asyncio.Event()

    def tell() -> None:
        (hurried if told.is_set() else told).set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, tell)
    keeping = asyncio.create_task(keep_up(partial(end_cancelled, worker), partial(end_unwatched, worker)))
    warming = asyncio.create_task(warm_up())
    working = asyncio.create_task(worker.start(with_healthcheck=health))
    stopping = asyncio.create_task(told.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not working.done():
        worker.draining = True
        print(f"draining: {len(worker.processes)} runs under way", flush=True)
        with suppress(TimeoutError):
            await asyncio.wait_for(_idle(worker, hurried), drain_seconds)
        await _give_back(worker)
        working.cancel()
    keeping.cancel()
    warming.cancel()
    with suppress(asyncio.CancelledError):
        await working


async def warm_up() -> None:
    """Have compiled what the first run with music would wait for: in a new container nothing is yet."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "reel.analyse.warm", str(os.getpid()))
    await process.wait()


async def end_cancelled(worker: DrainingWorker) -> None:
    """End runs of ours that were cancelled a while ago and go on.

    Prefect's own watch rests on the server's events, which a busy server sends minutes later, and it gives up when the
    server is away for half a minute.
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
            _signal(pid, signal.SIGTERM)
            ended.append((run, state))
        elif state.type == StateType.CANCELLED and seconds > END_SECONDS:
            _signal(pid, signal.SIGKILL)
    for run, state in ended:
        await asyncio.to_thread(note_cancelled, None, run, state)


UNWATCHED_SECONDS = 60.0
"""How long a run may stay as it is before it is asked for its worker: starting takes a few seconds, on a busy machine a minute."""
SUSPECTED_SECONDS = 60.0
"""How long it must have been seen without one: when the server was away, it takes every worker for gone until that speaks."""


async def end_unwatched(worker: DrainingWorker) -> None:
    """Have runs crash that are under way by their state and that no worker has: they would hold their places for ever, and those
    of their deployments. Automations notice some of them; the embedded stack has none.
    """
    under_way = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=UNDER_WAY)),
        tags=FlowRunFilterTags(all_=[TAG]),
    )
    moment = now("UTC")
    runs = await worker.client.read_flow_runs(flow_run_filter=under_way)
    # Such as no pool's worker starts, as parts of another run in its process, are not ours to judge.
    old = [run for run in runs if run.work_queue_name and _age(run, moment) > UNWATCHED_SECONDS]
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


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


async def _idle(worker: DrainingWorker, hurried: asyncio.Event) -> None:
    """Returns when nothing is under way, or nobody wants to wait for that."""
    while worker.processes and not hurried.is_set():
        await asyncio.sleep(POLL_SECONDS)


async def _give_back(worker: DrainingWorker) -> None:
    """End the runs under way. They tell that they were given back, end as crashed, and another worker takes them up."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in [pid for pid in worker.processes.values() if pid]:
            _signal(pid, number)
        with suppress(TimeoutError):
            await asyncio.wait_for(_idle(worker, asyncio.Event()), END_SECONDS)


@contextmanager
def only_one(name: str) -> Iterator[None]:
    """Nobody else on this machine has that name: two would take each other's runs for lost."""
    folder = settings().home / "workers"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            sys.exit(f"A worker named {name!r} runs already; give this one another --name")
        yield


def runs_at_once(processors: int) -> int:
    """How many generations a machine takes at a time: each can use all processors, a few fill the gaps of one."""
    return max(1, processors // 4)


def main(arguments: Sequence[str] | None = None) -> None:
    config = settings()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pool", default=POOL)
    parser.add_argument("--queue", action="append", help="take runs of this queue alone; may be given several times")
    parser.add_argument("--name", default=socket.gethostname(), help="unique among all workers, and lasting")
    parser.add_argument("--limit", type=int, default=runs_at_once(config.jobs), help="most runs at a time")
    parser.add_argument("--drain-seconds", type=float, default=900.0, help="how long runs under way may go on")
    parser.add_argument("--health", action="store_true", help="answer on :8080/health while it looks for runs")
    options = parser.parse_args(arguments)
    # Runs share this machine's memory; its processors the kernel shares out well by itself.
    os.environ["REEL_MEMORY_BYTES"] = str(config.memory_bytes // options.limit)
    os.environ[WORKER_PID] = str(os.getpid())
    os.environ.setdefault("PREFECT_FLOWS_HEARTBEAT_FREQUENCY", str(HEARTBEAT_SECONDS))
    worker = DrainingWorker(
        options.pool,
        options.queue,
        options.name,
        limit=options.limit,
        heartbeat_interval_seconds=WORKER_HEARTBEAT_SECONDS,
    )
    # What its runs of another life left: those of this one come and go in processes of their own.
    sweep(config.scratch_folder)
    with only_one(options.name):
        asyncio.run(serve(worker, options.drain_seconds, options.health))


if __name__ == "__main__":
    main()
