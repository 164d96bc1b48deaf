"""Queueing a generation: into the catalogue first, then as a run of its kind's deployment.

Whoever triggers a deployment by Prefect's own API needs none of this. What it adds: the request is checked before
anything is queued, the same key returns the same generation even when it comes twice at once, and tenants are served
fairly (`reel.catalogue.queue_places`), however many generations one of them queues.
"""

from __future__ import annotations

from collections.abc import Mapping

from reel.catalogue import Catalogue, Generation
from reel.control.allowed import allowed_to
from reel.control.documents import RequestDocument, as_document
from reel.control.ledger import this_catalogue
from reel.control.orders import order_of, ordered
from reel.control.templates import Ordered, from_template, names_template
from reel.errors import InvalidRequest
from reel.kinds import parse_request
from reel.request.read import read_json
from reel.request.terms import Terms


def submit(document: RequestDocument, terms: Terms, catalogue: Catalogue | None = None) -> Generation:
    """Queue a request; the generation that it became, or that its idempotency key stands for already.

    Raises `InvalidRequest` for a request that cannot be met, before anything is queued; `Exhausted` where its tenant has no
    credits for it, or has used up a quota.
    """
    catalogue = catalogue or this_catalogue()
    if isinstance(document, str | bytes):
        document = read_json(document, "request", '{"kind": "mixer", ...}')
    asked = Ordered(document)
    if names_template(document):
        with catalogue.tenant(terms.tenant, only_reads=True) as records:
            asked = from_template(document, records, terms.idempotency_key).require_good()
    if isinstance(asked.document, Mapping):
        try:
            parse_request(asked.document, allowed_to(catalogue, terms.tenant, terms.limits).limits)
        except InvalidRequest as refused:
            raise InvalidRequest(*asked.told(refused.problems)) from None
    known = {"id": terms.generation} if terms.generation else {}
    with catalogue.tenant(terms.tenant) as records:
        order = order_of(as_document(asked.document), terms, asked.made_from, **known)
        generation, _ = ordered(records, order)
    # One that has no run yet may have been queued by somebody who died before it had: it is given its run now.
    if generation.flow_run:
        return generation
    # Here, because it brings in Prefect, which takes more time and memory than all the rest: who only asks needs none of it.
    from flows.starting import start_if_it_can

    return start_if_it_can(generation, terms, catalogue)
