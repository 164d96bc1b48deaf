"""Events over connections that break: each once, in order."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from reel.client import Client, GatewayError, Unreachable
from tests.client.conftest import answering, patient


def said(number: int, type_: str = "generation.progress", end: str = "\n") -> str:
    data = json.dumps(
        {"type": type_, "timestamp": "2026-01-01T00:00:00+00:00", "data": {"n": number, "is": "a\u2028b"}}
    )
    return end.join([f"event: {type_}", f"data: {data}", f"id: {number}", "", ""])


class Stream(httpx.SyncByteStream):
    """A stream in small pieces, which breaks off in the end."""

    def __init__(self, text: str, piece: int = 7) -> None:
        self.content, self.piece = text.encode(), piece

    def __iter__(self) -> Iterator[bytes]:
        for at in range(0, len(self.content), self.piece):
            yield self.content[at : at + self.piece]
        raise httpx.ReadError("broke off")


def streams(*texts: str) -> tuple[Client, list[httpx.Request]]:
    return answering(
        *(httpx.Response(200, headers={"Content-Type": "text/event-stream"}, stream=Stream(text)) for text in texts)
    )


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_each_event_once_over_many_connections(end: str) -> None:
    half = said(2, end=end)[:40]
    api, seen = streams(
        f": open{end}retry: 10{end}{end}{said(1, end=end)}{half}",
        ": ping\n\n",
        said(2, end=end) + said(3, "generation.done", end=end) + said(4, end=end),
    )
    events = list(api.generations.events("x"))
    assert [(each.id, each.type, each.data["n"]) for each in events] == [
        ("1", "generation.progress", 1),
        ("2", "generation.progress", 2),
        ("3", "generation.done", 3),
    ]
    assert events[0].data["is"] == "a\u2028b"
    assert [request.headers.get("Last-Event-ID") for request in seen] == [None, "1", "1"]


def test_a_generation_of_which_all_was_seen_tells_no_more() -> None:
    api, seen = answering(httpx.Response(204))
    assert list(api.generations.events("x", after="9")) == []
    assert seen[0].headers["Last-Event-ID"] == "9"


def test_all_events_go_on_for_ever() -> None:
    api, _ = streams(said(1, "generation.done"), said(2, "generation.done"))
    events = api.events()
    assert [next(events).id, next(events).id] == ["1", "2"]


def test_what_may_not_be_heard_is_told() -> None:
    api, _ = answering(httpx.Response(404, json={}))
    with pytest.raises(GatewayError):
        next(api.generations.events("x"))


def test_a_gateway_that_is_gone_is_given_up() -> None:
    def none(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("none")

    api = Client("http://gateway", "key", transport=httpx.MockTransport(none), clock=patient())
    with pytest.raises(Unreachable):
        next(api.events())
