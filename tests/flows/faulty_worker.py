"""A worker to whose runs something happens on their way to their first word, and that looks for lost runs all the time.

    python -m tests.flows.faulty_worker --pool faulty --name faulty

What happens to a run is its parameter `terms.project`, once for each run.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, ClassVar
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

    unlabelled: ClassVar[dict[UUID, bool]] = {}
    """Runs whose labels cannot be set; and whether the server is away for what follows, too."""

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
            self.unlabelled[flow_run.id] = False
        elif befalls(flow_run, "server-away"):
            self.unlabelled[flow_run.id] = True
        return await super()._submit_run_and_capture_errors(flow_run, task_status)

    async def _give_worker_labels_to_flow_run(self, flow_run_id: UUID) -> None:
        is_away = self.unlabelled.pop(flow_run_id, None)
        if is_away:  # nor can it say that this run did not start
            with_fault: Any = self.client
            with_fault.read_flow_run = partial(self._late_once_for, flow_run_id, with_fault.read_flow_run)
        if is_away is not None:
            raise LATE
        await super()._give_worker_labels_to_flow_run(flow_run_id)

    async def _late_once_for(self, lost: UUID, read: Callable[[UUID], Awaitable[Any]], run_id: UUID) -> Any:
        """Other runs come by at the same time, which it does not befall."""
        if run_id != lost:
            return await read(run_id)
        del self.client.read_flow_run
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
