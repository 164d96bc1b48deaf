"""Webhooks of a tenant, managed by its owners: where its events go, and what became of each."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Query, Response
from pydantic import Field

from gateway.access import Owner
from gateway.callers import Caller
from gateway.desk import Desk, TheDesk
from gateway.routing import resource
from reel.catalogue import Accepted, Endpoint, EventState, EventType, WebhookEvent
from reel.control import webhooks
from reel.errors import NotFound
from reel.values import Value

router = resource("webhooks")

Id = Annotated[str, Path(max_length=64, description="Id of an endpoint.")]
EventId = Annotated[str, Path(max_length=64, description="Id of an event.")]


class NewWebhook(Value):
    """An endpoint that is wanted."""

    url: str = Field(
        min_length=1, max_length=2048, description="Where events are posted.", examples=["https://a.example/b"]
    )
    events: tuple[EventType, ...] | None = Field(
        None, min_length=1, max_length=20, description="Types of events that are sent; null: all."
    )


class Webhook(Value):
    """An endpoint as it is known."""

    id: str
    url: str | None = Field(description="Null: each request names its own (`webhook`).")
    events: tuple[str, ...] | None = Field(description="Types of events that are sent; null: all.")
    created: datetime
    rotated: datetime | None = Field(description="When its secret was replaced; for a day the one before signs too.")
    disabled: datetime | None = Field(description="Since when nothing is sent.")


class WebhookWithSecret(Webhook):
    """An endpoint with what its events are verified with."""

    secret: str = Field(description="By the Standard Webhooks convention. It is shown this once.")


class Webhooks(Value):
    """All endpoints of the tenant."""

    webhooks: tuple[Webhook, ...]


class Trial(Value):
    """What became of an event that tells of nothing."""

    accepted: bool
    error: str | None = Field(description="Why it was not accepted.")
    seconds: float


class Attempt(Value):
    """One attempt to deliver an event."""

    at: datetime
    seconds: float
    error: str | None = Field(description="Null: it was accepted.")


class EventDelivery(Value):
    """An event on its way to an endpoint."""

    id: str = Field(description="What the receiver finds in `webhook-id`, at each attempt the same.")
    type: str
    generation: str
    state: EventState = Field(description="`dead`: it was given up on.")
    created: datetime
    next_at: datetime | None = Field(description="When it is sent next; null: not again.")
    delivered_at: datetime | None
    attempts: tuple[Attempt, ...] = Field(description="The oldest first.")
    payload: dict[str, Any] = Field(description="What is sent, but for addresses, which are made when it is.")


class Deliveries(Value):
    """A part of a list."""

    deliveries: tuple[EventDelivery, ...]
    after: str | None = Field(description="Ask with this for what comes next; null: there is no more.")


@router.get("")
def all_webhooks(caller: Owner, desk: TheDesk) -> Webhooks:
    """All endpoints, the oldest first; never their secrets."""
    with desk.catalogue.tenant(caller.tenant, only_reads=True) as records:
        return Webhooks(webhooks=tuple(map(_shown, records.endpoints())))


@router.post("", status_code=201)
def add(wanted: NewWebhook, caller: Owner, desk: TheDesk, response: Response) -> WebhookWithSecret:
    """Send events to a URL from now on. The answer shows the secret, this once."""
    with desk.catalogue.tenant(caller.tenant) as records:
        return _secret(webhooks.register(records, wanted.url, wanted.events), response)


@router.get("/{id}")
def one(id: Id, caller: Owner, desk: TheDesk) -> Webhook:
    """An endpoint; never its secret."""
    with desk.catalogue.tenant(caller.tenant, only_reads=True) as records:
        return _shown(records.endpoint(id))


@router.delete("/{id}", status_code=204)
def remove(id: Id, caller: Owner, desk: TheDesk) -> None:
    """Send nothing more, and forget what was sent."""
    with desk.catalogue.tenant(caller.tenant) as records:
        records.remove_endpoint(id)


@router.post("/{id}/rotate", status_code=201)
def rotate(id: Id, caller: Owner, desk: TheDesk, response: Response) -> WebhookWithSecret:
    """Make a new secret; for a day the one before signs too. The answer shows it, this once."""
    with desk.catalogue.tenant(caller.tenant) as records:
        return _secret(records.rotate_secret(id), response)


@router.post("/{id}/disable")
def disable(id: Id, caller: Owner, desk: TheDesk) -> Webhook:
    """Send nothing more; what waits is kept."""
    with desk.catalogue.tenant(caller.tenant) as records:
        return _shown(records.disable_endpoint(id))


@router.post("/{id}/enable")
def enable(id: Id, caller: Owner, desk: TheDesk) -> Webhook:
    """Send again, beginning with what waits."""
    with desk.catalogue.tenant(caller.tenant) as records:
        return _shown(records.enable_endpoint(id))


@router.post("/{id}/test")
async def try_out(id: Id, caller: Owner, desk: TheDesk) -> Trial:
    """Post an event of type `webhook.test`, and tell what came of it."""
    return await desk.trials.done(caller.tenant, _tried, id, caller, desk)


def _tried(id: str, caller: Caller, desk: Desk) -> Trial:
    with desk.catalogue.tenant(caller.tenant, only_reads=True) as records:
        endpoint = records.endpoint(id)
    outcome, seconds = webhooks.try_out(endpoint, desk.clock())
    error = None if isinstance(outcome, Accepted) else outcome.error
    return Trial(accepted=error is None, error=error, seconds=round(seconds, 3))


@router.get("/{id}/deliveries")
def deliveries(
    id: Id,
    caller: Owner,
    desk: TheDesk,
    state: Annotated[EventState | None, Query(description="Those in this state.")] = None,
    after: Annotated[str | None, Query(max_length=64, description="From the answer before.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Deliveries:
    """What was sent, or is to be, the newest first, with all attempts."""
    with desk.catalogue.tenant(caller.tenant, only_reads=True) as records:
        found = records.deliveries(id, state, after, limit + 1)
    more = len(found) > limit
    return Deliveries(deliveries=tuple(map(_delivery, found[:limit])), after=found[limit - 1].id if more else None)


@router.post("/{id}/deliveries/{event}/redeliver", status_code=202)
def redeliver(id: Id, event: EventId, caller: Owner, desk: TheDesk) -> EventDelivery:
    """Send an event again, whatever became of it, under the same id."""
    with desk.catalogue.tenant(caller.tenant) as records:
        if records.event(event).endpoint != records.endpoint(id).id:
            raise NotFound.at("event", f"{event!r} is none of this endpoint's")
        return _delivery(records.redeliver(event))


def _shown(endpoint: Endpoint) -> Webhook:
    return Webhook(**_fields(endpoint))


def _secret(endpoint: Endpoint, response: Response) -> WebhookWithSecret:
    response.headers["Cache-Control"] = "no-store"
    return WebhookWithSecret(**_fields(endpoint), secret=endpoint.secret)


def _fields(endpoint: Endpoint) -> dict[str, Any]:
    names = ("id", "events", "created", "rotated", "disabled")
    return {"url": endpoint.url or None, **{name: getattr(endpoint, name) for name in names}}


def _delivery(event: WebhookEvent) -> EventDelivery:
    names = ("id", "type", "generation", "state", "created", "delivered_at", "payload")
    return EventDelivery(
        **{name: getattr(event, name) for name in names},
        next_at=event.next_at if event.state == "pending" else None,
        attempts=tuple(Attempt.model_validate(each) for each in event.tries),
    )
