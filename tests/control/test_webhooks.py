"""Webhooks to a receiver that answers 500, hangs, goes away, or redirects: each comes with one id, in order."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from reel.catalogue import Catalogue
from reel.control import webhooks
from reel.control.webhooks import SCHEDULE, Sender
from tests.control.receiving import Clock, Receiver, deliver_due, drain, endpoint, made, serving


def test_events_are_signed_and_in_order(catalogue: Catalogue, receiver: Receiver, clock: Clock) -> None:
    secret = endpoint(catalogue, receiver.url)
    generation = made(catalogue)
    assert deliver_due(catalogue, clock) == 3
    assert receiver.types() == ["queued", "started", "done"]
    for headers, body in receiver.got:
        assert Webhook(secret).verify(body, headers)["data"]["generation"] == generation
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body + b" ", headers)


@pytest.mark.parametrize("status", [500, 503, 302, 404])
def test_what_is_refused_comes_again_with_the_same_id(
    catalogue: Catalogue, receiver: Receiver, clock: Clock, status: int
) -> None:
    receiver.answer = lambda number: status if number in (1, 2, 4) else 200
    endpoint(catalogue, receiver.url)
    made(catalogue)
    drain(catalogue, clock)
    assert receiver.types() == ["queued", "queued", "queued", "started", "started", "done"]
    assert len(set(receiver.ids())) == 3


def test_a_refused_event_waits_before_it_comes_again(catalogue: Catalogue, receiver: Receiver, clock: Clock) -> None:
    receiver.answer = lambda number: 500
    endpoint(catalogue, receiver.url)
    made(catalogue)
    assert deliver_due(catalogue, clock) == 1
    assert deliver_due(catalogue, clock) == 0
    clock.now += timedelta(seconds=7)
    assert deliver_due(catalogue, clock) == 1


def test_a_receiver_that_went_away_gets_all_when_it_is_back(
    catalogue: Catalogue, clock: Clock, open_networks: Callable[..., None]
) -> None:
    away = Receiver()
    away.answer = lambda number: 503 if number == 2 else 200
    with serving(away):
        open_networks(away.port)
        endpoint(catalogue, away.url)
        made(catalogue)
        assert deliver_due(catalogue, clock) == 2
    clock.now += timedelta(hours=1)
    assert deliver_due(catalogue, clock) == 1
    with serving(away):
        drain(catalogue, clock)
    assert away.types() == ["queued", "started", "started", "done"]
    assert len(set(away.ids())) == 3


def test_a_receiver_that_hangs_is_given_up_for_now(
    catalogue: Catalogue, receiver: Receiver, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "SEND_SECONDS", 0.5)
    receiver.hold.clear()
    endpoint(catalogue, receiver.url)
    made(catalogue)
    assert deliver_due(catalogue, clock) == 1
    receiver.hold.set()
    drain(catalogue, clock)
    assert receiver.types() == ["queued", "queued", "started", "done"]
    assert len(set(receiver.ids())) == 3


def test_endpoints_that_hang_delay_nobody_else(
    catalogue: Catalogue, receiver: Receiver, clock: Clock, hanging: Receiver
) -> None:
    """Thirty of them, each with more events than it is sent at a time; the good one gets all while they hang."""
    for number in range(30):
        endpoint(catalogue, f"{hanging.url}/{number}")
    endpoint(catalogue, receiver.url)
    for _ in range(webhooks.LANE_WIDTH + 1):
        made(catalogue)
    sender = Sender(catalogue, clock)
    deadline = time.monotonic() + 120
    while len(receiver.got) < 3 * (webhooks.LANE_WIDTH + 1) and time.monotonic() < deadline:
        sender.begin()
        time.sleep(0.05)
    assert sorted(receiver.types()) == sorted(["queued", "started", "done"] * (webhooks.LANE_WIDTH + 1))
    assert set(hanging.types()) == {"queued"}
    hanging.answer = lambda number: 410  # none of them is sent more
    hanging.hold.set()
    sender.wait()


def test_a_receiver_that_is_gone_is_not_asked_again(catalogue: Catalogue, receiver: Receiver, clock: Clock) -> None:
    receiver.answer = lambda number: 410
    endpoint(catalogue, receiver.url)
    made(catalogue)
    drain(catalogue, clock)
    assert receiver.types() == ["queued"]
    with catalogue.tenant("acme") as records:
        assert records.endpoints()[0].disabled


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 5), (2, 300), (9, 24 * 3600)])
def test_delays_are_those_of_the_specification(attempts: int, seconds: float) -> None:
    assert SCHEDULE.delay_seconds(attempts, chance=0) == seconds
    assert SCHEDULE.delay_seconds(attempts, chance=1) == pytest.approx(seconds * 1.2)


def test_it_is_given_up_after_four_days_and_the_next_is_sent(
    catalogue: Catalogue, receiver: Receiver, clock: Clock
) -> None:
    receiver.answer = lambda number: 500 if number <= 10 else 200
    endpoint(catalogue, receiver.url)
    generation = made(catalogue)
    drain(catalogue, clock)
    assert receiver.types() == ["queued"] * 10 + ["started", "done"]
    with catalogue.tenant("acme") as records:
        assert [event.state for event in records.events(generation)] == ["dead", "delivered", "delivered"]


def test_two_senders_at_once_send_nothing_twice(catalogue: Catalogue, receiver: Receiver, clock: Clock) -> None:
    endpoint(catalogue, receiver.url)
    for _ in range(10):
        made(catalogue)
    senders = [threading.Thread(target=lambda: [deliver_due(catalogue, clock) for _ in range(12)]) for _ in range(3)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert len(receiver.got) == len(set(receiver.ids())) == 30


def test_no_webhook_reaches_our_own_networks(catalogue: Catalogue, clock: Clock) -> None:
    with serving(inside := Receiver()):
        endpoint(catalogue, inside.url)
        generation = made(catalogue)
        assert deliver_due(catalogue, clock) == 1
    assert inside.got == []
    with catalogue.tenant("acme") as records:
        assert "127.0.0.1" in (records.events(generation)[0].last_error or "")
