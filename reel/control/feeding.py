"""The feed as live clients need it: all that is new, and what a client has missed.

feed = LiveFeed(catalogue, clock, gateway)
seen = feed.head()
while True:
    for told in feed.after(seen): ...
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reel.catalogue import ENDED, Catalogue, FeedEvent, Generation
from reel.control.telling import addressed
from reel.errors import ReelError
from reel.store.addresses import Gateway

log = logging.getLogger("reel.feed")

PAGE = 200
"""Events that are read at a time."""
LAST = frozenset({"generation.done", "generation.failed", "generation.cancelled"})
"""Types after which a generation tells nothing, unless it is tried again."""
STATE, GAP = "generation.state", "feed.gap"
"""How a generation is of which the feed keeps nothing any more; that events were missed which are not kept any more."""


@dataclass(frozen=True)
class Told:
    """An event as clients are sent it."""

    number: int
    tenant: str
    generation: str | None
    type: str
    text: str
    """JSON: type, timestamp, data."""


@dataclass(frozen=True)
class CaughtUp:
    """A part of what a client has missed."""

    told: tuple[Told, ...]
    seen: int
    """The number up to which all is told."""
    more: bool
    """Whether there is more after that."""
    ended: bool = False
    """Whether the one generation that it is about has ended, and all of it is told."""


class LiveFeed:
    """The feed of a catalogue. Errors of all: those of the catalogue."""

    def __init__(self, catalogue: Catalogue, clock: Callable[[], datetime], gateway: Callable[[], Gateway]) -> None:
        """`gateway` signs the addresses of outputs."""
        self._catalogue = catalogue
        self._now = clock
        self._gateway = gateway

    def head(self) -> int:
        """The number of the newest event."""
        self._number()
        with self._catalogue.operator(only_reads=True) as everybody:
            return everybody.feed_head().number

    def after(self, number: int) -> list[Told]:
        """The next events of all tenants; none where there is nothing new."""
        self._number()
        with self._catalogue.operator(only_reads=True) as everybody:
            events = everybody.feed_after(number, PAGE)
        return [self._told(event) for event in events]

    def missed(self, tenant: str, number: int, generation: str | None = None) -> CaughtUp:
        """What a client has missed that has seen the events up to a number; 0, or a number that there is not yet: none of them.
        Errors: `NotFound` where the tenant has no such generation."""
        with self._catalogue.tenant(tenant, only_reads=True) as records:
            found = None if generation is None else records.standing(generation)
            # Before the events: what is numbered by now, they hold.
            head = records.feed_head()
            seen = number if 0 <= number <= head.number else 0
            events = records.feed_after(seen, PAGE, generation)
            newest = None if found is None else records.newest_of(found.id)
        told = [self._told(event) for event in events]
        if 0 < seen < head.forgotten:
            told.insert(0, _made(head.forgotten, tenant, generation, GAP, self._now(), {"after": str(seen)}))
        more = len(events) == PAGE
        upto = told[-1].number if more else max(seen, head.number)
        if found is None:
            return CaughtUp(tuple(told), upto, more)
        if newest is None:
            told.append(_made(head.number, tenant, found.id, STATE, self._now(), _state(found)))
        is_last = newest is None or (newest.type in LAST and newest.number is not None and newest.number <= upto)
        return CaughtUp(tuple(told), upto, more, ended=is_last and found.status in ENDED)

    def _number(self) -> None:
        with self._catalogue.operator(only_reads=True) as everybody:
            waiting = everybody.has_unnumbered()
        if waiting:
            with self._catalogue.operator() as everybody:
                everybody.number_feed()

    def _told(self, event: FeedEvent) -> Told:
        payload: Mapping[str, Any] = event.payload
        try:
            payload = addressed(payload, self._now(), self._gateway())
        except ReelError as error:
            log.warning("event %s is told without addresses: %s", event.number, error)
        return Told(event.number or 0, event.tenant_id, event.generation, event.type, _text(payload))


def _state(generation: Generation) -> dict[str, Any]:
    return {
        "generation": generation.id,
        "status": generation.status,
        "attempt": generation.attempts,
        "progress": generation.progress,
        "error": generation.error,
    }


def _made(number: int, tenant: str, generation: str | None, type_: str, now: datetime, data: Mapping[str, Any]) -> Told:
    payload = {"type": type_, "timestamp": now.isoformat(), "data": data}
    return Told(number, tenant, generation, type_, _text(payload))


def _text(payload: Mapping[str, Any]) -> str:
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    # A file's name, in an error, may hold bytes that are no UTF-8.
    return text.encode("utf-8", "replace").decode()
