"""Sending webhooks: signed by the Standard Webhooks convention, in order per generation, until they are taken.

    sender = Sender(catalogue)
    while True:
        sender.begin()
        sleep(1)

Any number of senders may run: each event is one sender's for a while, and the id that the receiver sees is the same at each
attempt. So an event comes at least once, and whoever keeps the ids of those he has seen takes each once.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from standardwebhooks import Webhook

from reel.catalogue import (
    Accepted,
    Catalogue,
    Delivery,
    Endpoint,
    EventType,
    GivenUp,
    Lane,
    Outcome,
    Records,
    Retry,
    WebhookEvent,
    new_id,
)
from reel.control.orders import hosts_of
from reel.control.telling import addressed
from reel.errors import InvalidRequest, NotFound, ReelError
from reel.patience import Policy
from reel.web import check_url, post

log = logging.getLogger("reel.webhooks")

LANE_WIDTH = 4
"""How many events one endpoint is sent at a time: those of one generation come one after another, those of several may
overlap. One that answers slowly keeps so many threads waiting, and nobody else."""
SEND_SECONDS = 15.0
"""How long a receiver has to answer, as the Standard Webhooks specification suggests."""
CLAIM_SECONDS = 4 * SEND_SECONDS
"""How long an event is one sender's: as long as sending may take, with room for a slow machine."""
HOUR = 3600.0
SCHEDULE = Policy((5, 300, 1800, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR), jitter=(1.0, 1.2))
"""When one that was not taken is sent again, as the Standard Webhooks specification suggests; after these it is given up."""
MOST_ENDPOINTS = 20
"""Of a tenant: each event is sent to all of them."""
TEST: Final = "webhook.test"
"""Type of an event that somebody sends to see whether it arrives; no endpoint has to ask for it."""
GONE = 410
"""The receiver wants no more; its endpoint is disabled (Standard Webhooks)."""


class Sender:
    """Sends what is due, each endpoint in a lane of its own: one that hangs holds up no other."""

    def __init__(self, catalogue: Catalogue, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._catalogue = catalogue
        self._now = now
        self._changed = threading.Condition()
        self._in_lane: Counter[Lane] = Counter()
        self._sent = 0

    def begin(self) -> None:
        """Begin to send what is due and not under way, and return at once. Errors: those of the catalogue."""
        with self._catalogue.operator() as everybody:
            due = everybody.due_lanes(self._now())
        for lane, events in due.items():
            with self._changed:
                free = min(events, LANE_WIDTH - self._in_lane[lane])
                self._in_lane[lane] += max(0, free)
            for _ in range(free):
                threading.Thread(target=self._follow, args=(lane,), name="webhook").start()

    def wait(self) -> int:
        """Wait until nothing is under way; how many events were sent since the beginning, taken or not."""
        with self._changed:
            self._changed.wait_for(lambda: not self._in_lane.total())
            return self._sent

    def _follow(self, lane: Lane) -> None:
        """Send the events of a lane one by one, as long as any is due."""
        try:
            while self._send_next(lane):
                pass
        except ReelError as error:  # the catalogue is away: what was claimed is due again later
            log.warning("webhooks could not be sent: %s", error)
        finally:
            with self._changed:
                self._in_lane[lane] -= 1
                self._changed.notify_all()

    def _send_next(self, lane: Lane) -> bool:
        with self._catalogue.operator() as everybody:
            due = everybody.claim_due(self._now(), 1, CLAIM_SECONDS, lane)
        for delivery in due:
            begun = time.monotonic()
            outcome = send(delivery, self._now())
            seconds = time.monotonic() - begun
            with self._changed:
                self._sent += 1
            with self._catalogue.operator() as everybody:
                everybody.settle(delivery, outcome, self._now(), seconds)
            # Of a request's own webhook it is this one alone that is not wanted, and not those of all other requests.
            gone = isinstance(outcome, GivenUp) and outcome.error.startswith(str(GONE))
            if gone and delivery.event.url is None:
                with self._catalogue.tenant(lane.tenant_id) as records:
                    records.disable_endpoint(lane.endpoint)
        return bool(due)


def send(delivery: Delivery, now: datetime) -> Outcome:
    """Post one event; what came of it. Only an answer from 200 to 299 is a yes; a redirect is not followed."""
    try:
        body = body_of(delivery, now)
        headers, hosts = signed_headers(delivery, body, now), hosts_of(delivery.event.tenant_id, delivery.hosts)
        answer = post(delivery.url, body.encode(), headers, SEND_SECONDS, "webhook url", hosts)
    except ReelError as error:
        return _again(delivery, now, str(error))
    if 200 <= answer.status < 300:
        return Accepted()
    words = answer.body[:200].decode(errors="replace").strip()
    redirect = ", a redirect, which is not followed" if 300 <= answer.status < 400 else ""
    said = f"{answer.status}{redirect}" + (f": {words}" if words else "")
    return GivenUp(said) if answer.status == GONE else _again(delivery, now, said)


def register(records: Records, url: str, events: Sequence[EventType] | None) -> Endpoint:
    """Send a tenant's events to a URL that the tenant itself names. Raises `InvalidRequest` for an address that may not be
    asked, for a host that is none of the tenant's where its record names some, and for one endpoint too many."""
    tenant = records.tenant()
    check_url(url, "url", hosts_of(tenant.id, tenant.webhook_hosts))
    if len(records.endpoints()) >= MOST_ENDPOINTS:
        raise InvalidRequest.at("url", f"there are {MOST_ENDPOINTS} endpoints, which are the most", "delete one")
    return records.add_endpoint(url, events)


def try_out(endpoint: Endpoint, now: datetime) -> tuple[Outcome, float]:
    """Send an endpoint an event that tells of nothing (`webhook.test`); what came of it, and how many seconds it took. Raises
    `NotFound` for that of requests' own webhooks, which has no address."""
    if not endpoint.url:
        raise NotFound.at("endpoint", "each request names its own URL: there is none to try")
    payload = {"type": TEST, "timestamp": now.isoformat(), "data": {"endpoint": endpoint.id}}
    event = WebhookEvent(
        tenant_id=endpoint.tenant_id,
        id=new_id("evt_"),
        generation="",
        endpoint=endpoint.id,
        sequence=0,
        type=TEST,
        payload=payload,
        created=now,
        next_at=now,
    )
    begun = time.monotonic()
    outcome = send(Delivery(event, endpoint), now)
    return outcome, time.monotonic() - begun


def body_of(delivery: Delivery, now: datetime) -> str:
    """The JSON that is sent, with addresses that hold from now on. Errors: as `addressed`."""
    text = json.dumps(addressed(delivery.event.payload, now), ensure_ascii=False, separators=(",", ":"))
    # A file's name, in an error, may hold bytes that are no UTF-8.
    return text.encode("utf-8", "replace").decode()


def signed_headers(delivery: Delivery, body: str, now: datetime) -> dict[str, str]:
    """The headers by which the receiver knows whom the event is from, and whether it has seen it before."""
    event = delivery.event
    signatures = (Webhook(secret).sign(event.id, now, body) for secret in delivery.endpoint.secrets(now))
    return {
        "Content-Type": "application/json; charset=utf-8",
        "webhook-id": event.id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _again(delivery: Delivery, now: datetime, error: str) -> Outcome:
    event = delivery.event
    attempts = event.attempts + 1
    log.info("event %s was not taken at attempt %d: %s", event.id, attempts, error)
    if attempts > len(SCHEDULE.delays):
        return GivenUp(error)
    return Retry(now + timedelta(seconds=SCHEDULE.delay_seconds(attempts)), error)
