"""Webhook events that are due: handed to one sender at a time, in order per endpoint and generation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import col, exists, func, or_, select, tuple_, update

from reel.catalogue.scope import Scope
from reel.catalogue.tables import EndpointRow, EventRow, TenantRow
from reel.catalogue.values import Endpoint, WebhookEvent

MOST_TRIES = 50
"""Attempts that are remembered of an event: all of them, unless somebody asks for it to be sent again and again."""


@dataclass(frozen=True)
class Lane:
    """What is sent to one endpoint, of requests' own webhooks to one host: it waits for nothing that others are sent."""

    tenant_id: str
    endpoint: str
    host: str = ""


@dataclass(frozen=True)
class Delivery:
    """An event that is the holder's to send, until its `claimed_until`."""

    event: WebhookEvent
    endpoint: Endpoint
    hosts: tuple[str, ...] | None = None
    """Where it may go, by the tenant's record as it is now; null: anywhere, as the operator named the endpoint."""

    @property
    def url(self) -> str:
        """Where it goes."""
        return self.event.url or self.endpoint.url


@dataclass(frozen=True)
class Accepted:
    """The endpoint took the event."""


@dataclass(frozen=True)
class Retry:
    """The endpoint did not take the event; it is sent again."""

    at: datetime
    error: str


@dataclass(frozen=True)
class GivenUp:
    """The event will not be sent again; those after it are due."""

    error: str


Outcome = Accepted | Retry | GivenUp


class Deliveries(Scope):
    """The part of the operator's scope that is about sending webhooks."""

    def due_lanes(self, now: datetime) -> dict[Lane, int]:
        """How many events are due and nobody's, of each lane that has any; those that have waited longest first."""
        query = (
            select(EventRow.tenant_id, EventRow.endpoint, EventRow.host, func.count())
            .join(EndpointRow, _endpoint_of_it())
            .where(*_is_due(now), _is_free(now))
            .group_by(col(EventRow.tenant_id), col(EventRow.endpoint), col(EventRow.host))
            .order_by(func.min(EventRow.next_at))
        )
        return {Lane(*lane): events for *lane, events in self._session.exec(query)}

    def claim_due(self, now: datetime, limit: int, seconds: float, lane: Lane | None = None) -> list[Delivery]:
        """Take at most `limit` events that are due, for so many seconds; what is not settled by then is due again.

        Of each endpoint and generation only the first event that is still pending is due, so that order holds. Senders
        that claim at the same moment get different events. `lane`: of that one alone.
        """
        due = (
            select(EventRow, EndpointRow, TenantRow)
            .join(EndpointRow, _endpoint_of_it())
            .join(TenantRow, col(TenantRow.id) == EventRow.tenant_id)
            .where(*_is_due(now), _is_free(now), *_of_lane(lane))
            .order_by(col(EventRow.next_at), col(EventRow.sequence))
            .limit(limit)
            .with_for_update(of=EventRow, skip_locked=True)
        )
        found = self._session.exec(due).all()
        until = now + timedelta(seconds=seconds)
        claimed = tuple_(col(EventRow.tenant_id), col(EventRow.id)).in_([(row.tenant_id, row.id) for row, *_ in found])
        self._session.exec(update(EventRow).where(claimed).values(claimed_until=until))
        return [
            Delivery(
                event=WebhookEvent.model_validate(row).model_copy(update={"claimed_until": until}),
                endpoint=Endpoint.model_validate(endpoint),
                hosts=None if row.url is None else tuple(tenant.webhook_hosts or ()),
            )
            for row, endpoint, tenant in found
        ]

    def oldest_due(self, now: datetime) -> datetime | None:
        """Since when the event that has waited longest is due, whoever may be sending it; null where none is."""
        query = select(func.min(EventRow.next_at)).join(EndpointRow, _endpoint_of_it()).where(*_is_due(now))
        return self._session.exec(query).one()

    def settle(self, delivery: Delivery, outcome: Outcome, now: datetime, seconds: float = 0.0) -> bool:
        """Note what came of a delivery, and how long it took; whether it counted. A failure does not once the claim went to
        another sender."""
        event = delivery.event
        this = (col(EventRow.tenant_id) == event.tenant_id, col(EventRow.id) == event.id)
        unsettled = col(EventRow.state) == "pending"
        held = () if isinstance(outcome, Accepted) else (col(EventRow.claimed_until) == event.claimed_until,)
        error = None if isinstance(outcome, Accepted) else outcome.error
        tries = [*event.tries, {"at": now.isoformat(), "seconds": round(seconds, 3), "error": error}][-MOST_TRIES:]
        change = {"attempts": EventRow.attempts + 1, "claimed_until": None, "tries": tries, **_change(outcome, now)}
        return bool(self._session.exec(update(EventRow).where(*this, unsettled, *held).values(**change)).rowcount)


def _endpoint_of_it() -> Any:
    return (col(EventRow.endpoint) == EndpointRow.id) & (col(EventRow.tenant_id) == EndpointRow.tenant_id)


def _of_lane(lane: Lane | None) -> tuple[Any, ...]:
    if lane is None:
        return ()
    return (
        col(EventRow.tenant_id) == lane.tenant_id,
        col(EventRow.endpoint) == lane.endpoint,
        col(EventRow.host) == lane.host,
    )


def _is_free(now: datetime) -> Any:
    """Events that no sender holds."""
    return or_(col(EventRow.claimed_until).is_(None), col(EventRow.claimed_until) <= now)


def _is_due(now: datetime) -> tuple[Any, ...]:
    """Events to be sent now: none that waits for another one, or for an endpoint that is disabled."""
    earlier = aliased(EventRow)
    waits_for_another = exists().where(
        col(earlier.tenant_id) == col(EventRow.tenant_id),
        col(earlier.endpoint) == col(EventRow.endpoint),
        col(earlier.generation) == col(EventRow.generation),
        col(earlier.state) == "pending",
        col(earlier.sequence) < col(EventRow.sequence),
    )
    return (
        EventRow.state == "pending",
        col(EventRow.next_at) <= now,
        col(EndpointRow.disabled).is_(None),
        ~waits_for_another,
    )


def _change(outcome: Outcome, now: datetime) -> dict[str, Any]:
    match outcome:
        case Accepted():
            return {"state": "delivered", "delivered_at": now, "last_error": None}
        case Retry(at, error):
            return {"next_at": at, "last_error": error}
        case GivenUp(error):
            return {"state": "dead", "last_error": error}
