"""API keys as owners see to them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from tests.gateway.pages.conftest import Read

HERE = "/pages/keys"
LIST = "/v1/generations"


def shown(answer) -> list[str]:
    return re.findall(r"reel_[0-9a-f]{16}_[\w-]{43}", answer.text)


def path_of(key: str) -> str:
    return f"{HERE}/{key.split('_')[1]}"


def status(client: TestClient, key: str, path: str = LIST) -> int:
    """With the key alone, as a program asks."""
    return TestClient(client.app, headers={"Authorization": f"Bearer {key}"}).get(path).status_code


@pytest.fixture
def owner(signed_in):
    return signed_in(name="mine")


def make(client: TestClient, **fields: str) -> str:
    (key,) = shown(client.post(HERE, data={"name": "shop", "role": "member", **fields}))
    return key


def test_a_key_is_shown_once_and_is_good_from_then_on(owner):
    made = owner.post(HERE, data={"name": "shop", "role": "viewer"})
    (key,) = shown(made)
    assert made.headers["cache-control"] == "no-store"
    assert status(owner, key) == 200
    assert status(owner, key, "/v1/keys") == 403  # a viewer's
    for page in (owner.get(HERE), owner.get(path_of(key))):
        assert shown(page) == []
        assert "shop" in Read(page.text).text
    assert key[: len("reel_") + 16 + 1] in Read(owner.get(HERE).text).texts


def test_a_key_is_narrowed_and_ends(owner, clock):
    key = make(owner, **{"days": "30", "scope.generations:read": "on"})
    assert status(owner, key) == 200
    assert status(owner, key, "/v1/assets") == 403
    assert "generations:read" in Read(owner.get(HERE).text).texts
    clock.now += timedelta(days=30)
    assert status(owner, key) == 401


@pytest.mark.parametrize("field", ["scope.bogus:read", "scopes", "scope"])
def test_a_scope_that_there_is_not_makes_no_key_of_all(owner, field):
    """A box that was renamed meanwhile, or a form that is not ours."""
    answer = owner.post(HERE, data={"name": "shop", "role": "member", field: "on"})
    assert (answer.status_code, shown(answer)) == (422, [])
    assert field.removeprefix("scope.") in Read(answer.text).text


def test_a_narrowed_session_makes_keys_of_no_more_than_it_may(signed_in):
    client = signed_in(scopes=["keys:read", "keys:write"])
    boxes = {str(box["name"]) for box in Read(client.get(HERE).text).all("input", type="checkbox")}
    assert boxes == {"scope.keys:read", "scope.keys:write"}
    wider = client.post(HERE, data={"name": "wider", "role": "owner"})
    assert (wider.status_code, shown(wider)) == (403, [])
    assert "scopes" in Read(wider.text).texts
    assert len(shown(client.post(HERE, data={"name": "same", "role": "owner", "scope.keys:read": "on"}))) == 1


def test_a_narrowed_session_rotates_no_wider_key(signed_in, owner):
    key = make(owner)
    client = signed_in(scopes=["keys:read", "keys:write"])
    assert not Read(client.get(path_of(key)).text).all("form", action=f"{path_of(key)}/rotate")
    refused = client.post(f"{path_of(key)}/rotate", data={"hours": "1"})
    assert (refused.status_code, shown(refused)) == (403, [])


def test_what_a_key_may_be_narrowed_to_is_what_there_is(owner):
    boxes = {str(box["name"]) for box in Read(owner.get(HERE).text).all("input", type="checkbox")}
    assert {"scope.generations:read", "scope.generations:write", "scope.keys:write", "scope.uploads:write"} <= boxes
    assert not {"scope.forecast:read", "scope.kinds:write"} & boxes  # an operator's; nothing is written there
    assert all(re.fullmatch(r"scope\.[a-z-]+:(read|write)", box) for box in boxes if box.startswith("scope."))


@pytest.mark.parametrize(("hours", "good"), [("", 24), ("2", 2), ("0", 0)])
def test_both_are_good_for_a_while_after_a_rotation(owner, clock, hours, good):
    first = make(owner)
    answer = owner.post(f"{path_of(first)}/rotate", data={"hours": hours})
    (second,) = shown(answer)
    assert answer.headers["cache-control"] == "no-store"
    assert second != first
    assert "Replaced by" in Read(owner.get(path_of(first)).text).text
    assert status(owner, second) == 200
    assert status(owner, first) == (200 if good else 401)
    clock.now += timedelta(hours=good, seconds=-1 if good else 0)
    assert status(owner, first) == (200 if good else 401)
    clock.now += timedelta(seconds=1)
    assert (status(owner, first), status(owner, second)) == (401, 200)


def test_a_revoked_key_opens_nothing_and_is_told_apart(owner):
    key = make(owner)
    listed = owner.post(f"{path_of(key)}/revoke")
    assert listed.url.path == HERE
    assert "Revoked and expired (1)" in Read(listed.text).text
    assert status(owner, key) == 401
    assert not Read(owner.get(path_of(key)).text).all("form", action=f"{path_of(key)}/rotate")


def test_nobody_revokes_the_key_of_the_session(owner, desk):
    with desk.catalogue.tenant("acme") as records:
        own = next(key.id for key in records.api_keys() if key.name == "mine")
    assert not Read(owner.get(f"{HERE}/{own}").text).all("form", action=f"{HERE}/{own}/revoke")
    assert owner.post(f"{HERE}/{own}/revoke").status_code == 409
    assert owner.get(HERE).status_code == 200


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"name": "a\x07"}, "name"),
        ({"role": "operator"}, "role"),
        ({"days": "-1"}, "days"),
        ({"days": "soon"}, "days"),
        ({"days": "nan"}, "days"),
    ],
)
def test_what_cannot_be_is_told_in_the_form_which_keeps_what_was_written(owner, fields, place):
    answer = owner.post(HERE, data={"name": "shop", "role": "viewer", "scope.keys:read": "on", **fields})
    assert (answer.status_code, shown(answer)) == (422, [])
    read = Read(answer.text)
    assert read.all("section", role="alert")
    assert place in read.texts
    assert "checked" in read.all("input", name="scope.keys:read")[0]
    assert read.all("input", name="name")[0]["value"] == fields.get("name", "shop")


@pytest.mark.parametrize("hours", ["-1", "721", "inf", "x"])
def test_an_overlap_that_cannot_be_changes_nothing(owner, hours):
    key = make(owner)
    assert owner.post(f"{path_of(key)}/rotate", data={"hours": hours}).status_code == 422
    assert "Replaced by" not in Read(owner.get(path_of(key)).text).text


@pytest.mark.parametrize("role", ["member", "viewer", "operator"])
def test_they_are_owners_alone(signed_in, owner, role):
    key, client = make(owner), signed_in("acme", role)
    assert client.get(HERE).status_code == client.get(path_of(key)).status_code == 403
    assert client.post(f"{path_of(key)}/revoke").status_code == 403
    assert HERE not in client.get("/pages/generations").text


def test_another_tenants_keys_are_not_there(signed_in, owner):
    key, other = make(owner), signed_in("shop")
    for answer in (other.get(path_of(key)), other.post(f"{path_of(key)}/rotate"), other.post(f"{path_of(key)}/revoke")):
        assert answer.status_code in (404, 415)
    assert other.post(f"{path_of(key)}/rotate", data={"hours": "1"}).status_code == 404
    assert status(owner, key) == 200


def test_a_narrowed_session_manages_no_keys(signed_in):
    client = signed_in(scopes=["generations:read", "keys:read"])
    assert client.get(HERE).status_code == 200
    assert client.post(HERE, data={"name": "wider"}).status_code == 403
