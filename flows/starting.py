"""Giving queued generations their runs, and taking them away: what of queueing needs Prefect."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL
from prefect.states import Cancelling, Scheduled

from flows.labels import TAG, name_of, name_of_batch, tags_of
from reel.catalogue import Batch, Catalogue, Generation
from reel.control.orders import terms_of
from reel.request.terms import Terms
from reel.sealing import sealed_document

log = logging.getLogger(__name__)

QUEUED = "Queued"
"""Name of the state of a run that has its place among all tenants' generations."""


def start_if_it_can(generation: Generation, terms: Terms, catalogue: Catalogue) -> Generation:
    """As `start`; where Prefect is away or knows no such deployment, the order stands in the catalogue: workers give it a run
    when Prefect is back (`deployments.reconcile`)."""
    try:
        return start(generation, terms, catalogue)
    except httpx.HTTPError as error:
        why = str(error)
    except ObjectNotFound:
        known = PREFECT_API_URL.value()
        why = f"{known} has no deployment of its kind" if known else "no server is known: set PREFECT_API_URL"
    log.warning("generation %s gets its run later: %s", generation.id, why)
    return generation


def start(generation: Generation, terms: Terms, catalogue: Catalogue) -> Generation:
    """Give a queued generation its flow run. Twice is harmless: Prefect knows the run by the generation's id."""
    with get_client(sync_client=True) as client:
        return _start(client, generation, terms, catalogue)


def start_all(generations: Iterable[Generation], catalogue: Catalogue) -> int:
    """Give queued generations their runs, as `start`; how many got one. One that gets none keeps none of the others waiting.
    Where Prefect's server is away: `httpx.HTTPError`."""
    started = 0
    with get_client(sync_client=True) as client:
        for generation in generations:
            try:
                _start(client, generation, terms_of(generation), catalogue)
                started += 1
            except ObjectNotFound as error:
                log.warning("generation %s gets its run later: %s", generation.id, error)
    return started


def call_off(run: str) -> None:
    """Have a run end, whether it has begun or not. Errors: `httpx.HTTPError`."""
    with get_client(sync_client=True) as client:
        try:
            client.set_flow_run_state(UUID(run), Cancelling(message="Called off by whoever ordered it."))
        except (ObjectNotFound, httpx.HTTPStatusError) as error:
            log.info("run %s, which was to be called off, cannot be: %s", run, error)


def _start(client: SyncPrefectClient, generation: Generation, terms: Terms, catalogue: Catalogue) -> Generation:
    run_id = _create_run(client, generation, terms)
    with catalogue.tenant(terms.tenant) as records:
        records.runs_as(generation.id, str(run_id))
        return records.generation(generation.id)


def start_batch(batch: Batch, catalogue: Catalogue) -> None:
    """Give a batch a run that orders its rows. Twice is harmless: Prefect knows the run by the state that the batch was found
    in, and of two runs each orders what the other has not."""
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name("batch/batch")
        run = client.create_flow_run_from_deployment(
            deployment.id,
            name=name_of_batch(batch.name or batch.id, batch.tenant_id),
            parameters={"batch": batch.id, "terms": {"tenant": batch.tenant_id, "project": batch.project}},
            tags=[f"tenant:{batch.tenant_id}", f"project:{batch.project}", f"batch:{batch.id}", TAG],
            idempotency_key=f"{batch.id} at {batch.touched.isoformat()}",
        )
    with catalogue.tenant(batch.tenant_id) as records:
        records.batch_runs_as(batch.id, str(run.id))


def _create_run(client: SyncPrefectClient, generation: Generation, terms: Terms) -> UUID:
    deployment = client.read_deployment_by_name(f"{generation.kind}/{generation.kind}")
    agreed = terms.model_copy(update={"generation": generation.id})
    run = client.create_flow_run_from_deployment(
        deployment.id,
        # What Prefect keeps and shows holds no password and no signature; the run opens them.
        parameters={"request": sealed_document(generation.request), "terms": agreed.model_dump(mode="json")},
        # Workers take runs by their time: its place among all tenants' generations, not the time of asking.
        # A name of its own: Prefect marks as late what is merely scheduled, and a place lies in the past.
        name=name_of(generation.kind, generation.request, terms.slot),
        state=Scheduled(name=QUEUED, scheduled_time=generation.queue_place),
        tags=tags_of(generation.kind, terms, generation.id),
        work_queue_name=generation.priority,
        idempotency_key=generation.id,
    )
    return run.id
