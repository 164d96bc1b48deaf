"""Spreading one generation over several machines: shares of its steps as child runs, wherever workers are idle.

Nothing rests on a child run. What it made is in the store and is found there; what it did not make, whatever became of
it, its parent makes itself.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from uuid import UUID

import httpx
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
from prefect.exceptions import PrefectException
from prefect.runtime import flow_run
from prefect.states import Cancelled, Cancelling

from flows.kind import WORKER_LABEL
from flows.steps import perform_steps
from reel.errors import ReelError
from reel.generate.shares import publish_shares
from reel.make.perform import Made
from reel.patience import Policy, retry, wait_until, while_away
from reel.plan.estimate import Estimate
from reel.plan.shares import part_of, shares_of
from reel.plan.step import Plan
from reel.settings import settings
from tasks.run import Run

log = logging.getLogger(__name__)

DEPLOYMENT = "share/share"
QUEUE = "share"
"""Before all others: a generation that has begun is to be finished before others begin."""
START_SECONDS = 4.0
"""From handing a share out until its first step begins: a worker has to see it, and to start Python."""
NOT_BEGUN = (StateType.SCHEDULED, StateType.PENDING)
OUTAGES = (PrefectException, httpx.HTTPError)
"""What is raised where the server is away or says no."""
POLL = Policy((1.0,))
"""When a share that is waited for is looked at again."""


@dataclass(frozen=True)
class Share:
    """Steps that a child run makes, with those that they need."""

    run_id: UUID
    keys: frozenset[str]


def perform_spread(
    plan: Plan, run: Run, expected: Estimate, present: Collection[str], early: Mapping[str, Made]
) -> dict[str, Made]:
    """Perform all steps of a plan but the `early` ones, with the help of other workers where there are any and it is worth it.

    `present` are the keys of steps that are in the store, `expected` is what the others take.
    """
    missing = plan.by_key.keys() - present
    own, shares = _hand_out(plan, missing, run) if 0 < settings().spread_seconds <= expected.seconds else ((), [])
    if not shares:
        return perform_steps(plan, run, missing, early)
    try:
        made = perform_steps(part_of(plan, own), run, missing, early)
        elsewhere = _made_by(shares)
        left = missing - {key for share in shares for key in share.keys}
        return perform_steps(plan, run, left, made, elsewhere)
    except BaseException:
        _call_off(shares)
        raise


def _hand_out(plan: Plan, missing: AbstractSet[str], run: Run) -> tuple[tuple[str, ...], list[Share]]:
    """Our own share, and those that were given to others; none where nobody is idle or Prefect cannot say."""
    try:
        idle = idle_workers()
        if not idle:
            return (), []
        start_seconds = START_SECONDS * run.worker.room.processors
        own, *others = shares_of(plan, plan.by_key.keys() - missing, 1 + idle, start_seconds)
        if not others:
            return (), []
        key = publish_shares(plan, tuple(others), run.worker)
        reached = [frozenset(plan.reached_from(keys) & missing) for keys in others]
        return own, [_start(key, number, keys) for number, keys in enumerate(reached)]
    except (*OUTAGES, ReelError) as error:  # help is a courtesy; the work goes on without it
        log.warning("the work could not be spread: %s", error)
        return (), []


def idle_workers() -> int:
    """How many workers of this run's pool have nothing to do; as far as Prefect knows."""
    busy = FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.RUNNING, StateType.PENDING]))
    with get_client(sync_client=True) as client:
        pool = client.read_flow_run(UUID(str(flow_run.id))).work_pool_name
        if not pool:
            return 0
        online = len(_online(pool, client))
        runs = client.read_flow_runs(
            flow_run_filter=FlowRunFilter(state=busy),
            work_pool_filter=WorkPoolFilter(name=WorkPoolFilterName(any_=[pool])),
        )
    return max(0, online - len(runs))


def _online(pool: str, client: SyncPrefectClient) -> set[str]:
    """Names of the pool's workers that the server has heard of lately."""
    workers = client.read_workers_for_work_pool(pool)
    return {worker.name for worker in workers if worker.status == WorkerStatus.ONLINE}


def _start(key: str, number: int, keys: frozenset[str]) -> Share:
    child = run_deployment(
        DEPLOYMENT, parameters={"key": key, "number": number}, work_queue_name=QUEUE, timeout=0, as_subflow=True
    )
    return Share(child.id, keys)  # type: ignore[union-attr]


def _made_by(shares: list[Share]) -> Mapping[str, str]:
    """Wait for all shares; the worker that took each step's share, by key, for those that anybody took."""
    with get_client(sync_client=True) as client:
        workers = [(share, _ended(share, client)) for share in shares]
    return {key: worker for share, worker in workers if worker for key in share.keys}


def _ended(share: Share, client: SyncPrefectClient) -> str:
    """Wait for a share's end; who took it, empty where nobody did, or where the server is away for long."""
    away = while_away(settings().prefect_away_seconds, *OUTAGES)
    try:
        return wait_until(lambda: retry(lambda: _taker(share, client), away), POLL) or ""
    except OUTAGES as error:
        log.warning("share %s is no longer waited for: %s", share.run_id, error)
        return ""


def _taker(share: Share, client: SyncPrefectClient) -> str | None:
    """Who took a share that has ended, empty where nobody did; null while it goes on.

    One that nobody has begun by now is called off: it is ours. So is one that crashed, or whose worker fell silent: what it
    made is in the store, and what is left is made here sooner than by whoever would take it up again.
    """
    run = client.read_flow_run(share.run_id)
    state, worker = run.state, str(run.labels.get(WORKER_LABEL, ""))
    assert state, "a run that exists has a state"
    if state.is_final() and not state.is_crashed():
        return "" if state.is_cancelled() else worker
    begun = state.type not in NOT_BEGUN
    silent = run.work_pool_name and worker not in _online(run.work_pool_name, client)
    if begun and not silent and not state.is_crashed():
        return None
    client.set_flow_run_state(share.run_id, Cancelled(message="Its generation goes on without it."), force=True)
    return worker if begun else ""


def _call_off(shares: list[Share]) -> None:
    """End shares whose generation has failed or was cancelled."""
    with get_client(sync_client=True) as client:
        for share in shares:
            try:
                if not client.read_flow_run(share.run_id).state.is_final():  # type: ignore[union-attr]
                    client.set_flow_run_state(share.run_id, Cancelling())
            except OUTAGES as error:
                log.warning("share %s could not be called off: %s", share.run_id, error)
