"""Queueing a generation: into the catalogue first, then as a run of its kind's deployment.

    python -m deployments.submit request.json --tenant acme --priority batch --key order-17

Whoever triggers a deployment by Prefect's own API needs none of this. What it adds: the request is checked before
anything is queued, the same key returns the same generation even when it comes twice at once, and tenants take turns
(`reel.catalogue.turns`), however many generations one of them queues.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.states import Scheduled

from deployments.documents import read_document
from reel.catalogue import Catalogue, Generation, NewGeneration
from reel.errors import ReelError
from reel.perform.ledger import this_catalogue
from reel.perform.render import RequestDocument, as_document, read_request
from reel.request.read import parse_terms
from reel.request.terms import Priority, Terms


def submit(document: RequestDocument, terms: Terms, catalogue: Catalogue | None = None) -> Generation:
    """Queue a request; the generation that it became, or that its idempotency key stands for already.

    Raises `InvalidRequest` for a request that cannot be met, before anything is queued.
    """
    read_request(document)
    catalogue = catalogue or this_catalogue()
    with catalogue.tenant(terms.tenant) as records:
        generation, _ = records.add(_order(as_document(document), terms))
    # One that has no run yet may have been queued by somebody who died before it had: it is given its run now.
    return generation if generation.flow_run else start(generation, terms, catalogue)


def start(generation: Generation, terms: Terms, catalogue: Catalogue) -> Generation:
    """Give a queued generation its flow run. Twice is harmless: Prefect knows the run by the generation's id."""
    with get_client(sync_client=True) as client:
        run_id = _create_run(client, generation, terms)
    with catalogue.tenant(terms.tenant) as records:
        records.runs_as(generation.id, str(run_id))
        return records.generation(generation.id)


def _order(document: dict[str, Any], terms: Terms) -> NewGeneration:
    given = {"id": terms.generation} if terms.generation else {}
    return NewGeneration(
        **given,
        project=terms.project,
        kind=document["kind"],
        request=document,
        priority=terms.priority,
        slot=terms.slot,
        idempotency_key=terms.idempotency_key,
    )


def _create_run(client: SyncPrefectClient, generation: Generation, terms: Terms) -> UUID:
    deployment = client.read_deployment_by_name(f"{generation.kind}/{generation.kind}")
    agreed = terms.model_copy(update={"generation": generation.id})
    run = client.create_flow_run_from_deployment(
        deployment.id,
        parameters={"request": generation.request, "terms": agreed.model_dump(mode="json")},
        # Workers take runs by their time: its turn among all tenants' generations, not the time of asking.
        state=Scheduled(scheduled_time=generation.turn),
        work_queue_name=generation.priority,
        idempotency_key=generation.id,
    )
    return run.id


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("request", type=Path, help="a JSON file; its relative paths count from its folder")
    parser.add_argument("--tenant", default="default")
    parser.add_argument("--project", default="default")
    parser.add_argument("--priority", default="interactive", choices=get_args(Priority))
    parser.add_argument("--key", help="idempotency key: the same one returns the same generation")
    options = parser.parse_args()
    try:
        terms = parse_terms(
            {
                "tenant": options.tenant,
                "project": options.project,
                "priority": options.priority,
                "idempotency_key": options.key,
            }
        )
        generation = submit(read_document(options.request), terms)
    except (ReelError, OSError) as error:
        sys.exit(str(error))
    print(generation.id, generation.status)


if __name__ == "__main__":
    main()
