"""Webhooks: where to, and what."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import JSON, String
from sqlmodel import Field

from reel.catalogue.columns import Secret, Utc, Words
from reel.catalogue.values.base import Owned
from reel.request.told import EventType

EventState = Literal["pending", "delivered", "dead"]
SECRET_OVERLAP = timedelta(hours=24)
"""How long a replaced secret still signs, so that a receiver can change over without losing an event."""
MOST_SECRETS = 5
"""Of one endpoint, that sign side by side."""

REQUESTS = "ep_requests"
"""Id of the one endpoint of each tenant that stands for the webhooks that requests name for themselves."""


class Endpoint(Owned):
    """Where a tenant wants to hear of its generations."""

    id: str = Field(primary_key=True)
    url: str = Field(repr=False, sa_type=Secret)
    """Of the one for requests' own webhooks: empty, as each event has its own."""
    secret: str = Field(repr=False, sa_type=Secret)
    previous_secret: str | None = Field(default=None, repr=False, sa_type=Secret)
    """Those that sign yet, the newest first, with spaces between them: who rotates twice within a day, as an answer was lost,
    may have receivers that know the first alone."""
    rotated: datetime | None = Field(default=None, sa_type=Utc)
    events: list[str] | None = Field(default=None, sa_type=JSON)
    """Types of events to send; null: all."""
    created: datetime = Field(sa_type=Utc)
    disabled: datetime | None = Field(default=None, sa_type=Utc)

    def secrets(self, now: datetime) -> tuple[str, ...]:
        """What to sign with: the secret, and for a day those that it replaced."""
        if self.previous_secret and self.rotated and now < self.rotated + SECRET_OVERLAP:
            return self.secret, *self.previous_secret.split()
        return (self.secret,)


class WebhookEvent(Owned):
    """One message for one endpoint."""

    id: str = Field(primary_key=True)
    generation: str
    endpoint: str
    url: str | None = Field(default=None, repr=False, sa_type=Secret)
    """Where to, where that is the request's own webhook; null: the endpoint's."""
    host: str = ""
    """Of that URL: what is sent to one host waits for nothing that others are sent."""
    sequence: int
    """Counts the events of a generation, from 1."""
    type: EventType | Literal["webhook.test"] = Field(sa_type=String)
    payload: dict[str, Any] = Field(sa_type=JSON)
    created: datetime = Field(sa_type=Utc)
    attempts: int = 0
    next_at: datetime = Field(sa_type=Utc)
    claimed_until: datetime | None = Field(default=None, sa_type=Utc)
    delivered_at: datetime | None = Field(default=None, sa_type=Utc)
    state: EventState = Field(default="pending", sa_type=String)
    last_error: str | None = Field(default=None, sa_type=Words)
    tries: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    """What came of each attempt, the oldest first: when (`at`), how long it took (`seconds`), the `error` or null."""
