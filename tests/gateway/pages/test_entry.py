"""Signing in and out, and from where forms are taken."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from gateway.app import create_app
from gateway.sessions import begun
from tests.gateway.conftest import key_of
from tests.gateway.pages.conftest import Read

LIST = "/pages/generations"


def test_a_session_is_a_cookie_of_the_pages_alone(desk):
    client = TestClient(create_app(desk), base_url="https://testserver")
    key = key_of(desk)
    answer = client.post(
        "/pages/sign-in", data={"key": key}, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False
    )
    cookie = answer.headers["set-cookie"]
    assert answer.headers["location"] == LIST
    assert {"HttpOnly", "Path=/pages", "SameSite=strict", "Secure"} <= set(cookie.split("; "))
    assert key not in cookie
    assert client.get(LIST).status_code == 200
    assert client.get("/v1/generations").status_code == 401


def test_whoever_has_not_signed_in_is_asked_to_and_comes_back(desk):
    client = TestClient(create_app(desk), headers={"Origin": "http://testserver"})
    asked = client.get(f"{LIST}?status=done")
    assert asked.status_code == 401
    (hidden,) = Read(asked.text).all("input", name="next")
    answer = client.post("/pages/sign-in", data={"key": key_of(desk), "next": hidden["value"]})
    assert (answer.status_code, str(answer.url)) == (200, f"http://testserver{LIST}?status=done")


@pytest.mark.parametrize(
    "next_",
    ["https://evil.example/", "//evil.example", "/pages\\@evil.example", "/v1/keys", "/pages/x\r\nSet-Cookie: a"],
)
def test_nobody_is_sent_away(desk, next_):
    client = TestClient(create_app(desk), headers={"Origin": "http://testserver"})
    answer = client.post("/pages/sign-in", data={"key": key_of(desk), "next": next_}, follow_redirects=False)
    assert answer.headers["location"] == LIST


@pytest.mark.parametrize(("path", "status"), [("/pages/", 404), ("/pages/a/b", 404), ("/pages/sign-out", 405)])
def test_an_address_that_is_no_page_is_told_on_a_page(desk, path, status):
    answer = TestClient(create_app(desk)).get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert Read(answer.text).all("a", href="/pages")


@pytest.mark.parametrize("key", ["", "x", "reel_0123456789abcdef_" + "a" * 43])
def test_a_wrong_key_is_told(desk, key):
    client = TestClient(create_app(desk), headers={"Origin": "http://testserver"})
    answer = client.post("/pages/sign-in", data={"key": key})
    assert answer.status_code == 401
    assert Read(answer.text).all("p", role="alert")
    assert "set-cookie" not in answer.headers


def test_a_session_ends_with_its_key(signed_in, desk, clock):
    revoked = signed_in(name="revoked")
    expired, other = signed_in(expires=clock() + timedelta(hours=1)), signed_in()
    with desk.catalogue.tenant("acme") as records:
        records.revoke_key(next(key.id for key in records.api_keys() if key.name == "revoked"))
    assert revoked.get(LIST).status_code == 401
    assert expired.get(LIST).status_code == 200
    clock.now += timedelta(hours=1)
    assert expired.get(LIST).status_code == 401
    assert other.get(LIST).status_code == 200
    clock.now += timedelta(hours=desk.settings.session_hours)
    assert other.get(LIST).status_code == 401


def test_a_session_ends_when_somebody_signs_out(signed_in):
    client = signed_in()
    assert client.post("/pages/sign-out").url.path == "/pages/sign-in"
    assert client.get(LIST).status_code == 401


def test_a_session_is_nobody_elses_to_make(desk, clock):
    client = TestClient(create_app(desk))
    key_of(desk)
    with desk.catalogue.tenant("acme") as records:
        id_ = records.api_keys()[0].id
    for cookie in (begun(id_, b"another secret", clock()), f"{id_}.1.{'a' * 43}", id_, ""):
        assert client.get(LIST, headers={"Cookie": f"reelflow={cookie}"}).status_code == 401
    ours = begun(id_, desk.secrets("pages"), clock())
    assert client.get(LIST, headers={"Cookie": f"reelflow={ours}"}).status_code == 200


@pytest.mark.parametrize(
    ("told", "allowed"),
    [
        ({"Origin": "http://testserver"}, True),
        ({"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "http://testserver", "Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "http://testserver.evil.example"}, False),
        ({"Origin": "http://testserver:81"}, False),
        ({"Origin": "null"}, False),
        ({}, False),
    ],
)
def test_forms_are_taken_from_our_own_pages(signed_in, told, allowed):
    client = signed_in()
    client.headers = told
    status = client.post("/pages/sign-out", follow_redirects=False).status_code
    assert status == (303 if allowed else 403)


def test_pages_run_and_load_nothing_but_what_is_ours(signed_in):
    policy = signed_in().get(LIST).headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy
    assert "unsafe" not in policy
