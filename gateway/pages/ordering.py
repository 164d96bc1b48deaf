"""Ordering anything: a request as JSON, checked before it is ordered, with what is wrong by its field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import Field

from gateway.access import Member
from gateway.callers import Caller
from gateway.desk import Desk, TheDesk
from gateway.pages.rendering import page, written
from gateway.pages.routing import asked_for, form_of, once, pages, read, seen
from gateway.problems import ProblemDocument, told_of
from gateway.routes import generations
from gateway.sessions import PAGES
from gateway.told import NewOrder, Verdict
from reel.catalogue.names import new_id
from reel.errors import InvalidRequest
from reel.kinds.registry import KINDS
from reel.request.read import read_json
from reel.values import Value

router = pages("generations")

BEGIN = '{"kind": "encode", "asset": "https://..."}'


class Like(Value):
    """What the form begins with."""

    like: str | None = Field(
        None, max_length=64, description="Id of a generation that is to be ordered once more, changed."
    )


class Pressed(Value):
    """Which button it was sent by."""

    do: Literal["order", "check"]


def _like(request: Request) -> Like:
    return asked_for(Like, request)


@router.get("/new")
def blank(asked: Annotated[Like, Depends(_like)], caller: Member, desk: TheDesk, request: Request) -> Response:
    """The form; empty, or with the request of a generation."""
    if asked.like is None:
        return _form(caller, {"request": BEGIN})
    found = generations.one(asked.like, caller, desk, request)
    return _form(caller, {"request": written(found.request), "project": found.project})


@router.post("/new")
async def order(caller: Member, desk: TheDesk, request: Request) -> Response:
    """Order what the form says, or say what would come of it; where it cannot be met, the form again with what is wrong."""
    form = await form_of(request, "request", "project", "do", "once")
    try:
        document = read_json(form.get("request", ""), "request", BEGIN)
        if read(Pressed, {"do": form.get("do")}).do == "check":
            return await _checked(document, form, caller, desk)
        wanted = read(NewOrder, {"request": document, "project": form.get("project") or "default"})
        made = await generations.order(wanted, caller, desk, request, Response(), once(form, document))
    except (InvalidRequest, RequestValidationError) as error:
        problem, _ = told_of(request, error)
        return await run_in_threadpool(_form, caller, form, problem=problem)
    return seen(f"{PAGES}/generations/{made.id}")


async def _checked(document: Mapping[str, object], form: Mapping[str, str], caller: Caller, desk: Desk) -> Response:
    verdict = await generations.validate(NewOrder(request=dict(document)), caller, desk)
    return await run_in_threadpool(_form, caller, form, verdict=verdict)


def _form(
    caller: Caller, form: Mapping[str, str], problem: ProblemDocument | None = None, verdict: Verdict | None = None
) -> Response:
    return page(
        "order.html.j2",
        caller,
        status=problem.status if problem else 200,
        request=form.get("request", ""),
        project=form.get("project", ""),
        once=form.get("once") or new_id("form-"),
        kinds=sorted(KINDS),
        problem=problem,
        verdict=verdict,
        is_wrong=problem is not None or (verdict is not None and not verdict.valid),
    )
