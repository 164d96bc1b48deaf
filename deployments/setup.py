"""What prefect.yaml cannot say: the work pool, its queues, the automations, and the run forms. Safe to run twice, and while
runs go on.

    PREFECT_API_URL=http://127.0.0.1:4200/api python -m deployments.setup

A process of its own, because its imports take as long as the server's start and go on beside it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import prefect.cli.deploy  # noqa: F401 - now, beside the start of the server, and not when `app` needs it
from prefect.cli import app
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import DeploymentUpdate, WorkPoolCreate, WorkPoolUpdate
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags
from prefect.exceptions import ObjectAlreadyExists
from prefect.workers.process import ProcessWorker

from deployments.address import find_server
from deployments.automations import AUTOMATIONS, make_automation
from deployments.forms import form
from deployments.stack import POOL
from deployments.startup import START_SECONDS
from deployments.surroundings import ROOT
from flows.labels import TAG
from flows.spread import QUEUE
from reel.patience import Policy, wait_until
from reel.request.terms import PRIORITIES

QUEUES = (QUEUE, *PRIORITIES)
"""The first is served first."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pool-limit", type=int, help="most runs at a time on all workers together")
    parser.add_argument(
        "--queue-limit", action="append", default=[], metavar="QUEUE=N", help="most runs at a time of one queue"
    )
    parser.add_argument("--no-automations", action="store_true", help="for one machine with Prefect on SQLite")
    options = parser.parse_args()
    find_server()
    with get_client(sync_client=True) as client:
        wait_for_server(client)
        make_pool(client, options.pool_limit)
        make_queues(client, dict(map(_limit, options.queue_limit)))
        # They watch for machines that fell silent. On one machine nobody is left to be told, and each event of each run
        # makes a write that Prefect's SQLite waits for: with them it was seen to answer nobody for minutes.
        if not options.no_automations:
            for automation in AUTOMATIONS:
                make_automation(client, automation)
    deploy()
    with get_client(sync_client=True) as client:
        make_forms(client)


def deploy() -> None:
    """Create all deployments of prefect.yaml, or bring them up to date. The command is the one way to read it that Prefect
    vouches for; it takes its arguments from the process, and ends it."""
    sys.argv[1:] = ["--no-prompt", "deploy", "--all", "--prefect-file", str(ROOT / "prefect.yaml")]
    try:
        app()
    except SystemExit as end:
        if end.code:
            raise


def make_forms(client: SyncPrefectClient) -> None:
    """Give all deployments of ours the forms that people start them by."""
    ours = DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG]))
    for deployment in client.read_deployments(deployment_filter=ours):
        shape = form(deployment.parameter_openapi_schema or {})
        client.update_deployment(deployment.id, DeploymentUpdate(parameter_openapi_schema=shape))


def wait_for_server(client: SyncPrefectClient) -> None:
    """Wait until the server answers."""
    if not wait_until(lambda: client.api_healthcheck() is None, Policy((0.1,), seconds=START_SECONDS)):
        sys.exit(f"The Prefect server did not answer within {START_SECONDS:g} s")


def _limit(text: str) -> tuple[str, int]:
    queue, _, number = text.partition("=")
    if queue not in QUEUES or not number.isdecimal():
        sys.exit(f"--queue-limit {text}: write one of {', '.join(QUEUES)}, an equals sign and a number")
    return queue, int(number)


def make_pool(client: SyncPrefectClient, limit: int | None = None) -> None:
    """Create the work pool, or bring it up to date. A limit that is not given stays as it is."""
    template = ProcessWorker.get_default_base_job_template()
    client.create_work_pool(WorkPoolCreate(name=POOL, type="process", base_job_template=template), overwrite=True)
    if limit is not None:
        client.update_work_pool(POOL, WorkPoolUpdate(concurrency_limit=limit))


def make_queues(client: SyncPrefectClient, limits: Mapping[str, int] = MappingProxyType({})) -> None:
    """A queue for each priority, and before them one for shares of generations that have begun.

    What an operator set on one (a limit, a pause) stays as it is.
    """
    for rank, name in enumerate(QUEUES, start=1):
        limit: dict[str, Any] = {"concurrency_limit": limits[name]} if name in limits else {}
        try:
            client.create_work_queue(name, work_pool_name=POOL, priority=rank, **limit)
        except ObjectAlreadyExists:
            queue = client.read_work_queue_by_name(name, work_pool_name=POOL)
            client.update_work_queue(queue.id, priority=rank, **limit)


if __name__ == "__main__":
    main()
