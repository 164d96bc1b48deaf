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
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.exceptions import PrefectException
from prefect.types._datetime import now
from prefect.utilities.processutils import command_to_string
from prefect.workers.process import ProcessWorker

from deployments import confined
from deployments.address import find_server
from deployments.automations import HEARTBEAT_SECONDS
from deployments.load import telling
from deployments.priority import by_priority, runs_at_once
from deployments.recovery import end_lost_runs
from deployments.stack import POOL, configured
from deployments.upkeep import keep_up
from deployments.watch import END_SECONDS, end_cancelled, end_unwatched, signalled
from flows.kind import WORKER_LABEL, WORKER_PID
from reel.confinement.selftest import sandbox
from reel.settings import settings
from reel.store import sweep

POLL_SECONDS = 0.2
ENGINE = command_to_string([sys.executable, "-m", "deployments.engine"])
"""What is started for a run. Without it, Prefect starts a process that imports all of Prefect to look for code that is to be
fetched, and that then becomes the engine and imports it again: seconds of a processor, and ours have nothing to fetch."""
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
        others = [
            entry for entry in flow_run_response if entry.flow_run.id not in self.processes and confined.may_take(entry)
        ]
        return await super()._submit_scheduled_flow_runs(by_priority(others))

    async def _submit_run(self, flow_run: FlowRun) -> None:
        # What Prefect's worker does not expect here, such as a server that answers too late, ends it, with all its runs.
        try:
            await super()._submit_run(flow_run)
        except Exception as error:  # noqa: BLE001 - it is offered again, or found without a worker
            print(f"run {flow_run.id} could not be begun: {error!r}", flush=True)
            self._submitting_flow_run_ids.discard(flow_run.id)
            self._release_limit_slot(flow_run.id)

    async def _give_worker_labels_to_flow_run(self, flow_run_id: UUID) -> None:
        await super()._give_worker_labels_to_flow_run(flow_run_id)
        await self.client.update_flow_run_labels(flow_run_id, {confined.SANDBOX_LABEL: str(sandbox())})

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
        try:
            current = await self.client.read_flow_run(flow_run.id)
        except (httpx.HTTPError, PrefectException) as error:  # it would end the worker; `end_unwatched` finds the run
            print(f"the end of run {flow_run.id} could not be told: {error!r}", flush=True)
            return
        label = current.labels.get(WORKER_LABEL)
        mine = label == self.name or (label is None and flow_run.id in self.taken)
        if mine and current.state_type in (StateType.PENDING, StateType.RUNNING):
            await super()._propose_crashed_state(flow_run, message, client)

    async def run(self, flow_run: FlowRun, configuration: Any, task_status: Any = None) -> Any:
        """Run one, and keep account of it."""
        self.processes[flow_run.id] = None
        configuration.command, configuration._command_configured = ENGINE, True
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


async def _idle(worker: DrainingWorker, hurried: asyncio.Event) -> None:
    """Returns when nothing is under way, or nobody wants to wait for that."""
    while worker.processes and not hurried.is_set():
        await asyncio.sleep(POLL_SECONDS)


async def _give_back(worker: DrainingWorker) -> None:
    """End the runs under way. They tell that they were given back, end as crashed, and another worker takes them up."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in [pid for pid in worker.processes.values() if pid]:
            signalled(pid, number)
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


def main(arguments: Sequence[str] | None = None) -> None:
    config = configured()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pool", default=POOL)
    parser.add_argument("--queue", action="append", help="take runs of this queue alone; may be given several times")
    parser.add_argument("--name", default=socket.gethostname(), help="unique among all workers, and lasting")
    parser.add_argument("--limit", type=int, default=runs_at_once(config.jobs), help="most runs at a time")
    parser.add_argument("--drain-seconds", type=float, default=900.0, help="how long runs under way may go on")
    parser.add_argument("--health", action="store_true", help="answer on :8080/health while it looks for runs")
    options = parser.parse_args(arguments)
    find_server()
    confined.begin()
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
    with only_one(options.name), telling(worker, config):
        asyncio.run(serve(worker, options.drain_seconds, options.health))


if __name__ == "__main__":
    main()
