"""A worker to whose runs something happens on their way to their first word, and that looks for lost runs all the time.

    python -m tests.flows.faulty_worker --pool faulty --name faulty

What happens to a run is its parameter `terms.project`, once for each run.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import UUID

import httpx
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun

from deployments import upkeep, watch, worker
from deployments.draining import DrainingWorker

LATE = httpx.ReadTimeout("injected")

happened: set[UUID] = set()


def befalls(run: FlowRun, fault: str) -> bool:
    """Whether that happens to a run now; to each only once."""
    if run.id in happened or fault != (run.parameters.get("terms") or {}).get("project"):
        return False
    happened.add(run.id)
    return True


class FaultyWorker(DrainingWorker):
    """Loses calls and answers."""

    @classmethod
    def __dispatch_key__(cls) -> str:
        return "faulty-process"

    async def _submit_run(self, flow_run: FlowRun) -> None:
        if befalls(flow_run, "no-deployment"):
            with_fault: Any = self.client
            with_fault.read_deployment = partial(self._late_once, "read_deployment")
        await super()._submit_run(flow_run)

    async def _late_once(self, name: str, *_: Any) -> None:
        delattr(self.client, name)
        raise LATE

    async def _propose_pending_state(self, flow_run: FlowRun) -> bool:
        taken = await super()._propose_pending_state(flow_run)
        if befalls(flow_run, "answer-lost"):
            self.taken.discard(flow_run.id)
            return False
        return taken

    async def _submit_run_and_capture_errors(self, flow_run: FlowRun, task_status: Any = None) -> Any:
        if befalls(flow_run, "label-late"):
            self._give_worker_labels_to_flow_run = partial(self._unlabelled, again=False)  # type: ignore[method-assign]
        elif befalls(flow_run, "server-away"):
            self._give_worker_labels_to_flow_run = partial(self._unlabelled, again=True)  # type: ignore[method-assign]
        return await super()._submit_run_and_capture_errors(flow_run, task_status)

    async def _unlabelled(self, run_id: UUID, *, again: bool) -> None:
        del self._give_worker_labels_to_flow_run
        if again:  # nor can it say that this run did not start
            with_fault: Any = self.client
            with_fault.read_flow_run = partial(self._late_once, "read_flow_run")
        raise LATE

    async def run(self, flow_run: FlowRun, configuration: Any, task_status: Any = None) -> Any:
        if befalls(flow_run, "killed-untold"):
            asyncio.get_running_loop().create_task(self._killed(flow_run.id))
        return await super().run(flow_run, configuration, task_status)

    async def _killed(self, run_id: UUID) -> None:
        """End its process, and lose what would be told of that."""
        while not (pid := self.processes.get(run_id)):
            await asyncio.sleep(0.1)
        original: Callable[..., Awaitable[Any]] = PrefectClient.set_flow_run_state

        async def lost(client: Any, id_: UUID, state: Any, *rest: Any, **options: Any) -> Any:
            if id_ == run_id and state.is_crashed() and not options.get("force"):
                raise LATE
            return await original(client, id_, state, *rest, **options)

        PrefectClient.set_flow_run_state = lost  # type: ignore[method-assign,assignment]
        watch.signalled(pid, signal.SIGKILL)


if __name__ == "__main__":
    setattr(worker, "DrainingWorker", FaultyWorker)  # noqa: B010 - it is the one that `main` starts
    watch.UNWATCHED_SECONDS = watch.SUSPECTED_SECONDS = 2.0
    upkeep.RECONCILE_SECONDS = upkeep.RECOVER_SECONDS = 1.0
    worker.main()
