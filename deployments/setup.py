"""What prefect.yaml cannot say: the work pool, and an end for runs whose processes are gone. Safe to run twice.

    PREFECT_API_URL=http://127.0.0.1:4200/api python -m deployments.setup

A process of its own, because its imports take as long as the server's start and go on beside it.
"""

from __future__ import annotations

import sys
import time

import prefect.cli.deploy  # noqa: F401 - now, beside the start of the server, and not when `app` needs it
from prefect.cli import app
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import State, StateType
from prefect.states import Cancelled, Crashed
from prefect.workers.process import ProcessWorker

from deployments.stack import POOL, ROOT, START_SECONDS

UNDER_WAY = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]


def main() -> None:
    with get_client(sync_client=True) as client:
        wait_for_server(client)
        make_pool(client)
        end_lost_runs(client)
    # The command is the one way to read prefect.yaml that Prefect vouches for; it reads its arguments from here.
    sys.argv[1:] = ["--no-prompt", "deploy", "--all", "--prefect-file", str(ROOT / "prefect.yaml")]
    app()


def wait_for_server(client: SyncPrefectClient) -> None:
    """Wait until the server answers."""
    deadline = time.monotonic() + START_SECONDS
    while client.api_healthcheck() is not None:
        if time.monotonic() > deadline:
            sys.exit(f"The Prefect server did not answer within {START_SECONDS:g} s")
        time.sleep(0.1)


def make_pool(client: SyncPrefectClient) -> None:
    """Create the work pool, or bring it up to date."""
    template = ProcessWorker.get_default_base_job_template()
    client.create_work_pool(WorkPoolCreate(name=POOL, type="process", base_job_template=template), overwrite=True)


def end_lost_runs(client: SyncPrefectClient) -> None:
    """End the runs that a stack which is gone has left under way: to Prefect they would run for ever.

    As Crashed, so that they can be retried: what they made is in the store.
    """
    under_way = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=UNDER_WAY)))
    for run in client.read_flow_runs(flow_run_filter=under_way):
        cancelled: State[None] = Cancelled()
        crashed: State[None] = Crashed(message="The stack ended while this ran; retry it to go on.")
        state = cancelled if run.state_type == StateType.CANCELLING else crashed
        client.set_flow_run_state(run.id, state, force=True)


if __name__ == "__main__":
    main()
