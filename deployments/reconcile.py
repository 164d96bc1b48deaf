"""Holding the catalogue against Prefect: what was asked for is run, and what Prefect knows the end of is ended.

The catalogue is the record of truth. Prefect may lose its history, and whoever queues a generation may die between the
two: so every worker looks now and then for generations whose run is missing, or has ended without a word.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun, StateType

from deployments.submit import start
from reel.catalogue import Catalogue, Generation
from reel.errors import Internal
from reel.perform.ledger import Ledger
from reel.request.terms import Terms

log = logging.getLogger("reel.reconcile")

SETTLING = timedelta(seconds=30)
"""How long a generation is left alone after its last sign of life: whoever gave it may be about to go on."""
MOST = 200
"""Generations that are looked at in one go, those whose turn comes first."""


def reconcile(catalogue: Catalogue, now: datetime | None = None) -> int:
    """Look once at all generations that have not ended; how many were started or ended."""
    quiet_since = (now or datetime.now(UTC)) - SETTLING
    with catalogue.operator() as everybody:
        live = [generation for generation in everybody.live(limit=MOST) if generation.touched < quiet_since]
    if not live:
        return 0
    with get_client(sync_client=True) as client:
        runs = _runs(client, (generation.flow_run for generation in live if generation.flow_run))
    return sum(_settle(generation, runs, catalogue) for generation in live)


def _runs(client: SyncPrefectClient, ids: Iterable[str]) -> Mapping[str, FlowRun]:
    wanted = FlowRunFilter(id=FlowRunFilterId(any_=[UUID(id_) for id_ in ids]))
    return {str(run.id): run for run in client.read_flow_runs(flow_run_filter=wanted, limit=MOST)}


def _settle(generation: Generation, runs: Mapping[str, FlowRun], catalogue: Catalogue) -> bool:
    """Do what is called for; whether anything was."""
    terms = terms_of(generation)
    ledger = Ledger(catalogue, terms, generation.id)
    run = runs.get(generation.flow_run or "")
    if run is None:
        log.info("generation %s has no run; it gets one", generation.id)
        start(generation, terms, catalogue)
        return True
    match run.state_type:
        case StateType.CANCELLED:
            ledger.cancelled()
        case StateType.FAILED:
            ledger.failed(_said_by(run))
        case _:
            return False
    return True


def terms_of(generation: Generation) -> Terms:
    """The terms that a generation was queued under."""
    return Terms(
        tenant=generation.tenant_id,
        project=generation.project,
        priority=generation.priority,
        idempotency_key=generation.idempotency_key,
        generation=generation.id,
        slot=generation.slot,
    )


def _said_by(run: FlowRun) -> Internal:
    message = run.state.message if run.state else None
    error: Any = Internal.at("run", message or "ended without a word", "look at its logs in Prefect")
    return error  # type: ignore[no-any-return]
