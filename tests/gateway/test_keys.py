"""API keys: good for what they are for, and for no longer than they are to be."""

from __future__ import annotations

from datetime import timedelta

import pytest


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


def test_a_tenant_makes_no_operators(as_):
    refused = as_().post("/v1/keys", json={"name": "shop", "role": "operator"})
    assert (refused.status_code, refused.json()["problems"][0]["place"]) == (422, "role")


def test_nobody_locks_himself_out(as_):
    client = as_()
    (own,) = client.get("/v1/keys").json()["keys"]
    assert client.delete(f"/v1/keys/{own['id']}").status_code == 409
    assert client.get("/v1/keys").status_code == 200
