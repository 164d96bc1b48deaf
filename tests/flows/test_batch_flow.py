"""The deployment `batch`: a table becomes generations, the run tells of each row, and a batch without a run gets one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from deployments.reconcile import SETTLING, reconcile_batches
from reel.catalogue import Counts
from reel.control.batches import retry_batch, submit_batch
from reel.control.ledger import this_catalogue
from reel.control.stores import these_stores
from reel.request.batch import parse_batch
from reel.request.terms import Terms
from tests.flows.runs import artifacts_of, end_of
from tests.flows.test_regenerate_flow import CARD
from tests.waiting import wait_for

pytestmark = pytest.mark.usefixtures("prefect_stack")


def trigger(tenant: str, order: dict[str, Any]) -> UUID:
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name("batch/batch")
        given = {"order": order, "terms": {"tenant": tenant}}
        return client.create_flow_run_from_deployment(deployment.id, parameters=given).id


def name_of(run: str | None) -> str:
    """What people read of a run in lists."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        return client.read_flow_run(UUID(run)).name


def counts(tenant: str, id_: str) -> Counts:
    with this_catalogue().tenant(tenant, only_reads=True) as records:
        return records.batch_counts(id_)


def test_each_row_is_made_or_told_of() -> None:
    rows = [{"NAME": "Ada"}, {"NAME": "x" * 600}, {"NAME": "Bob"}]
    run = trigger("tables", {"template": CARD, "rows": rows, "ahead": 1})
    state = end_of(run)
    assert state.is_completed(), state.message
    with this_catalogue().tenant("tables") as records:
        (batch,) = records.batches()
    assert (batch.status, batch.flow_run) == ("done", str(run))
    assert counts("tables", batch.id) == Counts(done=2, bad=1)
    artifact = wait_for(lambda: artifacts_of(run).get("batch"), "its table")
    told = json.loads(artifact.data)
    assert [(row["row"], row["status"]) for row in told] == [(1, "done"), (2, "bad"), (3, "done")]
    assert told[1]["what is wrong"].startswith('row 2, column "NAME": ')


def test_a_batch_that_is_in_the_catalogue_alone_is_ordered_by_a_worker(tmp_path: Path) -> None:
    order = parse_batch({"name": "Monday", "template": CARD, "rows": [{"NAME": "Eve"}]})
    terms = Terms(tenant="catalogued", priority="batch")
    batch, _ = submit_batch(order, terms, this_catalogue(), tmp_path, these_stores())

    def ended() -> bool:
        with this_catalogue().tenant("catalogued", only_reads=True) as records:
            return records.batch(batch.id).status == "done"

    wait_for(ended, "the end of the batch")
    assert counts("catalogued", batch.id) == Counts(done=1)
    with this_catalogue().tenant("catalogued", only_reads=True) as records:
        assert name_of(records.batch(batch.id).flow_run) == "Monday of catalogued"
    # What has a run that is over gets another one.
    assert retry_batch(batch.id, "catalogued", this_catalogue()) == 0
    # At once, instead of when a worker looks the next time.
    assert reconcile_batches(this_catalogue(), datetime.now(UTC) + SETTLING) == 1
    wait_for(ended, "the end of the batch after nothing was to be ordered again")
