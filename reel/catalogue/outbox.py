"""Webhook events on their way out: written in the transaction of what they tell of, so that neither is without the other."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, func, or_, select

from reel.catalogue.names import new_id
from reel.catalogue.scope import Scope
from reel.catalogue.tables import EndpointRow, EventRow
from reel.catalogue.values import EventType, Generation

PROGRESS_EVERY = timedelta(seconds=10)
"""Shortest time between two progress events of a generation."""


class Outbox(Scope):
    """Writes events for all endpoints of the tenant that want them."""

    def _tell(self, generation: Generation, type_: EventType, **more: Any) -> None:
        """Write an event for each endpoint. The generation's row must be locked: that keeps the sequence straight."""
        wanting = self._wanting(type_)
        if not wanting:
            return
        now = self._now()
        before = select(func.max(EventRow.sequence)).where(EventRow.generation == generation.id)
        sequence = (self._session.exec(before).one() or 0) + 1
        payload = {"type": type_, "timestamp": now.isoformat(), "data": {**_told(generation), **more}}
        for endpoint in wanting:
            self._session.add(
                EventRow(
                    id=new_id("evt_"),
                    generation=generation.id,
                    endpoint=endpoint,
                    sequence=sequence,
                    type=type_,
                    payload=payload,
                    created=now,
                    next_at=now,
                )
            )
        self._session.flush()

    def _wanting(self, type_: EventType) -> list[str]:
        endpoints = self._session.exec(select(EndpointRow).where(col(EndpointRow.disabled).is_(None)))
        return [endpoint.id for endpoint in endpoints if endpoint.events is None or type_ in endpoint.events]

    def _told_progress_since(self, generation: str, moment: datetime) -> bool:
        """Whether the generation's progress was told after that moment, or still waits to be told."""
        mine = (EventRow.generation == generation, EventRow.type == "generation.progress")
        recent = or_(col(EventRow.created) > moment, EventRow.state == "pending")
        return self._session.exec(select(EventRow.id).where(*mine, recent).limit(1)).first() is not None


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
    }
