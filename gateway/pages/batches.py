"""Batches: how far each is, what is wrong with which rows, called off and ordered again."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Path, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from gateway.access import Member, Viewer
from gateway.desk import TheDesk
from gateway.pages.rendering import page
from gateway.pages.routing import asked_for, pages, seen
from gateway.routes import batches
from gateway.sessions import PAGES
from reel.control.manifests import manifest
from reel.values import Value

router = pages("batches")

HERE = f"{PAGES}/batches"
ROWS = 50
"""Of a page."""
LISTED = 100

Id = Annotated[str, Path(max_length=64, description="Id of a batch.")]


class Part(Value):
    """Which rows are shown."""

    after: int = Field(0, ge=0, le=2**31 - 1, description="From the row after this one on.")
    wrong: bool = Field(False, description="Those alone that are bad or failed.")


def _part(request: Request) -> Part:
    return asked_for(Part, request)


@router.get("")
def listed(caller: Viewer, desk: TheDesk) -> Response:
    """The newest batches."""
    return page("batches.html.j2", caller, found=batches.all_batches(caller, desk, LISTED).batches, here=HERE)


@router.get("/{id}")
def one(id: Id, part: Annotated[Part, Depends(_part)], caller: Viewer, desk: TheDesk) -> Response:
    """A batch with a part of its rows."""
    found = batches.one_batch(id, caller, desk)
    rows = manifest(id, caller.tenant, desk.catalogue, part.after, ROWS + 1, wrong=part.wrong)
    return page(
        "batch.html.j2",
        caller,
        found=found,
        rows=rows[:ROWS],
        after=rows[ROWS - 1]["row"] if len(rows) > ROWS else None,
        part=part,
        may_change=caller.has("member"),
        here=f"{HERE}/{quote(id, safe='')}",
    )


@router.get("/{id}/manifest")
def all_rows(id: Id, caller: Viewer, desk: TheDesk, request: Request) -> StreamingResponse:
    """What became of each row, as a file."""
    return batches.all_rows(id, caller, desk, request)


@router.post("/{id}/retry")
def retry(id: Id, caller: Member, desk: TheDesk) -> Response:
    """Order failed and cancelled rows again."""
    batches.retry(id, caller, desk)
    return seen(f"{HERE}/{quote(id, safe='')}")


@router.post("/{id}/cancel")
def cancel(id: Id, caller: Member, desk: TheDesk) -> Response:
    """Call it off."""
    batches.cancel(id, caller, desk)
    return seen(f"{HERE}/{quote(id, safe='')}")
