"""Events on their way out, to webhooks and to live clients: written in the transaction of what they tell of, so that neither
is without the other."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlmodel import col, func, or_, select

from reel.catalogue.feed import Feed
from reel.catalogue.names import new_id, new_secret
from reel.catalogue.tables import EndpointRow, EventRow
from reel.catalogue.values import REQUESTS, Generation
from reel.errors import ReelError
from reel.request.told import EventType, LiveType

PROGRESS_EVERY = timedelta(seconds=10)
"""Shortest time between two progress events of a generation."""


class Outbox(Feed):
    """Writes events for live clients, for all endpoints of the tenant that want them, and for the request's own webhook."""

    def _tell(self, generation: Generation, type_: EventType, **more: Any) -> None:
        """Write an event for each that is to hear. The generation's row must be locked: that keeps the sequence straight."""
        payload = self._show(generation, type_, **more)
        if wanting := self._wanting(generation, type_):
            self._post(generation, type_, payload, wanting)

    def _show(self, generation: Generation, type_: LiveType, **more: Any) -> dict[str, Any]:
        """Write an event for live clients alone; what it says. The generation's row must be locked."""
        payload = {"type": type_, "timestamp": self._now().isoformat(), "data": {**_told(generation), **more}}
        self.announce(type_, payload, generation.id)
        return payload

    def _post(
        self, generation: Generation, type_: EventType, payload: dict[str, Any], wanting: list[dict[str, Any]]
    ) -> None:
        now = self._now()
        before = select(func.max(EventRow.sequence)).where(EventRow.generation == generation.id)
        known: dict[str, Any] = {
            "generation": generation.id,
            "sequence": (self._session.exec(before).one() or 0) + 1,
            "type": type_,
            "payload": payload,
            "created": now,
            "next_at": now,
        }
        for addressee in wanting:
            self._session.add(EventRow(id=new_id("evt_"), **addressee, **known))
        self._session.flush()

    def _wanting(self, generation: Generation, type_: EventType) -> list[dict[str, Any]]:
        """Who is to hear of it: the endpoint, and where it has none of its own, the URL and its host."""
        rows = self._session.exec(select(EndpointRow).where(col(EndpointRow.disabled).is_(None)))
        endpoints = {row.id: row.events for row in rows}
        # One that nobody disabled, as there is none yet: it is made with the first event.
        of_requests = REQUESTS in endpoints or not self._has_endpoint_of_requests()
        found = [{"endpoint": id_} for id_, events in endpoints.items() if id_ != REQUESTS and _wants(events, type_)]
        own = generation.webhook
        if own and of_requests and _wants(own["events"], type_):
            self._make_endpoint_of_requests()
            found.append({"endpoint": REQUESTS, "url": own["url"], "host": urlsplit(own["url"]).hostname or ""})
        return found

    def _has_endpoint_of_requests(self) -> bool:
        return self._session.exec(select(EndpointRow.id).where(EndpointRow.id == REQUESTS)).first() is not None

    def _make_endpoint_of_requests(self) -> None:
        row = {"id": REQUESTS, "url": "", "secret": new_secret(), "events": [], "created": self._now()}
        self._put(EndpointRow, [row], [])

    def _told_progress_since(self, generation: str, moment: datetime) -> bool:
        """Whether the generation's progress was told after that moment, or still waits to be told."""
        mine = (EventRow.generation == generation, EventRow.type == "generation.progress")
        recent = or_(col(EventRow.created) > moment, EventRow.state == "pending")
        return self._session.exec(select(EventRow.id).where(*mine, recent).limit(1)).first() is not None


def _wants(events: list[str] | None, type_: EventType) -> bool:
    return events is None or type_ in events


def _told(generation: Generation) -> dict[str, Any]:
    """What every event says of its generation."""
    return {
        "generation": generation.id,
        "project": generation.project,
        "kind": generation.kind,
        "slot": generation.slot,
        "idempotency_key": generation.idempotency_key,
        "status": generation.status,
        "attempt": generation.attempts,
        "metadata": generation.request_metadata or {},
        # Where it is told at all: its outputs have the addresses then where we hear that they were fetched.
        **({"delete_after_download": True} if generation.delete_after_download else {}),
    }


def of_error(error: ReelError) -> dict[str, Any]:
    """An error as events tell it: its class, our words, and each problem by itself."""
    problems = [problem.told() for problem in error.problems]
    return {"class": error.classification, "message": str(error), "problems": problems}
