"""Batches: a table is one order, a generation for each of its rows.

    batch, _ = submit_batch(parse_batch(document), Terms(tenant="acme"), this_catalogue(), base, these_stores())
    while advance(batch.id, "acme", this_catalogue(), foretell, start).status == "running": ...

All that is known of a batch is in the catalogue: whoever orders may die at any moment, and another one goes on. Two that order
at once are harmless, as each row is ordered under the lock of its batch.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from reel.catalogue import (
    Batch,
    Catalogue,
    Counts,
    Entry,
    Generation,
    MadeFrom,
    NewBatch,
    NewEntry,
    NewGeneration,
    Records,
    of_problems,
)
from reel.control.orders import order_of, ordered
from reel.control.reading import Shelf
from reel.control.sheets import Sheet, column_of, rows_in, sheet_of
from reel.control.stores import Stores
from reel.errors import Exhausted, InvalidRequest, Problem, ReelError
from reel.fetch import BucketObject, LocalFile, locate, require_source_allowed
from reel.kinds.read import read_request
from reel.request.batch import BatchOrder
from reel.request.read import Reading
from reel.request.rows import Row
from reel.request.terms import Terms
from reel.settings import settings
from reel.values import digest

log = logging.getLogger("reel.batches")

MOST_ROWS = 100_000

Foretell = Callable[[Mapping[str, Any]], float | None]
"""What a request is expected to cost, by the prices of the settings. Raises `ReelError` for one that cannot be planned."""
Start = Callable[[Generation, Terms], object]
"""Gives a queued generation its run."""


def leave_to_workers(generation: Generation, terms: Terms) -> None:
    """Who has no way to start runs leaves it to the workers, which look for generations without one."""


def submit_batch(
    order: BatchOrder, terms: Terms, catalogue: Catalogue, base: Path, stores: Stores
) -> tuple[Batch, bool]:
    """Keep a batch, of which nothing is ordered yet; false beside the one that its idempotency key was used for before.

    Every row is read, and all that is wrong with any is kept with it. Raises `InvalidRequest` where the table cannot be read.
    """
    if order.cost_cap is not None and not (settings().price_processor_second or settings().price_stored_gigabyte):
        raise InvalidRequest.at("cost_cap", "is of no use, as no prices are set", "set REEL_PRICE_PROCESSOR_SECOND")
    shelf = Shelf(terms.tenant, catalogue, base, stores)
    sheet = sheet_of(order, shelf)
    used = sheet.used()
    entries = [_entry(sheet, row, order, used, base) for row in _few_enough(rows_in(sheet, order, shelf))]
    if not entries:
        raise InvalidRequest.at("rows", "is empty", "give at least one row")
    made_from = sheet.made_from.model_dump() if sheet.made_from else {}
    new = NewBatch(
        project=terms.project,
        name=order.name,
        priority=terms.priority,
        idempotency_key=terms.idempotency_key,
        fingerprint=digest([order.model_dump(mode="json", exclude_defaults=True), terms.project]),
        used={place: sorted(columns) for place, columns in used.items()},
        cost_cap=order.cost_cap,
        stop_after_failed_percent=order.stop_after_failed_percent,
        ahead=order.ahead,
        **made_from,
    )
    with catalogue.tenant(terms.tenant) as records:
        return records.add_batch(new, entries)


def _few_enough(rows: Iterator[Row]) -> Iterator[Row]:
    for number, row in enumerate(rows, start=1):
        if number > MOST_ROWS:
            raise InvalidRequest.at("rows", f"has more than {MOST_ROWS:,} rows", "order it in parts")
        yield row


def _entry(sheet: Sheet, row: Row, order: BatchOrder, used: Mapping[str, Collection[str]], base: Path) -> NewEntry:
    """A row with its request, or with what is wrong with it."""
    slot = row.slot if order.id_column else None
    try:
        found = sheet.document(row)
        problems = found.problems if isinstance(found, Reading) else tuple(_forbidden(found, base))
        document = None if isinstance(found, Reading) else found
    except InvalidRequest as error:
        problems, document = error.problems, None
    placed = [Problem(column_of(row.number, row.data, used, each.place), each.what, each.remedy) for each in problems]
    return NewEntry(
        number=row.number,
        slot=slot,
        columns=sorted(row.data),
        request=document,
        problems=of_problems(dict.fromkeys(placed)),
        state="bad" if problems else "waiting",
    )


def _forbidden(document: Mapping[str, Any], base: Path) -> Iterator[Problem]:
    """Files and objects of buckets that whoever takes this order in may not name: workers may read more."""
    for place, asset in read_request(document).asset_places().items():
        try:
            source = locate(asset, base, place)
            if isinstance(source, LocalFile | BucketObject):
                require_source_allowed(source, place)
        except InvalidRequest as error:
            yield from error.problems


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
            if why := _reason_to_stop(batch, counts):
                return records.end_batch(batch, "stopped", why)
            if not counts.waiting and not counts.live:
                return records.end_batch(batch, "done")
            room = min(batch.ahead - counts.live, counts.waiting)
            entries = records.entries(id_, limit=room, waiting=True) if room > 0 else []
        if not entries or (batch.cost_cap is not None and foretell is None):
            return batch
        for entry, _ in entries:
            if not _order(batch, entry, catalogue, foretell, start):
                break


def _reason_to_stop(batch: Batch, counts: Counts) -> str:
    limit = batch.stop_after_failed_percent
    if limit is not None and 100 * counts.wrong > limit * counts.rows:
        return f"{counts.wrong} of {counts.rows} rows are bad or failed, more than {limit:g} %"
    return ""


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


def placed(batch: Batch, entry: Entry, problems: tuple[Problem, ...]) -> list[Problem]:
    """Problems of a row's request by the columns that their values are from."""
    return [
        Problem(column_of(entry.number, entry.columns, batch.used, each.place), each.what, each.remedy)
        for each in problems
    ]


def cancel_batch(id_: str, tenant: str, catalogue: Catalogue) -> list[Generation]:
    """Order nothing more, and call off what is queued or under way; the generations that were. Raises `NotFound`."""
    with catalogue.tenant(tenant) as records:
        batch = records.locked_batch(id_)
        called_off = [records.call_off(generation) for generation in records.live_in_batch(id_)]
        if batch.status == "running":
            records.end_batch(batch, "cancelled")
    return called_off


def retry_batch(id_: str, tenant: str, catalogue: Catalogue) -> int:
    """Have failed and cancelled rows ordered again; how many. Raises `NotFound`."""
    with catalogue.tenant(tenant) as records:
        return records.retry_batch(id_)
