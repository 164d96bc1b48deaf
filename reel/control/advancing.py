"""Ordering what may be ordered of a batch by now, row by row, until nothing is left.

    while advance(batch.id, "acme", this_catalogue(), foretell, start).status == "running": ...

Two that order at once are harmless, as each row is ordered under the lock of its batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from reel.catalogue import Batch, Catalogue, Entry, Generation, MadeFrom, NewGeneration, Records, of_problems
from reel.control.batches import placed, standing
from reel.control.orders import order_of, ordered
from reel.errors import Exhausted, InvalidRequest, ReelError
from reel.request.terms import Terms

Foretell = Callable[[Mapping[str, Any]], float | None]
"""What a request is expected to cost, by the prices of the settings. Raises `ReelError` for one that cannot be planned."""
Start = Callable[[Generation, Terms], object]
"""Gives a queued generation its run."""


def leave_to_workers(generation: Generation, terms: Terms) -> None:
    """Who has no way to start runs leaves it to the workers, which look for generations without one."""


def advance(
    id_: str, tenant: str, catalogue: Catalogue, foretell: Foretell | None = None, start: Start = leave_to_workers
) -> Batch:
    """Order of a batch what may be ordered by now, and end it where nothing is left. Raises `NotFound`.

    With a cost cap, `foretell` says what rows cost; without it, nothing of such a batch is ordered.
    """
    while True:
        with catalogue.tenant(tenant) as records:
            batch = records.locked_batch(id_)
            counts = records.batch_counts(id_)
            if batch.status != "running":
                return batch
            status, why = standing(batch, counts)
            if status != "running":
                return records.end_batch(batch, status, why)
            room = min(batch.ahead - counts.live, counts.waiting)
            entries = records.entries(id_, limit=room, waiting=True) if room > 0 else []
        if not entries or (batch.cost_cap is not None and foretell is None):
            return batch
        for entry, _ in entries:
            if not _order(batch, entry, catalogue, foretell, start):
                break


def _order(batch: Batch, entry: Entry, catalogue: Catalogue, foretell: Foretell | None, start: Start) -> bool:
    """Order one row; whether the next one may be."""
    assert entry.request is not None, "what is bad does not wait"
    terms = _terms(batch, entry)
    try:
        cost = foretell(entry.request) if foretell and batch.cost_cap is not None else None
        with catalogue.tenant(batch.tenant_id) as records:
            now = records.locked_batch(batch.id)
            if not _still_waits(now, entry, records):
                return now.status == "running"
            if why := _too_dear(now, entry, cost):
                records.end_batch(now, "stopped", why)
                return False
            generation, _ = ordered(records, _new(now, entry, terms))
            records.entry_ordered(now, entry, generation.id, cost)
    except Exhausted as error:
        _stop(batch, catalogue, str(error))
        return False
    except ReelError as error:
        if not isinstance(error, InvalidRequest) and error.classification != "bad media":
            raise
        _refuse(batch, entry, catalogue, error)
        return True
    start(generation, terms.model_copy(update={"generation": generation.id}))
    return True


def _too_dear(batch: Batch, entry: Entry, cost: float | None) -> str:
    if cost is None or batch.cost_cap is None:
        return ""
    # What a row was expected to cost that is ordered again is in the sum already.
    whole = batch.expected_cost + cost - (entry.expected_cost or 0.0)
    return (
        f"with row {entry.number} it would cost {whole:.6g}, and the cap is {batch.cost_cap:g}"
        if whole > batch.cost_cap
        else ""
    )


def _still_waits(batch: Batch, entry: Entry, records: Records) -> bool:
    """Whether nobody else has ordered the row meanwhile, or stopped the batch."""
    found = records.entries(batch.id, after=entry.number - 1, limit=1)
    return batch.status == "running" and bool(found) and found[0][0] == entry


def _terms(batch: Batch, entry: Entry) -> Terms:
    return Terms(
        tenant=batch.tenant_id,
        project=batch.project,
        priority=batch.priority,
        slot=entry.slot,
        # Of the row and its attempt: whoever orders it twice gets the same generation.
        idempotency_key=f"{batch.id}.{entry.number}.{entry.attempt}",
    )


def _new(batch: Batch, entry: Entry, terms: Terms) -> NewGeneration:
    made_from = None
    if batch.template is not None and batch.template_version is not None:
        made_from = MadeFrom(template=batch.template, template_version=batch.template_version)
    return order_of(entry.request or {}, terms, made_from)


def _stop(batch: Batch, catalogue: Catalogue, why: str) -> None:
    with catalogue.tenant(batch.tenant_id) as records:
        now = records.locked_batch(batch.id)
        if now.status == "running":
            records.end_batch(now, "stopped", why)


def _refuse(batch: Batch, entry: Entry, catalogue: Catalogue, error: ReelError) -> None:
    with catalogue.tenant(batch.tenant_id) as records:
        now = records.locked_batch(batch.id)
        if _still_waits(now, entry, records):
            records.entry_refused(now, entry, of_problems(placed(batch, entry, error.problems)))
