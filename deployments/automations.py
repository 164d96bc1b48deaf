"""Prefect's automations: an end for runs whose machine is gone. Workers then take them up again (`recovery`)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from prefect.client.schemas.objects import StateType
from prefect.events.actions import CancelFlowRun, ChangeFlowRunState
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

HEARTBEAT_SECONDS = 30
"""How often a run says that it lives (`PREFECT_FLOWS_HEARTBEAT_FREQUENCY`; Prefect takes no less)."""
MISSED_SECONDS = 3 * HEARTBEAT_SECONDS
"""After so long without a word a run counts as dead. One heartbeat may get lost, and one come late."""
PENDING_SECONDS = 180
"""From the moment a worker takes a run until it runs: starting Python on a busy machine takes some of that."""
OVERRUN_SECONDS = 12 * 3600
"""Twice what a single step may take."""

_RUNS = {"prefect.resource.id": "prefect.flow-run.*"}
# Of our flows alone: the server may have others.
_OURS: Any = [{"prefect.resource.role": "tag", "prefect.resource.id": "prefect.tag.reelflow"}]


def _silent(after: set[str], expect: set[str], seconds: float) -> EventTrigger:
    """Fires when nothing of `expect` follows one of `after` within so many seconds, for each run by itself."""
    return EventTrigger(
        match=_RUNS,
        match_related=_OURS,
        for_each={"prefect.resource.id"},
        posture=Posture.Proactive,
        after=after,
        expect=expect,
        threshold=1,
        within=timedelta(seconds=seconds),
    )


AUTOMATIONS = (
    AutomationCore(
        name="reelflow: runs that fell silent",
        description="A run whose machine is gone says nothing any more, and would hold its place for ever.",
        trigger=_silent(
            {"prefect.flow-run.heartbeat"},
            {"prefect.flow-run.*"},
            MISSED_SECONDS,
        ),
        actions=[ChangeFlowRunState(state=StateType.CRASHED, name="Crashed", message="Its machine fell silent.")],
    ),
    AutomationCore(
        name="reelflow: runs that never began",
        description="A worker took the run and died before it ran.",
        trigger=_silent({"prefect.flow-run.Pending"}, {"prefect.flow-run.*"}, PENDING_SECONDS),
        actions=[ChangeFlowRunState(state=StateType.CRASHED, name="Crashed", message="It never began.")],
    ),
    AutomationCore(
        name="reelflow: runs that do not end",
        description="A run goes on for longer than any may.",
        trigger=_silent(
            {"prefect.flow-run.Running"},
            {
                "prefect.flow-run.Completed",
                "prefect.flow-run.Failed",
                "prefect.flow-run.Crashed",
                "prefect.flow-run.Cancelled",
                "prefect.flow-run.Cancelling",
                "prefect.flow-run.AwaitingRetry",
            },
            OVERRUN_SECONDS,
        ),
        actions=[CancelFlowRun()],
    ),
)
