"""The client, and what of it is about nothing that is made: kinds, webhooks, credits."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import httpx

from reel import __version__
from reel.client import operations as op
from reel.client.events import SILENT_SECONDS, Event, follow
from reel.client.generations import Generations
from reel.client.library import Assets, Projects
from reel.client.line import PATIENCE, Line
from reel.client.models import (
    Account,
    EventDelivery,
    Kind,
    Transfer,
    Trial,
    Usage,
    Webhook,
    WebhookWithSecret,
)
from reel.client.orders import Batches, Templates
from reel.errors import InvalidRequest
from reel.patience import SYSTEM, Clock, Policy


@dataclass(frozen=True)
class Webhooks:
    """`client.webhooks`; these take the key of an owner."""

    _line: Line

    def list(self) -> tuple[Webhook, ...]:
        """All, the oldest first."""
        return self._line.ask(op.WEBHOOKS).webhooks

    def add(self, url: str, events: Sequence[str] | None = None) -> WebhookWithSecret:
        """Send events to an address from now on, of these types, or all. The secret is shown this once."""
        return self._line.ask(op.ADD_WEBHOOK, {"url": url, "events": None if events is None else [*events]})

    def get(self, id: str) -> Webhook:
        """An endpoint."""
        return self._line.ask(op.WEBHOOK, id=id)

    def rotate(self, id: str) -> WebhookWithSecret:
        """Make a new secret; for a day the one before signs too."""
        return self._line.ask(op.ROTATE, id=id)

    def disable(self, id: str) -> Webhook:
        """Send nothing more; what waits is kept."""
        return self._line.ask(op.DISABLE, id=id)

    def enable(self, id: str) -> Webhook:
        """Send again."""
        return self._line.ask(op.ENABLE, id=id)

    def test(self, id: str) -> Trial:
        """Post an event that tells of nothing, and say what came of it."""
        return self._line.ask(op.TRY_WEBHOOK, id=id)

    def deliveries(self, id: str, state: str | None = None) -> Iterator[EventDelivery]:
        """What was sent, or is to be, the newest first; read page by page."""
        after: str | None = None
        while True:
            page = self._line.ask(op.DELIVERIES, query={"state": state, "after": after}, id=id)
            yield from page.deliveries
            if (after := page.after) is None:
                return

    def redeliver(self, id: str, event: str) -> EventDelivery:
        """Send an event again, under the same id."""
        return self._line.ask(op.REDELIVER, id=id, event=event)

    def remove(self, id: str) -> None:
        """Send nothing more, and forget what was sent."""
        self._line.ask(op.REMOVE_WEBHOOK, id=id)


@dataclass(frozen=True)
class Credits:
    """`client.credits`."""

    _line: Line

    def account(self) -> Account:
        """What there is, what is put aside, what was spent."""
        return self._line.ask(op.CREDITS)

    def transfers(self, generation: str | None = None, limit: int = 100) -> tuple[Transfer, ...]:
        """The newest movements of credits, newest first."""
        return self._line.ask(op.TRANSFERS, query={"generation": generation, "limit": limit}).transfers

    def usage(self, since: datetime | None = None) -> Usage:
        """What was used since a moment; null: since the month began (UTC)."""
        return self._line.ask(op.USAGE, query={"since": since and since.isoformat()})

    def usage_csv(self, since: datetime | None = None) -> bytes:
        """The same by generation, as CSV."""
        return self._line.ask(op.USAGE_CSV, query={"since": since and since.isoformat()})


class Client:
    """A client of a gateway, by a key. Threads may share one. Errors of all: `GatewayError`, `Unreachable`."""

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        timeout: float = 60.0,
        policy: Policy = PATIENCE,
        clock: Clock = SYSTEM,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """`url` and `key` are those of REEL_GATEWAY_URL and REEL_API_KEY where they are null. `timeout` is how many seconds
        an answer may take to begin, or to go on; `policy`, how long and how often is asked again."""
        at, with_key = url or os.environ.get("REEL_GATEWAY_URL", ""), key or os.environ.get("REEL_API_KEY", "")
        if not at.startswith(("http://", "https://")) or not with_key:
            wanted = "an address (REEL_GATEWAY_URL)" if with_key else "a key (REEL_API_KEY)"
            raise InvalidRequest.at("client", f"needs {wanted}", "Client('https://reel.example', 'reel_...')")
        # It tells whole addresses, and buckets' have what signs them.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        headers = {"Authorization": f"Bearer {with_key}", "User-Agent": f"reelflow/{__version__}"}
        # Events are heard within the silence that their heartbeat allows.
        limits = httpx.Timeout(timeout, read=max(timeout, SILENT_SECONDS))
        self._http = httpx.Client(base_url=at.rstrip("/"), headers=headers, timeout=limits, transport=transport)
        self._line = Line(self._http, policy, clock)
        self.generations, self.assets = Generations(self._line), Assets(self._line)
        self.projects, self.templates = Projects(self._line), Templates(self._line)
        self.batches, self.webhooks = Batches(self._line), Webhooks(self._line)
        self.credits = Credits(self._line)

    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of generation."""
        return self._line.ask(op.KINDS).kinds

    def schema(self, kind: str) -> dict[str, Any]:
        """The JSON Schema of a kind's requests."""
        return self._line.ask(op.SCHEMA, kind=kind)

    def events(self, after: str | None = None) -> Iterator[Event]:
        """All events from now on, or from after one on, for ever; connections may break."""
        return follow(self._line, None, after)

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
