"""Spreading one generation over several machines: shares of its steps as child runs, wherever workers are idle.

Nothing rests on a child run. What it made is in the store and is found there; what it did not make, whatever became of
it, its parent makes itself.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from uuid import UUID

from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    WorkPoolFilter,
    WorkPoolFilterName,
)
from prefect.client.schemas.objects import StateType, WorkerStatus
from prefect.deployments import run_deployment
from prefect.runtime import flow_run
from prefect.states import Cancelled

from flows.steps import perform_steps
from reel.perform.perform import Made
from reel.perform.shares import publish_shares
from reel.plan.estimate import Estimate
from reel.plan.shares import part_of, shares_of
from reel.plan.step import Plan
from reel.settings import settings
from tasks.run import Run

log = logging.getLogger(__name__)

DEPLOYMENT = "share/share"
QUEUE = "share"
"""Before all others: a generation that has begun is to be finished before others begin."""
NOT_BEGUN = (StateType.SCHEDULED, StateType.PENDING)
POLL_SECONDS = 1.0


@dataclass(frozen=True)
class Share:
    """Steps that a child run makes."""

    run_id: UUID
    keys: tuple[str, ...]


def perform_spread(plan: Plan, run: Run, expected: Estimate) -> dict[str, Made]:
    """Perform all steps of a plan, with the help of other workers where there are any and it is worth it.

    `expected` is what is still to be made.
    """
    own, shares = _hand_out(plan, run) if 0 < settings().spread_seconds <= expected.seconds else ((), [])
    if not shares:
        return perform_steps(plan, run)
    made = perform_steps(part_of(plan, own), run)
    with get_client(sync_client=True) as client:
        elsewhere = {key for share in shares if _ended(share, client) for key in share.keys}
    return perform_steps(plan, run, made, elsewhere)


def _hand_out(plan: Plan, run: Run) -> tuple[tuple[str, ...], list[Share]]:
    """Our own share, and those that were given to others; none where nobody is idle or Prefect cannot say."""
    try:
        idle = idle_workers()
        if not idle:
            return (), []
        made = {step.key for step in plan.steps if run.worker.store.find(step.key, step.kind)}
        own, *others = shares_of(plan, made, 1 + idle)
        key = publish_shares(plan, tuple(others), run.worker)
        return own, [_start(key, number, keys) for number, keys in enumerate(others)]
    except Exception as error:  # noqa: BLE001 - help is a courtesy; the work goes on without it
        log.warning("the work could not be spread: %s", error)
        return (), []


def idle_workers() -> int:
    """How many workers of the pool have nothing to do; as far as Prefect knows."""
    pool = flow_run.work_pool_name
    if not pool:
        return 0
    busy = FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.RUNNING, StateType.PENDING]))
    with get_client(sync_client=True) as client:
        workers = client.read_workers_for_work_pool(pool)
        runs = client.read_flow_runs(
            flow_run_filter=FlowRunFilter(state=busy),
            work_pool_filter=WorkPoolFilter(name=WorkPoolFilterName(any_=[pool])),
        )
    online = sum(worker.status == WorkerStatus.ONLINE for worker in workers)
    return max(0, online - len(runs))


def _start(key: str, number: int, keys: tuple[str, ...]) -> Share:
    child = run_deployment(
        DEPLOYMENT, parameters={"key": key, "number": number}, work_queue_name=QUEUE, timeout=0, as_subflow=True
    )
    return Share(child.id, keys)  # type: ignore[union-attr]


def _ended(share: Share, client: SyncPrefectClient) -> bool:
    """Wait for a share's end; whether it was begun at all. One that nobody has begun by now is called off: it is ours."""
    while True:
        state = client.read_flow_run(share.run_id).state
        assert state, "a run that exists has a state"
        if state.is_final():
            return not state.is_cancelled()
        if state.type in NOT_BEGUN:
            client.set_flow_run_state(share.run_id, Cancelled(message="Its generation needs no help."), force=True)
            return False
        time.sleep(POLL_SECONDS)
