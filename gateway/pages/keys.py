"""API keys, for owners: made and shown once, rotated with both good for a while, revoked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, get_args
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import Field

from gateway.access import Owner
from gateway.callers import Caller
from gateway.desk import Desk, TheDesk
from gateway.pages.rendering import STORED_NOWHERE, page
from gateway.pages.routing import form_of, pages, read, seen
from gateway.problems import ProblemDocument, Refused, told_of
from gateway.routes import keys
from gateway.routes.keys import Hours, Id, IssuedKey, Key, NewKey, OfTenants
from gateway.sessions import PAGES
from reel.control.keys import SCOPES, shown_of
from reel.errors import InvalidRequest, NotFound
from reel.values import Value

router = pages("keys")

HERE = f"{PAGES}/keys"
MOST_DAYS = 3650
OF_SCOPE = "scope."
"""What the names of boxes begin with that stand for a scope."""


class Days(Value):
    """For how long a key is wanted."""

    days: float | None = Field(None, gt=0, le=MOST_DAYS, description="Days until it ends; null: never.")


class Overlap(Value):
    """For how long both are good."""

    hours: Hours = keys.OVERLAP_HOURS


@router.get("")
def listed(caller: Owner, desk: TheDesk) -> Response:
    """All keys, and the form for a new one."""
    return _list(caller, desk)


@router.post("")
async def add(caller: Owner, desk: TheDesk, request: Request) -> Response:
    """Make a key; the page that shows it, this once."""
    form = await form_of(request, "name", "role", "days", OF_SCOPE)
    try:
        wanted = _wanted(form, desk.clock())
        made = await run_in_threadpool(keys.add_key, wanted, caller, desk, Response())
    except (InvalidRequest, RequestValidationError, Refused) as error:
        problem, _ = told_of(request, error)
        return await run_in_threadpool(_list, caller, desk, form, problem)
    return _shown(made, caller, desk, key=made.key)


@router.get("/{id}")
def one(id: Id, caller: Owner, desk: TheDesk) -> Response:
    """A key, and what can be done with it."""
    return _shown(_key(id, caller, desk), caller, desk)


@router.post("/{id}/rotate")
async def rotate(id: Id, caller: Owner, desk: TheDesk, request: Request) -> Response:
    """Make a key in its place; the page that shows it, this once."""
    overlap = read(Overlap, _filled(await form_of(request, "hours"), "hours"))
    made = await run_in_threadpool(keys.rotate_key, id, caller, desk, Response(), overlap.hours)
    return _shown(made, caller, desk, key=made.key, instead_of=id if overlap.hours else "")


@router.post("/{id}/revoke")
def revoke(id: Id, caller: Owner, desk: TheDesk) -> Response:
    """Refuse it from now on."""
    keys.revoke_key(id, caller, desk)
    return seen(HERE)


def state_of(key: Key, now: datetime) -> str:
    """What has become of a key, in a word."""
    if key.revoked:
        return "revoked"
    if key.expires and key.expires <= now:
        return "expired"
    return "replaced" if key.replaced_by else "good"


def _filled(form: Mapping[str, str], *names: str) -> dict[str, str]:
    """What stands in these fields, but for those left empty."""
    return {name: form[name].strip() for name in names if form.get(name, "").strip()}


def _wanted(form: Mapping[str, str], now: datetime) -> NewKey:
    """The key that a form asks for. Raises `RequestValidationError`."""
    days = read(Days, _filled(form, "days")).days
    given = {
        "name": form.get("name", "").strip(),
        # Also those that no box stands for: without them the key would be good for more than was asked.
        "scopes": tuple(name.removeprefix(OF_SCOPE) for name in form if name.startswith(OF_SCOPE)) or None,
        "expires": (now + timedelta(days=days)).isoformat() if days else None,
    }
    return read(NewKey, {**given, **_filled(form, "role")})


def _key(id_: str, caller: Caller, desk: Desk) -> Key:
    found = next((key for key in keys.all_keys(caller, desk).keys if key.id == id_), None)
    if found is None:
        raise NotFound.at("key", f"there is no {id_!r}")
    return found


def _list(
    caller: Caller, desk: Desk, form: Mapping[str, str] | None = None, problem: ProblemDocument | None = None
) -> Response:
    now = desk.clock()
    found = [(key, state_of(key, now)) for key in keys.all_keys(caller, desk).keys]
    return page(
        "keys.html.j2",
        caller,
        status=problem.status if problem else 200,
        good=[each for each in found if each[1] in ("good", "replaced")],
        ended=[each for each in found if each[1] in ("revoked", "expired")],
        roles=get_args(OfTenants),
        scopes=[scope for scope in SCOPES if caller.may(scope)],
        ends=caller.ends,
        narrow=caller.scopes is not None,
        form=form or {"role": "member"},
        is_narrowed=caller.scopes is not None or any(name.startswith(OF_SCOPE) for name in form or ()),
        problem=problem,
        **_common(caller),
    )


def _shown(found: Key | IssuedKey, caller: Caller, desk: Desk, key: str = "", instead_of: str = "") -> Response:
    return page(
        "key.html.j2",
        caller,
        headers=STORED_NOWHERE if key else None,
        found=found,
        state=state_of(found, desk.clock()),
        may_rotate=not any(caller.beyond(found)),
        key=key,
        instead_of=instead_of,
        overlap=Overlap().hours,
        most=keys.MOST_OVERLAP,
        path=f"{HERE}/{quote(found.id, safe='')}",
        **_common(caller),
    )


def _common(caller: Caller) -> dict[str, Any]:
    return {"here": HERE, "shown_of": shown_of, "own": caller.api_key}
