"""Batches: ordered, how far each is, what is wrong with which rows, called off and ordered again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse
from pydantic import Field

from gateway.access import Member, Needs, Viewer
from gateway.callers import Caller
from gateway.desk import Desk, TheDesk
from gateway.pages.rendering import page
from gateway.pages.routing import asked_for, form_of, once, pages, read, seen
from gateway.problems import ProblemDocument, told_of
from gateway.routes import batches, templates
from gateway.routes.batches import NewBatchOrder
from gateway.sessions import PAGES
from reel.catalogue.names import new_id
from reel.control.manifests import manifest
from reel.control.sheets import OF_TYPES
from reel.errors import InvalidRequest
from reel.values import Value

router = pages("batches")

HERE = f"{PAGES}/batches"
ROWS = 50
"""Of a page."""
LISTED = 100
FIELDS = ("template", "asset", "table", "columns", "id_column", "name", "project")
OFFERED = 200
"""Tables that the form offers, the newest."""

Id = Annotated[str, Path(max_length=64, description="Id of a batch.")]

Orders = Annotated[Caller, Depends(Needs("member", besides=("templates:read",)))]
"""Its form names all templates."""


class Part(Value):
    """Which rows are shown."""

    after: int = Field(0, ge=0, le=2**31 - 1, description="From the row after this one on.")
    wrong: bool = Field(False, description="Those alone that are bad or failed.")


class Of(Value):
    """What the form begins with."""

    template: str | None = Field(None, max_length=64, description="Id of a template.")
    asset: str | None = Field(None, max_length=64, description="Id of an asset that is a table.")


def _of(request: Request) -> Of:
    return asked_for(Of, request)


def _part(request: Request) -> Part:
    return asked_for(Part, request)


@router.get("")
def listed(caller: Viewer, desk: TheDesk) -> Response:
    """The newest batches."""
    return page(
        "batches.html.j2",
        caller,
        found=batches.all_batches(caller, desk, LISTED).batches,
        may_order=caller.has("member"),
        here=HERE,
    )


@router.get("/new")
def blank(asked: Annotated[Of, Depends(_of)], caller: Orders, desk: TheDesk) -> Response:
    """The form."""
    return _form(caller, desk, asked.model_dump(exclude_none=True))


@router.post("/new")
async def order(caller: Orders, desk: TheDesk, request: Request) -> Response:
    """Order what the form says; where it cannot be met, the form again with what is wrong."""
    form = await form_of(request, *FIELDS, "ignore", "once")
    try:
        document = _document(form)
        key = once(form, document)
        made = await batches.add_batch(read(NewBatchOrder, document), caller, desk, request, Response(), key)
    except (InvalidRequest, RequestValidationError) as error:
        problem, _ = told_of(request, error)
        return await run_in_threadpool(_form, caller, desk, form, problem)
    return seen(f"{HERE}/{quote(made.id, safe='')}")


@router.get("/{id}")
def one(id: Id, part: Annotated[Part, Depends(_part)], caller: Viewer, desk: TheDesk) -> Response:
    """A batch with a part of its rows."""
    found = batches.one_batch(id, caller, desk)
    rows = manifest(id, caller.tenant, desk.catalogue, part.after, ROWS + 1, wrong=part.wrong)
    named = found.template and caller.may("templates:read")
    return page(
        "batch.html.j2",
        caller,
        found=found,
        template_name=templates.one_template(str(found.template), caller, desk).name if named else "",
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


def _document(form: Mapping[str, str]) -> dict[str, Any]:
    """The order of a form. Raises `InvalidRequest`."""
    given = {name: form.get(name, "").strip() for name in ("asset", "table", "project", "id_column")}
    if bool(given["asset"]) == bool(given["table"]):
        raise InvalidRequest.at("table", "is one of the library, or what is pasted", "give one of the two")
    return {
        "template": {"id": form.get("template", "")},
        "table": f"asset:{given['asset']}" if given["asset"] else form["table"],
        "columns": dict(_columns(form.get("columns", ""))),
        "other_columns": "ignore" if "ignore" in form else "refuse",
        "name": form.get("name", "").strip(),
        "project": given["project"] or "default",
        "id_column": given["id_column"] or None,
    }


def _columns(text: str) -> Iterator[tuple[str, str]]:
    """Columns and where their values go, a line each: `Kunde = values.NAME`. Raises `InvalidRequest`."""
    for number, line in enumerate(text.splitlines(), start=1):
        column, equals, place = (part.strip() for part in line.rpartition("="))
        if equals and column and place:
            yield column, place
        elif line.strip():
            raise InvalidRequest.at("columns", f"line {number} names no column and its place", "Kunde = values.NAME")


def _form(caller: Caller, desk: Desk, form: Mapping[str, str], problem: ProblemDocument | None = None) -> Response:
    with desk.catalogue.tenant(caller.tenant, only_reads=True) as records:
        tables = (
            records.library(state="ready", media_types=OF_TYPES, limit=OFFERED) if caller.may("assets:read") else []
        )
    return page(
        "batch-order.html.j2",
        caller,
        status=problem.status if problem else 200,
        templates=[each for each in templates.all_templates(caller, desk).templates if not each.retired],
        tables=tables,
        given={name: form.get(name, "") for name in FIELDS},
        ignores="ignore" in form,
        once=form.get("once") or new_id("form-"),
        problem=problem,
        here=HERE,
    )
