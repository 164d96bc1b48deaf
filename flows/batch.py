"""The `batch` deployment: orders the rows of a batch, and comes back until all have ended.

In between it holds no place of a worker, which the generations need. A batch is in the catalogue before it has a run, and
outlives any: one that has none gets one by a worker (`deployments.reconcile`).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from prefect.artifacts import create_table_artifact
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Scheduled
from prefect.types._datetime import now
from pydantic import Field

from flows.kind import pool_flow, tie_to_worker
from flows.labels import name_of_batch
from flows.leaving import leave_as
from flows.starting import start_if_it_can
from reel.catalogue import Batch, Catalogue, Counts
from reel.control.advancing import advance
from reel.control.batches import submit_batch
from reel.control.ledger import this_catalogue
from reel.control.manifests import manifest, shown
from reel.errors import InvalidRequest, ReelError
from reel.generate.foretell import foretelling
from reel.make.worker import this_worker
from reel.request.batch import BatchOrder, Owner, parse_batch, parse_owner
from reel.request.terms import Terms

DEFAULT_OWNER = Owner()
NewBatch = BatchOrder | Annotated[None, Field(title="A batch that is kept")]
"""What a form calls it when no new one is ordered."""

WAIT = timedelta(seconds=30)
"""Until a run that waits for generations looks again: looking costs a process, on a worker that they may be waiting for."""
APART = timedelta(seconds=15)
"""Between the looks of all batches that are open, on the average: a look holds a place of a worker for some seconds, and ten
batches that each came back after `WAIT` would hold one of two places all the time."""
MOST_SHOWN = 500
"""Rows in the run's table; the manifest has them all."""


def _run_name(parameters: Mapping[str, Any]) -> str:
    order, terms = parameters.get("order") or {}, parameters.get("terms") or {}
    name = order.get("name") if isinstance(order, dict) else order.name
    tenant = terms.get("tenant", "default") if isinstance(terms, dict) else terms.tenant
    return name_of_batch(name or _called(parameters.get("batch"), tenant), tenant)


def _called(id_: str | None, tenant: str) -> str:
    """What people call a batch that is in the catalogue: its id where it has no name, or is not to be read."""
    if id_:
        with suppress(ReelError), this_catalogue().tenant(tenant, only_reads=True) as records:
            return records.batch(id_).name or id_
    return id_ or "batch"


@pool_flow("batch", _run_name)
def batch(order: NewBatch = None, terms: Owner = DEFAULT_OWNER, batch: str | None = None) -> dict[str, Any]:
    """Order a generation for each row of a table; returns how they stand when all have ended, or ordering has.

    Args:
        order: The batch. Relative paths count from the worker's working folder.
        terms: On whose behalf.
        batch: The id of one that is in the catalogue already, in place of an order.
    """
    tie_to_worker()
    worker, catalogue, owner, run = this_worker(), this_catalogue(), parse_owner(terms), str(flow_run.id)
    id_ = batch or _submitted(order, owner, catalogue, run)
    with catalogue.tenant(owner.tenant) as records:
        records.batch_runs_as(id_, run)
    foretell = foretelling(owner.tenant, catalogue, Path.cwd(), worker)
    found = advance(
        id_, owner.tenant, catalogue, foretell, lambda made, agreed: start_if_it_can(made, agreed, catalogue)
    )
    with catalogue.tenant(owner.tenant, only_reads=True) as records:
        counts = records.batch_counts(id_)
    if found.status == "running":
        with catalogue.operator(only_reads=True) as everybody:
            running = len(everybody.running_batches())
        leave_as(_later(counts, running))
    _show(found, counts, catalogue)
    return shown(found, counts)


def _submitted(order: BatchOrder | None, owner: Owner, catalogue: Catalogue, run: str) -> str:
    if order is None:
        raise InvalidRequest.at("order", "is missing", "give an order, or the id of a `batch`")
    # By the run's own key: when it is run again, it is the same batch.
    key = f"run-{run}"
    with catalogue.tenant(owner.tenant, only_reads=True) as records:
        if known := records.batch_with_key(key):
            return known.id
    terms = Terms(tenant=owner.tenant, project=owner.project, priority="batch", idempotency_key=key)
    return submit_batch(parse_batch(order), terms, catalogue, Path.cwd(), this_worker())[0].id


def _later(counts: Counts, running: int) -> State[Any]:
    message = f"{counts.percent} % of {counts.rows:,} rows have ended; {counts.live:,} are queued or under way."
    return Scheduled(name="AwaitingGenerations", scheduled_time=now("UTC") + wait(running), message=message)


def wait(running: int) -> timedelta:
    """Until a batch is looked at again, of so many that are not at their end."""
    return max(WAIT, running * APART)


def _show(found: Batch, counts: Counts, catalogue: Catalogue) -> None:
    rows: list[dict[str, Any]] = [
        {
            "row": line["row"],
            "status": line["status"],
            "generation": line["generation"],
            "what is wrong": "; ".join(f"{each['place']}: {each['what']}" for each in line["problems"]),
        }
        for line in manifest(found.id, found.tenant_id, catalogue, limit=MOST_SHOWN)
    ]
    told = f"{found.id}: {found.status}, {counts.done:,} of {counts.rows:,} done. {found.why}".strip()
    create_table_artifact(rows, key="batch", description=told)
