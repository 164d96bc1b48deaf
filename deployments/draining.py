"""Prefect's process worker with what production needs of it: see `deployments.worker`, which starts it."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.exceptions import PrefectException
from prefect.types._datetime import now
from prefect.utilities.processutils import command_to_string
from prefect.workers.process import ProcessWorker

from deployments import confined
from deployments.priority import by_priority
from flows.kind import WORKER_LABEL
from reel.confinement.selftest import sandbox

ENGINE = command_to_string([sys.executable, "-m", "deployments.engine"])
"""What is started for a run. Without it, Prefect starts a process that imports all of Prefect to look for code that is to be
fetched, and that then becomes the engine and imports it again: seconds of a processor, and ours have nothing to fetch."""


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
