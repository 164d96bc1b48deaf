"""Batches: a table as one order, a generation for each of its rows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

from fastapi import Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from gateway.access import Member, Viewer
from gateway.addresses import base_of, output_address
from gateway.desk import Desk, TheDesk
from gateway.idempotency import IdempotencyKey, plain
from gateway.problems import PlacedProblem
from gateway.routing import resource
from reel.catalogue import OutputRecord
from reel.control import batches
from reel.control.manifests import PAGE, Tell, manifest, shown, whole_manifest
from reel.request.batch import MOST_TABLE_CHARACTERS, BatchOrder
from reel.request.terms import Name, Terms
from reel.values import Value

router = resource("batches", 409)

Limit = Annotated[int, Query(ge=1, le=1000, description="How many at most.")]

KEPT = re.compile(r"asset:[A-Za-z0-9_-]{1,64}")
"""A name of an asset; as the text of a table it would have a header and no rows."""


class NewBatchOrder(BatchOrder):
    """A table that is to be ordered: as `rows` or as a `table`."""

    template: dict[str, Any] = Field(
        description='A request of any kind, for all rows; of a stored template `{"name": "card", "version": "latest"}`.'
    )
    rows: tuple[dict[str, Any], ...] | None = Field(None, max_length=10_000, description="The rows, as objects.")
    table: str | None = Field(
        None,
        max_length=MOST_TABLE_CHARACTERS,
        description="In place of `rows`: the text of a table itself, or `asset:ID` of one that you uploaded.",
    )
    project: Name = Field("default", description="Which of your projects it counts to.")


class RowCounts(Value):
    """How the rows stand."""

    waiting: int = Field(description="To be ordered.")
    bad: int = Field(description="Whose request cannot be met: nothing was ordered for them.")
    queued: int
    running: int
    done: int
    failed: int
    cancelled: int
    forgotten: int = Field(description="Whose generations have ended, and were removed since.")
    all: int


class Batch(Value):
    """A batch, as one thing."""

    id: str
    name: str
    project: str
    priority: str
    status: str = Field(description="running, stopped, done or cancelled.")
    why: str = Field(description="Why it was stopped.")
    percent: float = Field(description="Of the rows that have ended.")
    rows: RowCounts
    template: str | None = Field(description="Id of the stored template that its requests are made from.")
    template_version: int | None
    cost_cap: float | None
    expected_cost: float | None = Field(description="Of all that was ordered; null without a `cost_cap`: not reckoned.")
    stop_after_failed_percent: float | None
    ahead: int
    idempotency_key: str | None
    created: datetime
    touched: datetime
    ended: datetime | None


class Batches(Value):
    """The newest batches, newest first."""

    batches: tuple[Batch, ...]


class RowOutput(Value):
    """A published file."""

    name: str
    bytes: int
    sha256: str
    url: str = Field(description="Where it can be fetched.")
    expires: datetime | None = Field(description="Until when the address holds; null: as long as the file is there.")


class Row(Value):
    """What became of a row."""

    row: int = Field(description="From 1; the header and empty lines do not count.")
    id: str | None = Field(description="Of the `id_column`.")
    status: str = Field(description="waiting, bad, forgotten, or the status of its generation.")
    attempt: int = Field(description="How often it was ordered again.")
    generation: str | None
    outputs: tuple[RowOutput, ...]
    problems: tuple[PlacedProblem, ...] = Field(
        description='All that is wrong with it, by column: `row 7, column "title"`.'
    )


class Rows(Value):
    """Rows in order."""

    rows: tuple[Row, ...]
    after: int | None = Field(description="Where the next page begins; null: there is none.")


class Retried(Value):
    """What is ordered again."""

    rows: int


class CalledOff(Value):
    """What was called off."""

    generations: tuple[str, ...]


@router.post("", status_code=202)
async def add_batch(
    wanted: NewBatchOrder,
    caller: Member,
    desk: TheDesk,
    request: Request,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> Batch:
    """Keep a batch; it is ordered from now on. What is wrong with rows is with them: GET .../rows."""
    given = wanted.model_dump(exclude={"project"}, exclude_unset=True)
    if KEPT.fullmatch(wanted.table or ""):
        given["rows"] = given.pop("table")
    order = BatchOrder(**given)
    key = plain(idempotency_key)
    terms = Terms(tenant=caller.tenant, project=wanted.project, priority="batch", idempotency_key=key)
    with desk.under_way.only(caller.tenant, key and f"batch {key}"):
        made, is_new = await desk.tables.done(caller.tenant, _kept, order, terms, desk)
    if not is_new:
        response.headers["Idempotency-Replayed"] = "true"
    response.headers["Location"] = f"{base_of(request, desk)}/v1/batches/{made.id}"
    return made


def _kept(order: BatchOrder, terms: Terms, desk: Desk) -> tuple[Batch, bool]:
    # Names of assets that are no addresses count from nowhere: a gateway has no folder of its callers.
    made, is_new = batches.submit_batch(order, terms, desk.catalogue, Path("/"), desk.stores)
    desk.ordered()
    return _shown(desk, terms.tenant, made.id), is_new


@router.get("")
def all_batches(caller: Viewer, desk: TheDesk, limit: Limit = 100) -> Batches:
    """The newest batches."""
    with desk.catalogue.tenant(caller.tenant, only_reads=True) as records:
        found = records.batches(limit=limit)
        return Batches(batches=tuple(Batch(**shown(each, records.batch_counts(each.id))) for each in found))


@router.get("/{id}")
def one_batch(id: str, caller: Viewer, desk: TheDesk) -> Batch:
    """How a batch stands, as one thing."""
    return _shown(desk, caller.tenant, id)


@router.get("/{id}/rows")
def rows(
    id: str,
    caller: Viewer,
    desk: TheDesk,
    request: Request,
    after: Annotated[int, Query(ge=0, le=2**31 - 1, description="From the row after this one on.")] = 0,
    limit: Limit = 100,
) -> Rows:
    """What became of each row, in order."""
    found = manifest(id, caller.tenant, desk.catalogue, after, limit + 1, _addressed(desk, request))
    page = tuple(Row(**line) for line in found[:limit])
    return Rows(rows=page, after=page[-1].row if len(found) > limit else None)


JSON_LINES: dict[int | str, dict[str, Any]] = {200: {"content": {"application/jsonl": {"schema": {"type": "string"}}}}}


@router.get("/{id}/manifest", response_class=StreamingResponse, responses=JSON_LINES)
def all_rows(id: str, caller: Viewer, desk: TheDesk, request: Request) -> StreamingResponse:
    """What became of each row, as a file: JSON Lines, one for each."""
    _shown(desk, caller.tenant, id)
    name = {"Content-Disposition": 'attachment; filename="manifest.jsonl"'}
    found = whole_manifest(id, caller.tenant, desk.catalogue, _addressed(desk, request))
    lines = (json.dumps(line, ensure_ascii=False) + "\n" for line in found)
    return StreamingResponse(_in_blocks(lines), media_type="application/jsonl", headers=name)


def _in_blocks(lines: Iterator[str]) -> Iterator[str]:
    """Many lines at a time: each block is asked for in a thread of its own, which takes longer than a line does."""
    while block := "".join(islice(lines, PAGE)):
        yield block


@router.post("/{id}/retry")
def retry(id: str, caller: Member, desk: TheDesk) -> Retried:
    """Order failed and cancelled rows again, and go on with what waits."""
    again = batches.retry_batch(id, caller.tenant, desk.catalogue)
    desk.ordered()
    return Retried(rows=again)


@router.post("/{id}/cancel")
def cancel(id: str, caller: Member, desk: TheDesk) -> CalledOff:
    """Order nothing more, and call off what is queued or under way."""
    called_off = batches.cancel_batch(id, caller.tenant, desk.catalogue)
    for generation in called_off:
        if generation.flow_run:
            desk.called_off(generation.flow_run)
    return CalledOff(generations=tuple(generation.id for generation in called_off))


def _shown(desk: Desk, tenant: str, id_: str) -> Batch:
    with desk.catalogue.tenant(tenant, only_reads=True) as records:
        return Batch(**shown(records.batch(id_), records.batch_counts(id_)))


def _addressed(desk: Desk, request: Request) -> Tell:
    base = base_of(request, desk)

    def tell(output: OutputRecord) -> dict[str, Any]:
        url, expires = output_address(output, base, desk)
        told = output.model_dump(mode="json", include={"name", "bytes", "sha256"})
        return {**told, "url": url, "expires": expires and expires.isoformat()}

    return tell
