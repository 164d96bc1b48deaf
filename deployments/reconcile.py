"""Holding the catalogue against Prefect: what was asked for is run, and what Prefect knows the end of is ended.

The catalogue is the record of truth. Prefect may lose its history, and whoever queues a generation may die between the
two: so every worker looks now and then for generations whose run is missing, or has ended without a word.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterEndTime,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.states import Completed

from flows.labels import TAG
from flows.starting import start, start_batch
from reel.catalogue import Batch, Catalogue, Generation
from reel.control.batches import cancel_batch
from reel.control.ledger import Ledger
from reel.control.orders import terms_of
from reel.errors import Internal, InvalidRequest
from reel.request.read import parse_terms

log = logging.getLogger("reel.reconcile")

SETTLING = timedelta(seconds=30)
"""How long a generation is left alone after its last sign of life: whoever gave it may be about to go on."""
LOOK_BACK = timedelta(minutes=10)
"""Runs that ended longer ago were looked at, or are history."""
MOST = 200
"""Generations that are looked at in one go, those whose place comes first."""


def reconcile(catalogue: Catalogue, now: datetime | None = None) -> int:
    """Look once at all generations that have not ended; how many were started or ended."""
    quiet_since = (now or datetime.now(UTC)) - SETTLING
    with catalogue.operator() as everybody:
        live = [generation for generation in everybody.live(limit=MOST) if generation.touched < quiet_since]
    if not live:
        return 0
    with get_client(sync_client=True) as client:
        runs = _runs(client, (generation.flow_run for generation in live if generation.flow_run))
    return sum(_settled(generation, runs, catalogue) for generation in live)


def reconcile_batches(catalogue: Catalogue, now: datetime | None = None) -> int:
    """Look once at all batches that are not at their end; how many got a run, or were called off as theirs was."""
    quiet_since = (now or datetime.now(UTC)) - SETTLING
    with catalogue.operator(only_reads=True) as everybody:
        running = [batch for batch in everybody.running_batches(MOST) if batch.touched < quiet_since]
    if not running:
        return 0
    with get_client(sync_client=True) as client:
        runs = _runs(client, (batch.flow_run for batch in running if batch.flow_run))
    return sum(_kept_going(batch, runs.get(batch.flow_run or ""), catalogue) for batch in running)


def _kept_going(batch: Batch, run: FlowRun | None, catalogue: Catalogue) -> bool:
    try:
        if run is not None and run.state_type == StateType.CANCELLED:
            cancel_batch(batch.id, batch.tenant_id, catalogue)
        elif run is None or run.state_type in (StateType.COMPLETED, StateType.FAILED):
            log.info("batch %s has no run; it gets one", batch.id)
            start_batch(batch, catalogue)
        else:
            return False
    except Exception as error:  # noqa: BLE001 - whatever the server has against this one, it is looked at again
        log.warning("batch %s could not be kept going: %s", batch.id, error)
        return False
    return True


def _settled(generation: Generation, runs: Mapping[str, FlowRun], catalogue: Catalogue) -> bool:
    """As `_settle`; one that cannot be settled now keeps none of the others waiting."""
    try:
        return _settle(generation, runs, catalogue)
    except Exception as error:  # noqa: BLE001 - whatever the server has against this one, it is looked at again
        log.warning("generation %s could not be settled: %s", generation.id, error)
        return False


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


def correct(catalogue: Catalogue) -> int:
    """Have Prefect say of runs what the catalogue says: done, though they were called off, died or were paused after that; how
    many."""
    paused = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.PAUSED])),
        tags=FlowRunFilterTags(all_=[TAG]),
    )
    ended = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.CANCELLED, StateType.FAILED])),
        tags=FlowRunFilterTags(all_=[TAG]),
        end_time=FlowRunFilterEndTime(after_=datetime.now(UTC) - LOOK_BACK),
    )
    with get_client(sync_client=True) as client:
        runs = [run for which in (ended, paused) for run in client.read_flow_runs(flow_run_filter=which)]
        wrong = _done(runs, catalogue)
        for run in wrong:
            state: State[Any] = Completed(message="All was delivered before it was ended.")
            client.set_flow_run_state(run.id, state, force=True)
    return len(wrong)


def _done(runs: Iterable[FlowRun], catalogue: Catalogue) -> list[FlowRun]:
    """Those of the runs whose generation is done."""
    by_tenant: dict[str, dict[str, FlowRun]] = defaultdict(dict)
    for run in runs:
        if "request" in run.parameters:
            with suppress(InvalidRequest):
                terms = parse_terms(run.parameters.get("terms"))
                by_tenant[terms.tenant][terms.generation or str(run.id)] = run
    if not by_tenant:
        return []
    with catalogue.operator() as everybody:
        statuses = {tenant: everybody.statuses(tenant, runs) for tenant, runs in by_tenant.items()}
    return [
        run for tenant, runs in by_tenant.items() for id_, run in runs.items() if statuses[tenant].get(id_) == "done"
    ]


def _said_by(run: FlowRun) -> Internal:
    message = run.state.message if run.state else None
    return Internal.at("run", message or "ended without a word", "look at its logs in Prefect")
