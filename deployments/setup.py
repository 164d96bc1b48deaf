"""What prefect.yaml cannot say: the work pool, its queues, and the automations. Safe to run twice, and while runs go on.

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
from prefect.exceptions import ObjectAlreadyExists
from prefect.workers.process import ProcessWorker

from deployments.automations import AUTOMATIONS
from deployments.stack import POOL, ROOT, START_SECONDS
from flows.spread import QUEUE
from reel.request.terms import PRIORITIES


def main() -> None:
    with get_client(sync_client=True) as client:
        wait_for_server(client)
        make_pool(client)
        make_queues(client)
        make_automations(client)
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


def make_queues(client: SyncPrefectClient) -> None:
    """A queue for each priority, and before them one for shares of generations that have begun.

    What an operator set on one (a limit, a pause) stays as it is.
    """
    for rank, name in enumerate((QUEUE, *PRIORITIES), start=1):
        try:
            client.create_work_queue(name, work_pool_name=POOL, priority=rank)
        except ObjectAlreadyExists:
            queue = client.read_work_queue_by_name(name, work_pool_name=POOL)
            client.update_work_queue(queue.id, priority=rank)


def make_automations(client: SyncPrefectClient) -> None:
    """Create the automations, or bring them up to date; Prefect itself would make a second one of each name."""
    for automation in AUTOMATIONS:
        known = client.read_automations_by_name(automation.name)
        if not known:
            client.create_automation(automation)
        for first in known[:1]:
            client.update_automation(first.id, automation)
        for double in known[1:]:
            client.delete_automation(double.id)


if __name__ == "__main__":
    main()
