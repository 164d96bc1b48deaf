"""Where tenants want to hear of their generations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from sqlmodel import col, delete, or_, select, tuple_, update

from reel.catalogue.generations import Generations
from reel.catalogue.names import new_id, new_secret
from reel.catalogue.tables import EndpointRow, EventRow
from reel.catalogue.values import MOST_SECRETS, REQUESTS, Endpoint, EventState, WebhookEvent
from reel.errors import InvalidRequest, NotFound
from reel.request.told import EventType, web_address
from reel.words import did_you_mean


class Endpoints(Generations):
    """The part of a tenant's records that is about webhooks."""

    def add_endpoint(self, url: str, events: Sequence[EventType] | None = None) -> Endpoint:
        """Send events of the given types, or all, to a URL from now on; the answer holds the secret to verify them with.

        Raises `InvalidRequest` for what is no address of the web or no type of event.
        """
        try:
            web_address(url)
        except ValueError as error:
            raise InvalidRequest.at("url", str(error)) from None
        if unknown := sorted(set(events or ()) - set(get_args(EventType))):
            known = get_args(EventType)
            remedy = did_you_mean(unknown[0], known, f"choose from {', '.join(known)}")
            raise InvalidRequest.at("events", f"there is no {unknown[0]!r}", remedy)
        self._make_tenant(self._session.tenant)
        row = EndpointRow(
            id=new_id("ep_"),
            url=url,
            secret=new_secret(),
            events=None if events is None else list(events),
            created=self._now(),
        )
        self._session.add(row)
        self._session.flush()
        return Endpoint.model_validate(row)

    def endpoint_of_requests(self) -> tuple[Endpoint, bool]:
        """What stands for the webhooks that requests name for themselves, with the secret that signs them all; whether it is
        new."""
        self._tenant()
        new = not self._has_endpoint_of_requests()
        self._make_endpoint_of_requests()
        return self.endpoint(REQUESTS), new

    def endpoints(self) -> list[Endpoint]:
        """All endpoints of the tenant, the oldest first."""
        query = select(EndpointRow).order_by(col(EndpointRow.created), col(EndpointRow.id))
        return [Endpoint.model_validate(row) for row in self._session.exec(query)]

    def endpoint(self, id_: str) -> Endpoint:
        """Raises `NotFound` where there is none of that id."""
        row = self._session.exec(select(EndpointRow).where(EndpointRow.id == id_)).first()
        if row is None:
            raise NotFound.at("endpoint", f"there is no {id_[:80]!r}")
        return Endpoint.model_validate(row)

    def disable_endpoint(self, id_: str) -> Endpoint:
        """Send nothing more, not even what waits. Raises `InvalidRequest`."""
        return self._change_endpoint(id_, {"disabled": self._now()})

    def enable_endpoint(self, id_: str) -> Endpoint:
        """Send again, beginning with what still waits. Raises `InvalidRequest`."""
        return self._change_endpoint(id_, {"disabled": None})

    def remove_endpoint(self, id_: str) -> None:
        """Forget an endpoint with all that was sent there, or was to be. Raises `NotFound`; `InvalidRequest` for the one that
        stands for requests' own webhooks, which can be disabled."""
        self.endpoint(id_)
        if id_ == REQUESTS:
            raise InvalidRequest.at("endpoint", f"{REQUESTS} stands for webhooks that requests name", "disable it")
        self._session.exec(delete(EndpointRow).where(col(EndpointRow.id) == id_))

    def deliveries(
        self, endpoint: str, state: EventState | None = None, after: str | None = None, limit: int = 50
    ) -> list[WebhookEvent]:
        """What was sent to an endpoint, or is to be, the newest first; from after an event on. Raises `NotFound`."""
        self.endpoint(endpoint)
        query = select(EventRow).where(EventRow.endpoint == endpoint)
        if state is not None:
            query = query.where(EventRow.state == state)
        if after is not None:
            last = self.event(after)
            query = query.where(tuple_(col(EventRow.created), col(EventRow.id)) < (last.created, last.id))
        newest = query.order_by(col(EventRow.created).desc(), col(EventRow.id).desc()).limit(limit)
        return [WebhookEvent.model_validate(row) for row in self._session.exec(newest)]

    def event(self, id_: str) -> WebhookEvent:
        """Raises `NotFound` where there is none of that id."""
        row = self._session.exec(select(EventRow).where(EventRow.id == id_)).first()
        if row is None:
            raise NotFound.at("event", f"there is no {id_[:80]!r}")
        return WebhookEvent.model_validate(row)

    def redeliver(self, id_: str) -> WebhookEvent:
        """Send an event again, whatever became of it, as if it were new; the id that the receiver sees is the same. Raises
        `NotFound`."""
        self.event(id_)
        now, claimed = self._now(), col(EventRow.claimed_until)
        # What a sender holds is being sent this very moment.
        free = (col(EventRow.id) == id_, or_(claimed.is_(None), claimed <= now))
        again = {"state": "pending", "attempts": 0, "next_at": now, "claimed_until": None, "delivered_at": None}
        self._session.exec(update(EventRow).where(*free).values(**again))
        return self.event(id_)

    def rotate_secret(self, id_: str) -> Endpoint:
        """Make a new secret; for another day those sign too that have signed until now. Raises `InvalidRequest`."""
        before = self.endpoint(id_).secrets(self._now())[: MOST_SECRETS - 1]
        change = {"secret": new_secret(), "previous_secret": " ".join(before), "rotated": self._now()}
        return self._change_endpoint(id_, change)

    def events(self, generation: str) -> list[WebhookEvent]:
        """All messages about a generation, in their order."""
        query = (
            select(EventRow)
            .where(EventRow.generation == generation)
            .order_by(col(EventRow.sequence), col(EventRow.endpoint))
        )
        return [WebhookEvent.model_validate(row) for row in self._session.exec(query)]

    def _change_endpoint(self, id_: str, change: dict[str, Any]) -> Endpoint:
        self._session.exec(update(EndpointRow).where(col(EndpointRow.id) == id_).values(**change))
        return self.endpoint(id_)
