"""Runs that somebody triggered by Prefect's own API, and that wait: each gets its place in the queue, as if submitted.

A place lies near the oldest waiter's, so what is submitted would pass a run that waits from the moment of its trigger, for as
long as the queue lasts. Every worker looks for such runs; one that starts before it was seen needs no place. The place is that
of the moment of the trigger: what its tenant has submitted since then comes after it.

A run stays in the work queue in which it was triggered: Prefect moves none to another.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateName,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound
from prefect.states import Scheduled

from flows.labels import TAG, missing_tags, name_of, tags_of
from flows.starting import QUEUED
from reel.catalogue import Catalogue, Generation
from reel.control.allowed import allowed_to
from reel.control.orders import order_of, ordered
from reel.errors import InvalidRequest
from reel.request.bounds import require_small
from reel.request.read import parse_terms
from reel.request.terms import Terms
from reel.sealing import opened_document

log = logging.getLogger("reel.adopt")

LONGEST_WAITING = FlowRunSort.EXPECTED_START_TIME_ASC
MOST = 200
"""Runs that are looked at in one go, those that have waited longest first."""


def adopt(catalogue: Catalogue) -> int:
    """Look once for runs that wait without a place in the queue; how many got one."""
    waiting = FlowRunFilter(
        # What is late is scheduled; what we queued bears another name.
        state=FlowRunFilterState(name=FlowRunFilterStateName(any_=["Scheduled", "Late"])),
        tags=FlowRunFilterTags(all_=[TAG]),
        expected_start_time=FlowRunFilterExpectedStartTime(before_=datetime.now(UTC)),
    )
    with get_client(sync_client=True) as client:
        return sum(
            _adopted(run, client, catalogue)
            for run in _orders(client.read_flow_runs(flow_run_filter=waiting, sort=LONGEST_WAITING, limit=MOST))
        )


def _orders(runs: Iterable[FlowRun]) -> list[FlowRun]:
    """Those that are to make a generation, in the order of their triggers."""
    return sorted((run for run in runs if isinstance(run.parameters.get("request"), dict)), key=_asked)


def _asked(run: FlowRun) -> datetime:
    """From when on a run waits: its trigger, or the later moment that it was scheduled for."""
    return max(moment for moment in (run.created, run.expected_start_time) if moment)


def _adopted(run: FlowRun, client: SyncPrefectClient, catalogue: Catalogue) -> bool:
    try:
        terms = parse_terms(run.parameters.get("terms"))
        generation = _known(run, terms, catalogue)
    except InvalidRequest as error:  # it says so itself, when its turn has come
        log.info("run %s gets no place in the queue: %s", run.id, error)
        return False
    if generation is None or generation.status != "queued":
        return False
    with suppress(ObjectNotFound):
        wanted = tags_of(generation.kind, terms, generation.id)
        name = name_of(generation.kind, generation.request, terms.slot)
        client.update_flow_run(run.id, name=name, tags=missing_tags(wanted, run.tags) or run.tags)
        # Prefect lets any state follow another: one that a worker has taken meanwhile would be taken again, by another one.
        if client.read_flow_run(run.id).state_id != run.state_id:
            return False
        client.set_flow_run_state(run.id, Scheduled(name=QUEUED, scheduled_time=generation.queue_place))
        return not _given_back(run.id, client)
    return True


def _given_back(run: UUID, client: SyncPrefectClient) -> bool:
    """Whether a worker took a run just before it was queued, between the look and the word, which is seconds apart where the
    server is busy. It has it again then, before another takes it."""
    *_, before, last = sorted(client.read_flow_run_states(run), key=lambda state: state.timestamp)
    is_taken = last.name == QUEUED and before.type in (StateType.PENDING, StateType.RUNNING)
    if is_taken:
        client.set_flow_run_state(run, before, force=True)
    return is_taken


def _known(run: FlowRun, terms: Terms, catalogue: Catalogue) -> Generation | None:
    """The run's generation, added to the catalogue where it is new; null where its order is another run's."""
    require_small(run.parameters["request"], allowed_to(catalogue, terms.tenant, terms.limits).limits)
    order = order_of(
        opened_document(run.parameters["request"]), terms, id=terms.generation or str(run.id), flow_run=str(run.id)
    )
    with catalogue.tenant(terms.tenant) as records:
        if known := records.found(order.id):
            return known
        generation, new = ordered(records, order, _asked(run))
        return generation if new else None
