"""`/mcp` by HTTP itself: keys, scopes, roles, limits, names and origins."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.settings import GatewaySettings
from tests.gateway.conftest import as_, called_off, catalogue, clock, desk
from tests.gateway.furnishing import COLOUR

__all__ = ["as_", "called_off", "catalogue", "clock", "desk"]

NEAR = {"Host": "127.0.0.1:4202", "Accept": "application/json, text/event-stream"}


@pytest.fixture
def settings() -> GatewaySettings:
    return GatewaySettings(url="https://reel.example", rate_key="20/minute")


def call(client: Any, tool: str = "kinds", headers: dict[str, str] = NEAR, **arguments: Any) -> Any:
    wanted = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}
    return client.post("/mcp", json=wanted, headers={**NEAR, **headers})


def problem_in(answer: Any) -> Any:
    result = answer.json()["result"]
    assert result["isError"], result
    return result["structuredContent"]


def test_it_takes_a_key(as_) -> None:
    answer = call(as_(None))
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert call(as_(None), headers={"Authorization": "Bearer reel_wrong"}).status_code == 401
    assert call(as_("acme", "operator")).status_code == 403


@pytest.mark.parametrize("role", ["viewer", "member", "owner"])
def test_tools_may_what_the_key_may(as_, role: str) -> None:
    client = as_("acme", role)
    assert "mixer" in call(client).json()["result"]["structuredContent"]["kinds"]
    answer = call(client, "submit", request=COLOUR, idempotency_key="a")
    if role == "viewer":
        assert problem_in(answer)["type"].endswith("/forbidden")
    else:
        assert answer.json()["result"]["structuredContent"]["status"] == "queued"


def test_scopes(as_) -> None:
    client = as_("acme", "owner", scopes=["generations:read"])
    assert problem_in(call(client))["detail"] == "the key is not good for kinds:read"
    assert problem_in(call(client, "status", id="x"))["type"].endswith("/not-found")
    assert problem_in(call(client, "submit", request=COLOUR, idempotency_key="a"))["status"] == 403


def test_what_is_anothers_is_not_there(as_) -> None:
    made = call(as_("theirs"), "submit", request=COLOUR, idempotency_key="a").json()["result"]["structuredContent"]
    for tool in ("status", "cancel", "outputs"):
        assert problem_in(call(as_("ours"), tool, id=made["id"]))["status"] == 404
    assert call(as_("theirs"), "status", id=made["id"]).json()["result"]["structuredContent"]["status"] == "queued"


def test_limits(as_) -> None:
    client = as_()
    answers = [call(client) for _ in range(25)]
    assert answers[0].status_code == 200
    assert answers[0].headers["RateLimit"]
    assert answers[-1].status_code == 429


HOSTS = {
    "127.0.0.1:4202": 200,
    "localhost:4202": 200,
    "[::1]:4202": 200,
    "reel.example": 200,
    "REEL.example": 200,
    "evil.example": 421,
    "reel.example.evil.example": 421,
    "127.0.0.1.evil.example": 421,
    "localhost.evil.example:4202": 421,
    "[::1": 421,
    "": 421,
}
ORIGINS = {
    "https://reel.example": 200,
    "http://localhost:3000": 200,
    "https://shop.example": 200,
    "https://evil.example": 403,
    "http://reel.example": 403,
    "https://reel.example.evil.example": 403,
    "https://other.example": 403,
    "null": 403,
    "http://127.0.0.1.evil.example": 403,
}


@pytest.mark.parametrize(("host", "status"), HOSTS.items())
def test_names(as_, host: str, status: int) -> None:
    assert call(as_(), headers={"Host": host}).status_code == status


@pytest.mark.parametrize(("origin", "status"), ORIGINS.items())
def test_origins(as_, desk, origin: str, status: int) -> None:
    """Pages of this service, of this machine, and those that the tenant names."""
    with desk.catalogue.operator() as everybody:
        everybody.set_tenant("acme", origins=["https://shop.example"])
        everybody.set_tenant("other", origins=["https://other.example"])
    assert call(as_(), headers={"Origin": origin}).status_code == status


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"1", b'{"jsonrpc": "1.0"}', b"[" * 100_000, b"\xff"], ids=lambda body: repr(body[:9])
)
def test_nonsense(as_, body: bytes) -> None:
    answer = as_().post("/mcp", content=body, headers={**NEAR, "Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500


def test_other_ways(as_) -> None:
    for method in ("GET", "DELETE", "PUT"):
        answer = as_().request(method, "/mcp", headers=NEAR)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
