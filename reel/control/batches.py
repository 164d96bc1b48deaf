"""Batches: a table is one order, a generation for each of its rows.

    batch, _ = submit_batch(parse_batch(document), Terms(tenant="acme"), this_catalogue(), base, these_stores())

All that is known of a batch is in the catalogue: whoever orders its rows (`reel.control.advancing`) may die at any moment, and
another one goes on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from reel.catalogue import (
    Batch,
    BatchStatus,
    Catalogue,
    Counts,
    Entry,
    Generation,
    NewBatch,
    NewEntry,
    of_problems,
)
from reel.control.allowed import allowed_to
from reel.control.documents import complete, complete_name
from reel.control.reading import Shelf
from reel.control.sheets import Sheet, in_columns, rows_in, sheet_of
from reel.control.stores import Stores
from reel.errors import InvalidRequest, Problem
from reel.fetch import BucketObject, LocalFile, locate, require_source_allowed
from reel.fetch.roots import Roots
from reel.request.batch import BatchOrder
from reel.request.read import Reading
from reel.request.rows import Row
from reel.request.terms import Terms
from reel.settings import settings
from reel.values import digest

MOST_ROWS = 100_000


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
    may = allowed_to(catalogue, terms.tenant).roots
    entries = [_entry(sheet, row, order, used, base, may) for row in _few_enough(rows_in(sheet, order, shelf))]
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


def _entry(
    sheet: Sheet, row: Row, order: BatchOrder, used: Mapping[str, Collection[str]], base: Path, may: Roots
) -> NewEntry:
    """A row with its request, or with what is wrong with it."""
    slot = row.slot if order.id_column else None
    try:
        reading = sheet.reading(row)
        problems = (*reading.problems, *_forbidden(reading, sheet.folder, base, may))
        document = None if reading.problems else complete(reading, sheet.folder)
    except InvalidRequest as error:
        problems, document = error.problems, None
    placed = [in_columns(row.number, row.data, used, each) for each in problems]
    return NewEntry(
        number=row.number,
        slot=slot,
        columns=sorted(row.data),
        request=document,
        problems=of_problems(dict.fromkeys(placed)),
        state="bad" if problems else "waiting",
    )


def _forbidden(reading: Reading, folder: str, base: Path, may: Roots) -> Iterator[Problem]:
    """Files and objects of buckets that the tenant may not name, or whoever takes this order in: workers may read more.
    Relative paths count from the folder."""
    for place, asset in reading.asset_places().items():
        try:
            source = locate(complete_name(asset, folder), base, place)
            if isinstance(source, LocalFile | BucketObject):
                require_source_allowed(source, place, may)
        except InvalidRequest as error:
            yield from error.problems


def standing(batch: Batch, counts: Counts) -> tuple[BatchStatus, str]:
    """The status of a batch as its rows have it, and why it is stopped. It is told at once: who orders looks every half a
    minute, and only notes it then."""
    if batch.status != "running":
        return batch.status, batch.why
    limit = batch.stop_after_failed_percent
    if limit is not None and 100 * counts.wrong > limit * counts.rows:
        return "stopped", f"{counts.wrong} of {counts.rows} rows are bad or failed, more than {limit:g} %"
    return ("running" if counts.waiting or counts.live else "done"), ""


def placed(batch: Batch, entry: Entry, problems: tuple[Problem, ...]) -> list[Problem]:
    """Problems of a row's request by the columns that their values are from."""
    return [in_columns(entry.number, entry.columns, batch.used, each) for each in problems]


def cancel_batch(id_: str, tenant: str, catalogue: Catalogue) -> list[Generation]:
    """Order nothing more, and call off what is queued or under way; the generations that were. One whose rows have all ended is
    done, though nobody has seen it yet. Raises `NotFound`."""
    with catalogue.tenant(tenant) as records:
        batch = records.locked_batch(id_)
        called_off = [records.call_off(generation) for generation in records.live_in_batch(id_)]
        if batch.status == "running":
            is_open = called_off or records.batch_counts(id_).waiting
            records.end_batch(batch, "cancelled" if is_open else "done")
    return called_off


def retry_batch(id_: str, tenant: str, catalogue: Catalogue) -> int:
    """Have failed and cancelled rows ordered again; how many. Raises `NotFound`."""
    with catalogue.tenant(tenant) as records:
        return records.retry_batch(id_)
