"""What stands before all routes: rates, bounds of bodies, pages of other origins, and what every answer says."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import ClassVar

import anyio
import pytest
from fastapi.testclient import TestClient

from gateway.app import create_app
from gateway.limiting import network_of
from gateway.settings import GatewaySettings
from reel.errors import InvalidRequest, Transient
from tests.gateway.conftest import key_of

NEW = {"name": "shop"}


class TestRates:
    @pytest.fixture
    def settings(self) -> GatewaySettings:
        return GatewaySettings(rate_key="3/hour", rate_address="8/hour")

    def test_a_key_and_an_address_are_told_how_much_is_left_and_then_to_wait(self, desk):
        app = create_app(desk)
        first, second = (
            TestClient(app, headers={"Authorization": f"Bearer {key_of(desk)}"}, raise_server_exceptions=False)
            for _ in range(2)
        )
        answers = [first.get("/v1/keys") for _ in range(4)]
        assert [each.status_code for each in answers] == [200, 200, 200, 429]
        assert [each.headers["ratelimit"].split(";")[1] for each in answers] == ["r=2", "r=1", "r=0", "r=0"]
        assert answers[0].headers["ratelimit-policy"] == '"key";q=3;w=3600'
        assert 0 < int(answers[3].headers["retry-after"]) <= 3600
        assert answers[3].json()["type"].endswith("/too-many-requests")
        assert [second.get("/v1/keys").status_code for _ in range(3)] == [200, 200, 200]
        # Wrong keys count to the address, which has used its eight up by now.
        wrong = first.get("/v1/keys", headers={"Authorization": "Bearer x"})
        assert [wrong.status_code, wrong.headers["ratelimit-policy"]] == [401, '"address";q=8;w=3600']
        assert first.get("/v1/keys", headers={"Authorization": "Bearer x"}).status_code == 429

    def test_what_is_no_rate(self):
        with pytest.raises(InvalidRequest, match=r"^REEL_GATEWAY_RATE_KEY: .*600/minute"):
            GatewaySettings(rate_key="many")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_an_address_stands_for_whom_it_belongs_to(address, network):
    assert network_of(address) == network


def test_a_shared_count_that_is_away_is_replaced_by_ones_own(desk):
    settings = GatewaySettings(rate_store="redis://127.0.0.1:1/0", rate_key="1/hour")
    from gateway.limiting import Limiter
    from gateway.problems import Refused

    limiter = Limiter(settings)
    assert limiter.take("key", "k").remaining == 0
    with pytest.raises(Refused):
        limiter.take("key", "k")


class TestBodies:
    @pytest.fixture
    def settings(self) -> GatewaySettings:
        return GatewaySettings(body_bytes=2000, body_seconds=0.2, rate_key="1000/second", rate_address="1000/second")

    def test_a_large_one_is_refused_by_its_length_and_by_its_bytes(self, as_):
        client = as_()
        large = json.dumps({**NEW, "name": "x" * 3000}).encode()
        announced = client.post("/v1/keys", content=large)
        assert (announced.status_code, announced.json()["type"].rpartition("/")[2]) == (413, "too-large")

        def parts() -> Iterator[bytes]:
            for start in range(0, len(large), 500):
                yield large[start : start + 500]

        assert client.post("/v1/keys", content=parts()).status_code == 413
        assert [each["name"] for each in client.get("/v1/keys").json()["keys"]] == ["test"]

    def test_a_slow_one_is_not_waited_for(self, desk):
        app, sent = create_app(desk), []
        key = key_of(desk)
        headers = [(b"authorization", f"Bearer {key}".encode()), (b"content-type", b"application/json")]
        scope = {"type": "http", "method": "POST", "path": "/v1/keys", "headers": headers, "query_string": b""}

        async def ask() -> None:
            begun = False

            async def receive():
                nonlocal begun
                if not begun:
                    begun = True
                    return {"type": "http.request", "body": b"{", "more_body": True}
                return await anyio.sleep_forever()

            async def send(message):
                sent.append(message)

            with anyio.fail_after(20):
                await app({**scope, "client": ("192.0.2.1", 1), "server": ("a", 1), "scheme": "http"}, receive, send)

        anyio.run(ask)
        assert sent[0]["status"] == 408

    @pytest.mark.parametrize(
        ("body", "media_type", "status"),
        [
            (b'{"name": "shop"}', "application/json", 201),
            (b'{"name": "shop"}', "application/vnd.x+json; charset=utf-8", 201),
            (b'{"name": "shop"}', "text/plain", 415),
            (b"name=shop", "application/x-www-form-urlencoded", 415),
            (b"", "application/json", 422),
            (b"{", "application/json", 400),
            (b"[]", "application/json", 400),
            (b"\xff", "application/json", 400),
            (b'{"name": "a", "name": "b"}', "application/json", 400),
            (b"[" * 1900, "application/json", 400),
            (b'{"name": ' + b"[" * 1900, "application/json", 400),
            (b'{"name": "\\ud800"}', "application/json", 422),
            (b'{"name": "a\\u0000"}', "application/json", 422),
            (b'{"name": 1' + b"0" * 1900 + b"}", "application/json", 422),
            (b'{"name": 1e999}', "application/json", 422),
            (b'{"name": NaN}', "application/json", 422),
            (b'{"name": "shop", "extra": 1}', "application/json", 422),
        ],
    )
    def test_what_is_read(self, as_, body, media_type, status):
        answer = as_().post("/v1/keys", content=body, headers={"Content-Type": media_type})
        assert answer.status_code == status
        if status >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["status"] == status

    def test_what_is_compressed_is_told_so(self, as_):
        sent = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        answer = as_().post("/v1/keys", content=gzip.compress(b'{"name": "shop"}'), headers=sent)
        assert (answer.status_code, answer.headers["accept-encoding"]) == (415, "identity")
        assert answer.json()["detail"] == "send the body as it is, without `Content-Encoding: gzip`"

    def test_what_there_is_instead_is_told(self, as_):
        answer = as_().put("/v1/keys")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
        assert answer.json()["detail"] == "PUT is not done here; what is: GET, POST"
        assert "/v1/openapi.json" in as_().get("/v1/kies").json()["detail"]


@pytest.mark.parametrize("asked", [("/healthz", {"X-Note": "x" * 40_000}), (f"/healthz?{'q' * 40_000}", {})])
def test_a_large_head_is_refused_however_it_comes(as_, asked):
    path, headers = asked
    answer = as_().get(path, headers=headers)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (431, "head-too-large")
    assert as_().get("/healthz", headers={"X-Note": "x" * 20_000}).status_code == 200


def test_a_field_that_there_is_not_is_told_with_the_one_that_was_meant(as_):
    told = as_("acme", "owner").post("/v1/keys", json={"nmae": "shop", "rôle": "viewer"}).json()
    assert told["problems"] == [
        {"place": "name", "what": "is missing", "remedy": ""},
        {"place": "nmae", "what": "is not a field here", "remedy": "did you mean `name`?"},
        {"place": "rôle", "what": "is not a field here", "remedy": "did you mean `role`?"},
    ]
    assert "nmae: is not a field here (did you mean `name`?)" in told["detail"]


@pytest.mark.parametrize("path", ["/v1/generations", "/v1/generations/validate"])
def test_an_order_too(as_, path):
    told = as_().post(path, json={"reqest": {}}).json()
    assert told["detail"] == "request: is missing\nreqest: is not a field here (did you mean `request`?)"


def test_a_list_is_not_too_short_for_an_entry_that_is_refused(as_):
    wanted = {"url": "https://shop.example/hooks", "events": ["generation.dome"]}
    told = as_("acme", "owner").post("/v1/webhooks", json=wanted).json()
    assert [each["place"] for each in told["problems"]] == ["events[0]"]


def test_very_deep_nesting_is_refused_quickly(as_):
    deep = b'{"name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    answer = as_().post("/v1/keys", content=deep)
    assert answer.status_code == 400, answer.text


class TestPages:
    """Of other origins."""

    ASK: ClassVar = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type",
    }

    @pytest.fixture
    def named(self, catalogue):
        with catalogue.operator() as everybody:
            everybody.set_tenant("acme", origins=["https://shop.example/"])

    @pytest.mark.parametrize(
        ("origin", "status"),
        [("https://shop.example", 204), ("https://other.example", 403), ("http://shop.example", 403), ("null", 403)],
    )
    def test_a_preflight_is_allowed_where_a_tenant_names_the_origin(self, as_, named, origin, status):
        answer = as_(None).options("/v1/keys", headers={"Origin": origin, **self.ASK})
        assert answer.status_code == status
        assert answer.headers.get("access-control-allow-origin") == (origin if status == 204 else None)
        assert "access-control-allow-credentials" not in answer.headers

    @pytest.mark.parametrize(
        ("tenant", "origin", "may_read"),
        [
            ("acme", "https://shop.example", True),
            ("acme", "https://other.example", False),
            ("rival", "https://shop.example", False),
            (None, "https://shop.example", False),
        ],
    )
    def test_an_answer_is_for_pages_that_the_callers_tenant_names(self, as_, named, tenant, origin, may_read):
        answer = as_(tenant).get("/v1/keys", headers={"Origin": origin})
        assert answer.headers.get("access-control-allow-origin") == (origin if may_read else None)
        assert answer.headers["vary"] == "Origin"


def test_every_answer_is_for_who_asked_alone(as_):
    for answer in (as_().get("/v1/keys"), as_(None).get("/v1/keys"), as_().get("/nothing")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_what_is_away_for_a_while_is_one_line_of_the_log_for_each_who_asks(as_, desk, monkeypatch, caplog):
    client = as_()

    def away(*args: object, **options: object) -> None:
        raise Transient.at("catalogue", "connection refused\n\tis the server running?", "look at whether it runs")

    monkeypatch.setattr(type(desk.catalogue), "tenant", away)
    monkeypatch.setattr(type(desk.catalogue), "operator", away)
    answers = [client.get("/v1/generations") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503] * 3
    assert [answer.headers["retry-after"] for answer in answers] == ["5"] * 3
    lines = [record for record in caplog.records if record.name == "reel.gateway"]
    assert len(lines) == 3
    assert all("connection refused is the server" in line.message and not line.exc_info for line in lines)


def test_an_error_of_ours_tells_an_id_and_no_more(as_, desk, monkeypatch, caplog):
    from reel.catalogue import Operator

    def broken(*args: object) -> None:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr(Operator, "find_keys", broken)
    answer = as_().get("/v1/keys")
    told = answer.json()
    assert answer.status_code == told["status"] == 500
    assert "hunter2" not in answer.text
    assert "RuntimeError" not in answer.text
    assert told["instance"].startswith("error-")
    assert f"{told['instance']}: the password is hunter2" in caplog.text


def test_what_is_measured(as_, desk):
    client = as_()
    client.get("/v1/keys")
    client.post("/v1/keys/nothing/rotate")
    client.get("/v1/nothing/7")
    text = desk.meter.text().decode()
    count = "reelflow_gateway_request_seconds_count"
    assert f'{count}{{method="GET",route="/v1/keys",status="200"}} 1.0' in text
    assert f'{count}{{method="POST",route="/v1/keys/{{id}}/rotate",status="404"}} 1.0' in text
    assert f'{count}{{method="GET",route="none",status="404"}} 1.0' in text
    assert 'reelflow_gateway_refusals_total{status="404"} 2.0' in text
