"""Sending webhooks: signed by the Standard Webhooks convention, in order per generation, until they are taken.

    while True:
        if not deliver_due(catalogue):
            sleep(1)

Any number of senders may run: each event is one sender's for a while, and the id that the receiver sees is the same at each
attempt. So an event comes at least once, and whoever keeps the ids of those he has seen takes each once.
"""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from standardwebhooks import Webhook

from reel.catalogue import Catalogue, Delivery, GivenUp, Outcome, Retry, Taken, retry_delay
from reel.errors import ReelError
from reel.web import post

log = logging.getLogger("reel.webhooks")

AT_ONCE = 16
SEND_SECONDS = 15.0
"""How long a receiver has to answer, as the Standard Webhooks specification suggests."""
CLAIM_SECONDS = 4 * SEND_SECONDS
"""How long an event is one sender's: as long as sending may take, with room for a slow machine."""
GONE = 410
"""The receiver wants no more; its endpoint is disabled (Standard Webhooks)."""


def deliver_due(catalogue: Catalogue, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> int:
    """Send what is due, once; how many events were sent, taken or not. Errors: those of the catalogue."""
    with catalogue.operator() as everybody:
        due = everybody.claim_due(now(), AT_ONCE, CLAIM_SECONDS)
    if not due:
        return 0
    with ThreadPoolExecutor(AT_ONCE, "webhook") as threads:
        outcomes = list(threads.map(lambda delivery: send(delivery, now()), due))
    with catalogue.operator() as everybody:
        for delivery, outcome in zip(due, outcomes, strict=True):
            everybody.settle(delivery, outcome, now())
    for delivery, outcome in zip(due, outcomes, strict=True):
        if isinstance(outcome, GivenUp) and outcome.error.startswith(str(GONE)):
            with catalogue.tenant(delivery.endpoint.tenant_id) as records:
                records.disable_endpoint(delivery.endpoint.id)
    return len(due)


def send(delivery: Delivery, now: datetime) -> Outcome:
    """Post one event; what came of it. Only an answer from 200 to 299 is a yes; a redirect is not followed."""
    body = json.dumps(delivery.event.payload, ensure_ascii=False, separators=(",", ":"))
    try:
        answer = post(
            delivery.endpoint.url, body.encode(), signed_headers(delivery, body, now), SEND_SECONDS, "webhook url"
        )
    except ReelError as error:
        return _again(delivery, now, str(error))
    if 200 <= answer.status < 300:
        return Taken()
    said = f"{answer.status}: {answer.body[:200].decode(errors='replace')}"
    return GivenUp(said) if answer.status == GONE else _again(delivery, now, said)


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
    delay = retry_delay(event.attempts + 1, random.random())
    log.info("event %s was not taken at attempt %d: %s", event.id, event.attempts + 1, error)
    return GivenUp(error) if delay is None else Retry(now + delay, error)
