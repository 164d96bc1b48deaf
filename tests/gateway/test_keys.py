"""API keys: good for what they are for, and for no longer than they are to be."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from gateway.access import role_of, scope_of
from gateway.callers import LEVELS
from gateway.pages.every import PAGES
from gateway.routes import ROUTERS
from reel.control.keys import OPERATOR_SCOPES, SCOPES
from tests.gateway.conftest import key_of


def test_a_key_opens_and_a_wrong_one_does_not(as_, desk):
    client = as_("acme", "owner")
    assert client.get("/v1/keys").status_code == 200
    key = client.headers["Authorization"]
    for wrong in (
        "",
        "Bearer",
        "Bearer x",
        "Basic x",
        key[:-1],
        key[:-1] + ("A" if key[-1] != "A" else "B"),
        "Bearer é",
    ):
        refused = client.get("/v1/keys", headers={"Authorization": wrong.encode()})
        assert refused.status_code == 401
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.headers["www-authenticate"].startswith("Bearer")


def test_a_key_is_shown_once_and_kept_nowhere(as_, catalogue, tmp_path):
    client = as_()
    made = client.post("/v1/keys", json={"name": "shop", "role": "viewer"})
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    key = made.json()["key"]
    assert "key" not in client.get("/v1/keys").json()["keys"][-1]
    catalogue.close()
    secret = key.split("_", 2)[-1].encode()
    assert not any(secret in file.read_bytes() for file in tmp_path.glob("catalogue.db*"))


def test_a_rotated_key_is_good_for_a_day_yet(as_, clock):
    client = as_()
    first = client.post("/v1/keys", json={"name": "shop", "role": "owner"}).json()
    second = client.post(f"/v1/keys/{first['id']}/rotate").json()
    assert (second["name"], second["role"]) == ("shop", "owner")

    def status(key):
        return client.get("/v1/keys", headers={"Authorization": f"Bearer {key}"}).status_code

    assert [status(first["key"]), status(second["key"])] == [200, 200]
    assert client.post(f"/v1/keys/{first['id']}/rotate").status_code == 409
    clock.now += timedelta(hours=24)
    assert [status(first["key"]), status(second["key"])] == [401, 200]


def test_how_long_a_rotated_key_is_good_is_said_in_the_query(as_, clock):
    client = as_()
    first = client.post("/v1/keys", json={"name": "shop"}).json()
    refused = client.post(f"/v1/keys/{first['id']}/rotate", json={"hours": 0})  # it would be good for a day
    assert (refused.status_code, refused.json()["problems"][0]["place"]) == (422, "body")
    assert client.post(f"/v1/keys/{first['id']}/rotate", params={"hours": 0}, json={}).status_code == 201
    found = next(key for key in client.get("/v1/keys").json()["keys"] if key["id"] == first["id"])
    assert datetime.fromisoformat(found["expires"]) == clock.now


def test_a_key_that_was_never_good_is_not_made(as_, clock):
    for end in (clock.now - DAY, clock.now):
        refused = as_().post("/v1/keys", json={"name": "shop", "expires": end.isoformat()})
        assert (refused.status_code, refused.json()["problems"][0]["place"]) == (422, "expires")


@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_a_key_that_has_ended_is_refused(as_, clock, end):
    client = as_()
    expires = (clock.now + timedelta(minutes=5)).isoformat() if end == "expired" else None
    made = client.post("/v1/keys", json={"name": "shop", "role": "owner", "expires": expires}).json()
    shown = {"Authorization": f"Bearer {made['key']}"}
    assert client.get("/v1/keys", headers=shown).status_code == 200
    if end == "revoked":
        assert client.delete(f"/v1/keys/{made['id']}").json()["revoked"]
    clock.now += timedelta(minutes=5)
    assert client.get("/v1/keys", headers=shown).status_code == 401


def test_the_last_use_is_noted_at_most_once_a_minute(as_, clock):
    client = as_()
    begun = clock.now
    noted = []
    for _ in range(4):
        noted.append(client.get("/v1/keys").json()["keys"][0]["last_used"])
        clock.now += timedelta(seconds=25)
    seconds = [(type(begun).fromisoformat(each) - begun).total_seconds() for each in noted]
    assert seconds == [0, 0, 0, 75]


def test_scopes_narrow_what_a_role_may(as_):
    client = as_("acme", "owner", scopes=["keys:read"])
    assert client.get("/v1/keys").status_code == 200
    refused = client.post("/v1/keys", json={"name": "shop"})
    assert (refused.status_code, refused.json()["detail"]) == (403, "the key is not good for keys:write")


DAY = timedelta(days=1)
BEYOND = {
    "all scopes": ({"scopes": ["keys:write", "keys:read"]}, {}, "scopes"),
    "another scope": ({"scopes": ["keys:write"]}, {"scopes": ["keys:write", "generations:read"]}, "scopes"),
    "no end": ({"expires": DAY}, {}, "expires"),
    "a later end": ({"expires": DAY}, {"expires": 2 * DAY}, "expires"),
}
"""What a key has, what of another one goes beyond that, and in which field."""


def filled(fields, clock) -> dict:
    return {name: (clock.now + value).isoformat() if name == "expires" else value for name, value in fields.items()}


@pytest.mark.parametrize(("own", "wanted", "place"), BEYOND.values(), ids=BEYOND)
def test_no_key_makes_one_of_more_than_itself(as_, desk, clock, own, wanted, place):
    client = as_("acme", "owner", **filled(own, clock))
    refused = client.post("/v1/keys", json={"name": "wider", "role": "owner", **filled(wanted, clock)})
    assert (refused.status_code, [each["place"] for each in refused.json()["problems"]]) == (403, [place])
    assert [key["name"] for key in as_().get("/v1/keys").json()["keys"]] == ["test", "test"]


@pytest.mark.parametrize(("own", "wanted", "place"), BEYOND.values(), ids=BEYOND)
def test_no_key_is_rotated_into_one_of_more_than_itself(as_, desk, clock, own, wanted, place):
    wider = key_of(desk, **filled(wanted, clock))
    refused = as_("acme", "owner", **filled(own, clock)).post(f"/v1/keys/{wider.split('_')[1]}/rotate?hours=0")
    assert (refused.status_code, [each["place"] for each in refused.json()["problems"]]) == (403, [place])
    assert as_().get("/v1/keys", headers={"Authorization": f"Bearer {wider}"}).status_code != 401


@pytest.mark.parametrize(
    "fields", [{"scopes": ["keys:write"]}, {"expires": DAY}, {"scopes": ["keys:write"], "expires": DAY}]
)
def test_a_key_makes_and_rotates_one_of_just_as_much(as_, clock, fields):
    fields = filled(fields, clock)
    client = as_("acme", "owner", **fields)
    made = client.post("/v1/keys", json={"name": "same", "role": "owner", **fields})
    assert made.status_code == 201
    again = client.post(f"/v1/keys/{made.json()['id']}/rotate")
    assert again.status_code == 201
    assert {name: again.json()[name] for name in ("scopes", "expires")} == {
        name: made.json()[name] for name in ("scopes", "expires")
    }


def test_a_key_that_was_rotated_makes_none_that_outlasts_it(as_, clock):
    """Who still has the old one is not to keep a foot in the door."""
    client = as_()
    (own,) = client.get("/v1/keys").json()["keys"]
    assert client.post(f"/v1/keys/{own['id']}/rotate").status_code == 201
    assert client.post("/v1/keys", json={"name": "for ever", "role": "owner"}).status_code == 403


@pytest.mark.parametrize(
    ("scopes", "place", "words"),
    [
        (["generation:read"], "scopes[0]", "generations:read"),
        (["keys:read", "x"], "scopes[1]", "say "),
        ([], "scopes", ""),
    ],
)
def test_scopes_that_there_are_not_make_no_key(as_, scopes, place, words):
    refused = as_().post("/v1/keys", json={"name": "shop", "scopes": scopes})
    (problem,) = refused.json()["problems"]
    assert (refused.status_code, problem["place"]) == (422, place)
    assert words in problem["remedy"]


def test_scopes_are_what_routes_need():
    routes: list[Any] = [route for router in (*ROUTERS, *PAGES) for route in router.routes]
    needed = {
        (role_of(route.dependant) in LEVELS, scope_of(route.path, method))
        for route in routes
        for method in getattr(route, "methods", None) or ["GET"]
        if role_of(route.dependant) and route.path != "/mcp"  # asks on with the caller's key
    }
    assert {scope for is_tenants, scope in needed if not is_tenants} == {*OPERATOR_SCOPES}
    assert {scope for is_tenants, scope in needed if is_tenants} == {*SCOPES}


def test_an_operators_key_is_narrowed_to_metrics(as_):
    client = as_("acme", "operator", scopes=["metrics:read"])
    assert client.get("/metrics").status_code == 200
    assert client.get("/v1/forecast").status_code == 403


@pytest.mark.parametrize(
    ("scopes", "generation", "status"),
    [
        (["events:write"], None, 403),
        (["events:write", "generations:read"], None, 403),
        (["events:write", "events:read"], None, 201),
        (["events:write", "events:read"], "0", 403),
    ],
)
def test_a_ticket_opens_what_its_key_opens(as_, scopes, generation, status):
    asked = as_("acme", "viewer", scopes=scopes).post("/v1/events/tickets", json={"generation": generation})
    assert asked.status_code == status


def test_a_tenant_makes_no_operators(as_):
    refused = as_().post("/v1/keys", json={"name": "shop", "role": "operator"})
    assert (refused.status_code, refused.json()["problems"][0]["place"]) == (422, "role")


def test_nobody_locks_himself_out(as_):
    client = as_()
    (own,) = client.get("/v1/keys").json()["keys"]
    assert client.delete(f"/v1/keys/{own['id']}").status_code == 409
    assert client.get("/v1/keys").status_code == 200
