"""What a request says of itself: bounded metadata, and a webhook of its own; neither is in any key."""

from __future__ import annotations

from typing import Any

import pytest

from reel.errors import InvalidRequest
from reel.kinds import parse_request
from reel.kinds.read import metadata_of, webhook_of
from tests.plan.facts import facts, plan_request

COLOUR = {"type": "colour", "colour": "red", "duration": 1}
REQUESTS: dict[str, dict[str, Any]] = {
    "mixer": {"clips": ["a.mp4", "b.mp4"]},
    "slideshow": {"images": ["a.jpg"]},
    "multicam": {"sources": ["a.mp4"], "cuts": [{"source": 0, "in": 0, "out": 1}]},
    "template": {"timeline": {"tracks": [{"clips": [COLOUR]}]}},
}


def nested(depth: int) -> dict[str, Any]:
    return {"a": nested(depth - 1)} if depth > 1 else {}


@pytest.mark.parametrize("kind", REQUESTS)
def test_every_kind_has_them(kind: str) -> None:
    notes = {"order": "A-1047", "lines": [{"n": 1.5, "gift": True, "note": None}], "ü": nested(4)}
    webhook = {"url": "https://shop.example/hooks", "events": ["generation.done"]}
    request = parse_request({"kind": kind, **REQUESTS[kind], "metadata": notes, "webhook": webhook})
    again = parse_request(request.model_dump_json(by_alias=True))
    assert again == request
    assert again.metadata == notes
    assert again.webhook
    assert (again.webhook.url, again.webhook.events) == (webhook["url"], ("generation.done",))


@pytest.mark.parametrize(
    ("metadata", "says"),
    [
        ([1], "metadata: must be an object with fields"),
        ("x", "metadata: must be an object with fields"),
        ({"a": "x" * 4096}, "metadata: has 4,104 bytes as JSON, and 4,096 are the most"),
        ({"ü": "ü" * 2044}, "metadata: has 4,097 bytes"),
        (nested(6), "metadata: is nested more than 5 deep"),
        ({"a": [[[[[]]]]]}, "metadata: is nested more than 5 deep"),
        ({"a": float("nan")}, "metadata: holds what JSON cannot"),
        ({"a": "\ud800"}, "metadata: holds what JSON cannot"),
        ({"a": object()}, "metadata: holds what JSON cannot"),
    ],
)
def test_metadata_is_bounded(metadata: Any, says: str) -> None:
    document = {"kind": "mixer", **REQUESTS["mixer"], "metadata": metadata}
    with pytest.raises(InvalidRequest) as refused:
        parse_request(document)
    assert str(refused.value).startswith(says)
    assert metadata_of(document) == {}


@pytest.mark.parametrize(
    ("webhook", "says"),
    [
        ({}, "webhook.url: is missing"),
        ("https://shop.example", "webhook: must be an object with fields"),
        ({"url": "ftp://shop.example"}, "webhook.url: 'ftp://shop.example' is no address of the web"),
        ({"url": "https://"}, "webhook.url: 'https:///' is no address of the web"),
        ({"url": "https://shop.example/a b"}, "webhook.url: 'https://shop.example/' is no address"),
        ({"url": "https://shop.example\\\\@evil.example"}, "is no address of the web"),
        ({"url": "https://shop.example:port/"}, "is no address of the web"),
        ({"url": "https://shop.example", "events": []}, "webhook.events: is empty (give at least one entry)"),
        ({"url": "https://shop.example", "events": ["generation.don"]}, "did you mean `generation.done`?"),
        ({"url": "https://shop.example", "event": ["generation.done"]}, "did you mean `events`?"),
    ],
)
def test_a_webhook_that_makes_no_sense_is_refused(webhook: Any, says: str) -> None:
    document = {"kind": "mixer", **REQUESTS["mixer"], "webhook": webhook}
    with pytest.raises(InvalidRequest) as refused:
        parse_request(document)
    assert says in str(refused.value)
    assert webhook_of(document) is None


def test_they_are_found_whatever_else_is_wrong() -> None:
    document = {"kind": "mixer", "clips": 7, "metadata": {"a": 1}, "webhook": {"url": "https://shop.example"}}
    assert metadata_of(document) == {"a": 1}
    assert getattr(webhook_of(document), "host", "") == "shop.example"


def test_they_are_in_no_key() -> None:
    library = {f"clips[{number}].asset": facts(str(number), 2) for number in range(2)}
    own = {"metadata": {"a": 1}, "webhook": {"url": "https://shop.example"}}
    plain, told = (
        plan_request(parse_request({"kind": "mixer", **REQUESTS["mixer"], **more}), library) for more in ({}, own)
    )
    assert plain == told
