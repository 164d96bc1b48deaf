"""What is sent again, and what is told of it."""

from __future__ import annotations

import httpx
import pytest

from reel.client import Client, GatewayError, Unreachable
from reel.errors import InvalidRequest
from tests.client.conftest import answering

LOST = httpx.ReadTimeout("lost")
ESTIMATE = {
    **dict.fromkeys(("seconds", "seconds_p90", "cpu_seconds", "cpu_seconds_p90", "learnt"), 1.0),
    **dict.fromkeys(("bytes", "bytes_p90", "steps"), 1),
}
KEY = {
    "id": "1", "url": "https://a.example/", "events": None, "created": "2026-01-01T00:00:00Z", "rotated": None,
    "disabled": None, "secret": "whsec_x",
}  # fmt: skip


def problem(status: int, **headers: str) -> httpx.Response:
    document = {
        "type": "https://reelflow.dev/problems/invalid-request",
        "title": "T",
        "status": status,
        "detail": "clips[0].in: too late",
        "instance": "/v1/x",
        "problems": [{"place": "clips[0].in", "what": "too late", "remedy": "say less"}],
    }
    return httpx.Response(status, json=document, headers=headers)


def good() -> httpx.Response:
    return httpx.Response(200, json=ESTIMATE)


@pytest.mark.parametrize(
    "before",
    [[LOST], [httpx.ConnectError("none")] * 3, [problem(502)], [problem(503)], [problem(429, **{"Retry-After": "2"})]],
    ids=str,
)
def test_what_changes_nothing_more_is_sent_again(before) -> None:
    api, seen = answering(*before, good())
    found = api.generations.estimate({"kind": "mixer"})
    assert found is not None
    assert found.seconds == 1
    assert len(seen) == len(before) + 1


def test_an_order_whose_answer_was_lost_is_sent_again_with_its_key() -> None:
    api, seen = answering(LOST, LOST, problem(422))
    with pytest.raises(GatewayError):
        api.generations.order({"kind": "mixer"})
    keys = {request.headers["Idempotency-Key"] for request in seen}
    assert len(seen) == 3
    assert len(keys) == 1
    again, seen = answering(problem(422))
    with pytest.raises(GatewayError):
        again.generations.order({"kind": "mixer"}, idempotency_key="order-17")
    assert seen[0].headers["Idempotency-Key"] == "order-17"


def test_what_would_be_done_twice_is_not_sent_again() -> None:
    api, seen = answering(LOST, httpx.Response(201, json=KEY))
    with pytest.raises(Unreachable, match="gave no answer"):
        api.webhooks.add("https://a.example/")
    assert len(seen) == 1


def test_what_was_not_done_is_sent_again_whatever_it_is() -> None:
    api, seen = answering(problem(429, **{"Retry-After": "7"}), httpx.Response(201, json=KEY))
    assert api.webhooks.add("https://a.example/").secret == "whsec_x"
    assert len(seen) == 2


def test_it_is_given_up_after_its_patience() -> None:
    api, seen = answering(*[httpx.ConnectError("none")] * 100)
    with pytest.raises(Unreachable, match=r"/v1/kinds: gave no answer: none"):
        api.kinds()
    assert 5 < len(seen) < 30


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422])
def test_what_is_wrong_is_told_at_once_as_the_gateway_tells_it(status: int) -> None:
    api, _ = answering(problem(status))
    with pytest.raises(GatewayError) as caught:
        api.kinds()
    assert (caught.value.status, caught.value.type) == (status, "invalid-request")
    assert [(each.place, each.what, each.remedy) for each in caught.value.problems] == [
        ("clips[0].in", "too late", "say less")
    ]


def test_answers_of_others_are_told_too() -> None:
    api, _ = answering(httpx.Response(413, html="<p>nginx</p>"))
    with pytest.raises(GatewayError, match=r"^413: "):
        api.kinds()
    api, _ = answering(httpx.Response(200, html="<p>hello</p>"))
    with pytest.raises(Unreachable, match="no gateway of this version"):
        api.kinds()


def test_parts_of_paths_stay_parts() -> None:
    api, seen = answering(problem(404))
    with pytest.raises(GatewayError):
        api.generations.get("a?b#c%")
    assert [request.url.raw_path for request in seen] == [b"/v1/generations/a%3Fb%23c%25"]


@pytest.mark.parametrize(("url", "key"), [("", "k"), ("ftp://x", "k"), ("http://x", "")])
def test_a_client_says_what_it_needs(url, key, monkeypatch) -> None:
    for name in ("REEL_GATEWAY_URL", "REEL_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(InvalidRequest, match="needs"):
        Client(url, key)


@pytest.mark.parametrize("id_", ["", ".", "..", "a/events", "../keys", "a/outputs/variant-001.mp4"])
def test_a_name_leads_nowhere_but_to_what_it_names(id_) -> None:
    api, seen = answering(good())
    asked = (
        lambda: api.generations.get(id_),
        lambda: api.generations.remove(id_),
        lambda: api.schema(id_),
        lambda: api.templates.get(id_),
    )
    for ask in asked:
        with pytest.raises(InvalidRequest, match="names nothing here"):
            ask()
    assert not seen
