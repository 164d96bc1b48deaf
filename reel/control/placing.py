"""Placing an order for who has no pixels: judged, estimated, and queued in one transaction; Prefect is told later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reel.catalogue import Catalogue, Generation, Records
from reel.control.judging import Expected, judge, require_good
from reel.control.orders import foretold, order_of, ordered
from reel.control.templates import from_template
from reel.errors import InvalidRequest
from reel.request.terms import Terms
from reel.settings import Settings

OF_TERMS = ("project", "priority", "slot", "delete_after_download")
"""What an order says besides its request, and means another order where it differs."""


@dataclass(frozen=True)
class Placed:
    """An order that stands in the catalogue."""

    generation: Generation
    is_new: bool
    """False where its idempotency key was used for the same before."""
    ahead: int
    """How many generations begin before it; 0 where it does not wait."""


def place(
    catalogue: Catalogue,
    document: Mapping[str, Any],
    terms: Terms,
    config: Settings,
    delete_after_download: bool = False,
) -> Placed:
    """Queue a request; or what its idempotency key was used for before. Raises `InvalidRequest` for a request that cannot be
    met, and for a key that was used for another order, before anything is queued."""
    with catalogue.tenant(terms.tenant, only_reads=True) as records:
        # What was ordered stands, whatever has become known of its assets since.
        asked = from_template(document, records, terms.idempotency_key)
        judged = None if records.of_key(terms.idempotency_key) else judge(asked, records, config)
    if judged:
        require_good(judged)
    known = _known(judged.expected) if judged and judged.expected else {}
    order = order_of(asked.document, terms, asked.made_from, delete_after_download=delete_after_download, **known)
    with catalogue.tenant(terms.tenant) as records:
        generation, is_new = ordered(records, order)
        if not is_new and any(getattr(generation, name) != getattr(order, name) for name in OF_TERMS):
            what = f"{terms.idempotency_key!r} was used for another order, generation {generation.id}"
            raise InvalidRequest.at("idempotency_key", what, "use a new key for a new order")
        return Placed(generation, is_new, waits_behind(generation, records))


def _known(expected: Expected) -> dict[str, Any]:
    """What the catalogue is told of what is expected."""
    return {"expected": expected.estimate.model_dump(mode="json"), **foretold(expected.amounts)}


def waits_behind(generation: Generation, records: Records) -> int:
    """How many generations begin before one; 0 where it does not wait."""
    return records.ahead(generation) if generation.status == "queued" else 0
