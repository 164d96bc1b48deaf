"""Every route, whoever adds it: who may ask, and that nobody is told or changes anything of another tenant."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute, APIWebSocketRoute, iter_route_contexts
from fastapi.testclient import TestClient

from gateway.access import READING, role_of
from gateway.app import create_app
from gateway.callers import LEVELS
from gateway.desk import Desk
from gateway.sessions import PAGES
from reel.control.advancing import advance
from tests.fetch.conftest import configure
from tests.gateway.furnishing import (
    BODIES,
    ENDLESS,
    FORMS,
    FURNISHED,
    HEADERS,
    NOT_HERE,
    OF_ALL,
    OUTSIDE,
    mark,
    ready_asset,
)

__all__ = ["configure"]

PUBLIC = {
    *("/d/{token}/{tenant}/{generation}.zip", "/d/{token}/{tenant}/{generation}/{name:path}", "/healthz", "/readyz"),
    *("/", "/llms.txt", "/pages", "/pages/sign-in", "/pages/sign-out", "/pages/static/{name}"),
    *("/pages/openid", "/pages/openid/back"),
}
"""What needs no key. A new route is here, or names a role."""
LOOKED_AT = frozenset(range(200, 300)) | {409, 412, 422}
"""Statuses of what was allowed: done, or refused for what it asks."""
NOWHERE = {"id": "0" * 32, "name": "a", "kind": "mixer", "event": "evt_0", "version": "1"}
"""What stands for nothing in paths."""
ROLES = ("viewer", "member", "owner", "operator")


@pytest.fixture(autouse=True)
def library(configure, tmp_path):
    configure(library=tmp_path / "library")


def routes(desk: Desk) -> list[Any]:
    """All that can be asked, but the OpenAPI document."""
    found = [each for each in iter_route_contexts(create_app(desk).routes) if each.path != "/v1/openapi.json"]
    assert all(isinstance(each.original_route, APIRoute | APIWebSocketRoute) for each in found)
    return found


def asked(desk: Desk) -> list[tuple[str, Any]]:
    """All routes over HTTP that take a key and come to an end, with each of their methods."""
    return [
        (method, route)
        for route in routes(desk)
        if not isinstance(route.original_route, APIWebSocketRoute) and role_of(route.dependant) is not None
        for method in sorted(route.methods)
        if route.path not in ENDLESS and method != "OPTIONS"
    ]


def resource_of(path: str) -> str:
    return path.removeprefix("/v1/").removeprefix("/pages/").strip("/").partition("/")[0]


def ask(client: TestClient, method: str, route: Any, params: dict[str, str]) -> Any:
    """Ask for a route with good parameters and a good body."""
    if form := FORMS.get((method, route.path)):
        return client.request(method, route.path.format(**params), data=form)
    body = BODIES.get((method, route.path))
    assert body is not None or route.original_route.body_field is None, f"{method} {route.path} has no body in BODIES"
    path = re.sub(r"\{(\w+)(:\w+)?\}", lambda found: params[found[1]], route.path)
    return client.request(method, path, json=body, headers=HEADERS.get(resource_of(route.path)))


def test_every_route_names_a_role_or_is_public(desk):
    open_ones = {route.path for route in routes(desk) if role_of(route.dependant) is None}
    assert open_ones == PUBLIC


@pytest.mark.parametrize("role", [None, *ROLES])
def test_who_may_ask(as_, desk, role):
    """Without the role that a route needs nothing is looked at; with it, it is done."""
    for method, route in asked(desk):
        client = as_(None) if role is None else as_("ours", role)
        needed = role_of(route.dependant)
        allowed = role == needed or (role in LEVELS and needed in LEVELS and LEVELS[role] >= LEVELS[needed])
        if allowed and route.path in OUTSIDE:
            continue
        furnish = FURNISHED[resource_of(route.path)] if allowed and "{" in route.path else lambda *_: NOWHERE
        status = ask(client, method, route, furnish(desk, "ours")).status_code
        if allowed:
            expected = LOOKED_AT | ({404, 405} if (method, route.path) in NOT_HERE else set())
            assert status in expected, (method, route.path, status)
        else:
            # Who sends a form and shows no key is asked first whether it came from a page of ours.
            is_form = role is None and method not in READING and route.path.startswith(PAGES)
            assert status == (401 if role is None and not is_form else 403), (method, route.path, status)


@pytest.mark.parametrize("role", ROLES)
def test_nothing_is_told_or_changed_of_another_tenant(as_, desk, role, tmp_path):
    theirs = {resource: furnish(desk, "theirs") for resource, furnish in FURNISHED.items()}
    before = kept_of(desk, "theirs", tmp_path)
    client = as_("ours", role)
    for method, route in asked(desk):
        resource = resource_of(route.path)
        if resource in OF_ALL:
            continue
        answer = ask(client, method, route, theirs[resource] if "{" in route.path else {})
        if "{" in route.path:
            expected = {403, 404} | ({405} if (method, route.path) in NOT_HERE else set())
            assert answer.status_code in expected, (method, route.path, answer.status_code)
        assert mark("theirs") not in answer.text + str(answer.headers), (method, route.path)
    assert kept_of(desk, "theirs", tmp_path) == before


def test_what_is_anothers_and_what_is_nowhere_are_told_alike(as_, desk):
    client = as_("ours", "owner")
    for method, route in asked(desk):
        if "{" in route.path and resource_of(route.path) not in OF_ALL:
            theirs = FURNISHED[resource_of(route.path)](desk, "theirs")
            told, expected = (
                ask(client, method, route, params) for params in (theirs, {**theirs, "id": NOWHERE["id"]})
            )
            assert told.status_code == expected.status_code, (method, route.path)
            texts = told.text.replace(theirs["id"], "ID"), expected.text.replace(NOWHERE["id"], "ID")
            assert texts[0] == texts[1], (method, route.path)


def named(resource: str) -> Callable[[Desk, str], str]:
    return lambda desk, tenant: FURNISHED[resource](desk, tenant)["id"]


def slides(source: str | list[str]) -> dict[str, Any]:
    return {"request": {"kind": "slideshow", "images": source}}


ANOTHERS: dict[str, Any] = {
    "an asset": (ready_asset, lambda id_: ("/v1/generations", slides([f"asset:{id_}"]))),
    "a project's list": (named("projects"), lambda id_: ("/v1/generations", slides(f"project:{id_}"))),
    "a template": (named("templates"), lambda id_: ("/v1/generations", {"request": {"template": {"id": id_}}})),
    "an asset that is judged": (ready_asset, lambda id_: ("/v1/generations/validate", slides([f"asset:{id_}"]))),
    "a project's asset": (ready_asset, lambda id_: ("/v1/projects", {"id": "mine", "assets": [id_]})),
    "a batch's template": (named("templates"), lambda id_: ("/v1/batches", {"template": {"id": id_}, "rows": [{}]})),
    "transfers": (named("generations"), lambda id_: (f"/v1/credits/transfers?generation={id_}", None)),
    "a list's cursor": (ready_asset, lambda id_: (f"/v1/assets?after={id_}", None)),
}
"""What bodies and queries name, and how."""


@pytest.mark.parametrize(("furnish", "naming"), ANOTHERS.values(), ids=ANOTHERS)
def test_what_bodies_and_queries_name_of_anothers_is_nowhere(as_, desk, furnish, naming):
    client, id_ = as_("ours", "owner"), furnish(desk, "theirs")
    told = []
    for name in (id_, "0" * len(id_)):
        path, body = naming(name)
        answer = client.post(path, json=body) if body else client.get(path)
        told.append((answer.status_code, answer.text.replace(name, "ID")))
    assert told[0] == told[1]
    assert mark("theirs") not in told[0][1]
    assert told[0][0] in (404, 422) or told[0][1] in ('{"transfers":[]}',) or '"valid":false' in told[0][1]


def test_an_asset_of_anothers_in_a_batch_is_a_bad_row(as_, desk):
    rows, columns = [{"picture": f"asset:{ready_asset(desk, 'theirs')}"}], {"picture": "images[0]"}
    client = as_("ours", "owner")
    order = {"template": slides(["x.png"])["request"], "rows": rows, "columns": columns}
    made = client.post("/v1/batches", json=order).json()
    advance(made["id"], "ours", desk.catalogue)
    (row,) = client.get(f"/v1/batches/{made['id']}/rows").json()["rows"]
    assert (row["status"], row["problems"][0]["place"]) == ("bad", 'row 1, column "picture"')
    assert mark("theirs") not in str(row)


def kept_of(desk: Desk, tenant: str, folder: Path) -> tuple[list[Any], dict[str, bytes]]:
    """All rows of the catalogue that speak of a tenant, but for its events' places in the feed, which a reader gives them; and
    all its files."""
    dump = folder / "dump"
    desk.catalogue.dump(dump)
    with gzip.open(dump, "rt") as file:
        rows = [json.loads(line) for line in file if f'"{tenant}"' in line]
    dump.unlink()
    files = {str(path): path.read_bytes() for path in folder.rglob(f"{tenant}/**/*") if path.is_file()}
    assert files
    return [(table, {**row, "number": None} if table == "feed" else row) for table, row in rows], files
