"""Prefect's automations: an end for runs whose machine is gone. Workers then take them up again (`recovery`).

    python -m deployments.automations on-done mixer my-flow/my-deployment

makes one of your own: whenever a generation of that kind is done, a deployment of yours is started with the parameters
`generation` (its id, as the catalogue and webhooks have it) and `name`. Signed webhooks (docs/operations.md) need no Prefect on
the other side.
"""

from __future__ import annotations

import argparse
from datetime import timedelta
from typing import Any

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import StateType
from prefect.events.actions import CancelFlowRun, ChangeFlowRunState, RunDeployment
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

from deployments.address import find_server
from deployments.engine import GIVEN_BACK
from reel.kinds import KINDS

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


GENERATION = "{{ (flow_run.parameters.terms or {}).generation or flow_run.id }}"
"""The id of a run's generation: of one that was queued through the catalogue, its terms name it; any other has the run's."""


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
                f"prefect.flow-run.{GIVEN_BACK}",
                "prefect.flow-run.Cancelled",
                "prefect.flow-run.Cancelling",
                "prefect.flow-run.AwaitingRetry",
            },
            OVERRUN_SECONDS,
        ),
        actions=[CancelFlowRun()],
    ),
)


def make_automation(client: SyncPrefectClient, automation: AutomationCore) -> None:
    """Create an automation, or bring it up to date; Prefect itself would make a second one of its name."""
    known = client.read_automations_by_name(automation.name)
    if not known:
        client.create_automation(automation)
    for first in known[:1]:
        client.update_automation(first.id, automation)
    for double in known[1:]:
        client.delete_automation(double.id)


def on_done(client: SyncPrefectClient, kind: str, deployment: str) -> AutomationCore:
    """An automation that starts a deployment whenever a generation of a kind is done."""
    return AutomationCore(
        name=f"reelflow: {deployment} after {kind}",
        trigger=EventTrigger(
            match=_RUNS,
            match_related=[
                {"prefect.resource.role": "flow", "prefect.resource.name": kind},
                *_OURS,
            ],
            for_each={"prefect.resource.id"},
            posture=Posture.Reactive,
            expect={"prefect.flow-run.Completed"},
            threshold=1,
            within=timedelta(0),
        ),
        actions=[
            RunDeployment(
                deployment_id=client.read_deployment_by_name(deployment).id,
                parameters={"generation": _filled(GENERATION), "name": _filled("{{ flow_run.name }}")},
            )
        ],
    )


def _filled(template: str) -> dict[str, str]:
    """A parameter that Prefect fills in when the automation fires."""
    return {"__prefect_kind": "jinja", "template": template}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["on-done"])
    parser.add_argument("kind", choices=sorted(KINDS))
    parser.add_argument("deployment", help="flow/deployment, as Prefect names it")
    options = parser.parse_args()
    find_server()
    with get_client(sync_client=True) as client:
        make_automation(client, on_done(client, options.kind, options.deployment))


if __name__ == "__main__":
    main()
