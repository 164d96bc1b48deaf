"""Events as they happen, over connections that come and go."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from reel.client.errors import GatewayError, Unreachable
from reel.client.line import Line
from reel.client.operations import EVENTS, EVENTS_OF

SILENT_SECONDS = 60.0
"""A stream on which not even a heartbeat came for so long is dead."""
LAST = ("generation.done", "generation.failed", "generation.cancelled")


@dataclass(frozen=True)
class Event:
    """Something that happened."""

    id: str
    """Go on after it: `events(after=event.id)`."""
    type: str
    timestamp: datetime
    data: dict[str, Any]


@dataclass
class _Told:
    """What a stream has said so far of its next event, and when to come back."""

    fields: dict[str, str]
    retry_seconds: float = 2.0


def follow(line: Line, id: str | None = None, after: str | None = None) -> Iterator[Event]:
    """The events of a generation until it has ended, or of all for ever, from after an event on. A connection that breaks is
    made again, and goes on where it broke. Raises `GatewayError`; `Unreachable` where none can be made for a minute."""
    failures, began, told = 0, line.clock.now(), _Told({})
    while True:
        try:
            for event in _connected(line, id, after, told):
                failures, began, after = 0, line.clock.now(), event.id
                yield event
                if id and event.type in LAST:
                    return
            failures = 0
        except _Over:
            return
        except (Unreachable, GatewayError) as error:
            passes = isinstance(error, Unreachable) or error.status in (429, 500, 502, 503, 504)
            if not passes or line.clock.now() > began + line.policy.seconds:
                raise
            failures += 1
        if line.clock.sleep(max(told.retry_seconds, line.policy.delay_seconds(failures) if failures else 0.0)):
            return


class _Over(Exception):
    """There is nothing more to tell."""


def _connected(line: Line, id: str | None, after: str | None, told: _Told) -> Iterator[Event]:
    """The events of one connection."""
    headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": after} if after else {})
    opened = line.streamed(EVENTS_OF, headers=headers, id=id) if id else line.streamed(EVENTS, headers=headers)
    with opened as response:
        if response.status_code == 204:
            raise _Over
        yield from events_in(lines_in(response), told)


def lines_in(response: httpx.Response) -> Iterator[str]:
    """Lines as they come; those of httpx end at characters too that JSON may hold."""
    rest = b""
    for block in response.iter_bytes():
        *lines, rest = (rest + block).split(b"\n")
        yield from (each.rstrip(b"\r").decode() for each in lines)


def events_in(lines: Iterable[str], told: _Told) -> Iterator[Event]:
    """The events that lines tell (WHATWG HTML, 9.2.6)."""
    for line in lines:
        if line:
            _hear(line, told)
        elif "data" in told.fields:
            yield _event(told.fields)
            told.fields = {}
    told.fields = {}  # what was not told whole is told again


def _hear(line: str, told: _Told) -> None:
    name, _, value = line.partition(":")
    value = value.removeprefix(" ")
    if name == "retry" and value.isdecimal():
        told.retry_seconds = int(value) / 1000
    elif name == "data" and "data" in told.fields:
        told.fields["data"] += "\n" + value
    elif name in ("data", "event", "id"):
        told.fields[name] = value


def _event(fields: dict[str, str]) -> Event:
    told = json.loads(fields["data"])
    when = datetime.fromisoformat(told["timestamp"])
    return Event(fields.get("id", ""), fields.get("event", told["type"]), when, told["data"])
