"""Webhooks, for owners: made and tried, their secrets shown once, what was sent with what came of it, sent again."""

from __future__ import annotations

from typing import Annotated, Any, get_args
from urllib.parse import quote

from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import Field

from gateway.access import Owner
from gateway.callers import Caller
from gateway.desk import Desk, TheDesk
from gateway.pages.rendering import STORED_NOWHERE, page
from gateway.pages.routing import asked_for, form_of, pages, read, seen
from gateway.problems import ProblemDocument, told_of
from gateway.routes import webhooks
from gateway.routes.webhooks import EventId, Id, NewWebhook
from gateway.sessions import PAGES
from reel.catalogue import EventState, EventType
from reel.errors import InvalidRequest
from reel.values import Value

router = pages("webhooks")

HERE = f"{PAGES}/webhooks"
SENT = 50
"""Deliveries of a page."""
TYPES: tuple[str, ...] = get_args(EventType)
OF_TYPE = "event."
"""What the names of boxes begin with that stand for a type of event."""


class Part(Value):
    """Which deliveries are shown."""

    state: EventState | None = Field(None, description="Those in this state.")
    after: str | None = Field(None, max_length=64, description="From the page before.")


def _part(request: Request) -> Part:
    return asked_for(Part, request)


@router.get("")
def listed(caller: Owner, desk: TheDesk) -> Response:
    """All endpoints, and the form for a new one."""
    return _list(caller, desk)


@router.post("")
async def add(caller: Owner, desk: TheDesk, request: Request) -> Response:
    """Send events to a URL from now on; the page that shows its secret, this once."""
    form = await form_of(request, "url", OF_TYPE)
    # Also those that no box stands for: without them more would be sent than was asked for.
    types = tuple(name.removeprefix(OF_TYPE) for name in form if name.startswith(OF_TYPE))
    url = form.get("url", "").strip()
    try:
        wanted = read(NewWebhook, {"url": url, "events": types or None})
        made = await run_in_threadpool(webhooks.add, wanted, caller, desk, Response())
    except (InvalidRequest, RequestValidationError) as error:
        problem, _ = told_of(request, error)
        return await run_in_threadpool(_list, caller, desk, url=url, types=types, problem=problem)
    return await run_in_threadpool(_endpoint, made.id, Part(), caller, desk, secret=made.secret)


@router.get("/{id}")
def one(id: Id, part: Annotated[Part, Depends(_part)], caller: Owner, desk: TheDesk) -> Response:
    """An endpoint, with what was sent to it."""
    return _endpoint(id, part, caller, desk)


@router.post("/{id}/test")
async def try_out(id: Id, caller: Owner, desk: TheDesk) -> Response:
    """Post an event of type `webhook.test`; the page with what came of it."""
    trial = await webhooks.try_out(id, caller, desk)
    return await run_in_threadpool(_endpoint, id, Part(), caller, desk, trial=trial)


@router.post("/{id}/rotate")
def rotate(id: Id, caller: Owner, desk: TheDesk) -> Response:
    """Make a new secret; the page that shows it, this once."""
    return _endpoint(id, Part(), caller, desk, secret=webhooks.rotate(id, caller, desk, Response()).secret)


@router.post("/{id}/disable")
def disable(id: Id, caller: Owner, desk: TheDesk) -> Response:
    """Send nothing more."""
    webhooks.disable(id, caller, desk)
    return seen(_path(id))


@router.post("/{id}/enable")
def enable(id: Id, caller: Owner, desk: TheDesk) -> Response:
    """Send again."""
    webhooks.enable(id, caller, desk)
    return seen(_path(id))


@router.post("/{id}/remove")
def remove(id: Id, caller: Owner, desk: TheDesk) -> Response:
    """Send nothing more, and forget what was sent."""
    webhooks.remove(id, caller, desk)
    return seen(HERE)


@router.post("/{id}/deliveries/{event}/redeliver")
def redeliver(id: Id, event: EventId, caller: Owner, desk: TheDesk) -> Response:
    """Send an event again."""
    webhooks.redeliver(id, event, caller, desk)
    return seen(_path(id))


def _path(id_: str) -> str:
    return f"{HERE}/{quote(id_, safe='')}"


def _list(
    caller: Caller, desk: Desk, url: str = "", types: tuple[str, ...] = (), problem: ProblemDocument | None = None
) -> Response:
    return page(
        "webhooks.html.j2",
        caller,
        status=problem.status if problem else 200,
        found=webhooks.all_webhooks(caller, desk).webhooks,
        types=TYPES,
        url=url,
        chosen=types,
        problem=problem,
        here=HERE,
    )


def _endpoint(id_: str, part: Part, caller: Caller, desk: Desk, secret: str = "", trial: Any = None) -> Response:
    return page(
        "webhook.html.j2",
        caller,
        headers=STORED_NOWHERE if secret else None,
        found=webhooks.one(id_, caller, desk),
        sent=webhooks.deliveries(id_, caller, desk, part.state, part.after, SENT),
        part=part,
        states=get_args(EventState),
        secret=secret,
        trial=trial,
        here=_path(id_),
    )
