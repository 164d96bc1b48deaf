"""Crashed runs go on: what their dead processes made is in the store, so going on costs what was under way.

Every worker looks for crashed runs of anybody and schedules them again. One that has crashed too often is given up: it
may be what kills its process, and would kill the next one too.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterEndTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.states import AwaitingRetry, Cancelled, Crashed, Failed
from prefect.types._datetime import now

from deployments.engine import AWAY, GIVEN_BACK
from flows.kind import WORKER_LABEL
from flows.labels import TAG
from reel.settings import settings

log = logging.getLogger("reel.recovery")

_LOST = re.compile(rf"status code:? {AWAY}\b|^Failed to submit flow run to infrastructure")
"""How Prefect tells that a process ended with that code, or was never started: in messages alone, which a test looks up."""
UNDER_WAY = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
LATEST_SECONDS = 24 * 3600.0
"""What crashed longer ago is left to people: something was wrong with more than the run."""


async def recover_crashed() -> None:
    """Look once for crashed runs of anybody, and schedule them again or give them up."""
    async with get_client() as client:
        await recover(client)


async def recover(client: PrefectClient) -> None:
    """Schedule the crashed runs again, or give them up."""
    crashed = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.CRASHED])),
        tags=FlowRunFilterTags(all_=[TAG]),
        end_time=FlowRunFilterEndTime(after_=now("UTC") - timedelta(seconds=LATEST_SECONDS)),
    )
    for run in await client.read_flow_runs(flow_run_filter=crashed):
        crashes = crashes_in(await client.read_flow_run_states(run.id))
        if crashes < settings().most_crashes:
            # Not forced: another worker may have been quicker, and the run may be under way again.
            state: State[Any] = AwaitingRetry(
                # At its old place in the queue: whoever has begun is not to wait for all that came since.
                scheduled_time=run.expected_start_time,
                message=f"It goes on, after {crashes} crashes.",
            )
            await client.set_flow_run_state(run.id, state)
        else:
            await client.set_flow_run_state(run.id, _given_up(crashes), force=True)
            log.error("run %s was given up after %d crashes", run.id, crashes)


def crashes_in(states: Sequence[State[Any]]) -> int:
    """How often a run has crashed in a way that may be its own doing, by its states from the first to the last.

    One death is often told twice, by the process that watched it and by the worker: the first word counts. One for want of
    Prefect's server, or before there was a process, is none of its own doing.
    """
    crashes, ran = 0, False
    for state in states:
        if state.type in (StateType.PENDING, StateType.RUNNING):
            ran = True
        elif state.type == StateType.CRASHED and ran:
            ran = False
            crashes += state.name != GIVEN_BACK and not _LOST.search(state.message or "")
    return crashes


def _given_up(crashes: int) -> State[Any]:
    return Failed(
        name="Quarantined",
        message=f"Its process died {crashes} times, so it is not tried again by itself. If its worker had too little "
        "memory, give it more and retry it.",
    )


async def end_lost_runs(name: str) -> None:
    """End what a dead worker of this name left under way, so that it need not be missed first."""
    under_way = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=UNDER_WAY)))
    async with get_client() as client:
        for run in await client.read_flow_runs(flow_run_filter=under_way):
            if run.labels.get(WORKER_LABEL) == name:
                await client.set_flow_run_state(run.id, end_of(run), force=True)


def end_of(run: FlowRun) -> State[Any]:
    """How a run ends that nobody has any more: as it was to end where it was being cancelled, else as a crash."""
    return Cancelled() if run.state_type == StateType.CANCELLING else Crashed(message="Its worker died.")
