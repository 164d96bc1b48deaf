"""The outbox: what is told, to whom, in which order, and what becomes of it, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reel.catalogue import Accepted, GivenUp, NewDeadLetter, Progressed, Retry
from reel.catalogue.values import MOST_SECRETS
from reel.errors import BadMedia, InvalidRequest

URL = "https://shop.example/hooks"


@pytest.fixture
def endpoint(catalogue):
    with catalogue.tenant("acme") as records:
        return records.add_endpoint(URL)


def told(catalogue, generation):
    with catalogue.tenant(generation.tenant_id) as records:
        return [event.type.removeprefix("generation.") for event in records.events(generation.id)]


def claim(catalogue, clock, limit=10, seconds=30):
    with catalogue.operator() as everyone:
        return everyone.claim_due(clock.now, limit, seconds)


def settle(catalogue, clock, delivery, outcome):
    with catalogue.operator() as everyone:
        return everyone.settle(delivery, outcome, clock.now)


def deliver_all(catalogue, clock):
    while due := claim(catalogue, clock):
        for delivery in due:
            settle(catalogue, clock, delivery, Accepted())


@pytest.mark.parametrize("status", ["done", "failed", "cancelled"])
def test_what_is_told(made, catalogue, endpoint, status):
    generation = made.add()
    made.end(generation, status)
    assert told(catalogue, generation) == ["queued", "started", status]


def test_a_retry_is_told(made, catalogue, endpoint):
    generation = made.add()
    made.end(generation, "failed")
    with catalogue.tenant("acme") as records:
        records.move(generation.id, "fetching")
        events = records.events(generation.id)
    assert [(event.sequence, event.payload["data"]["attempt"]) for event in events] == [(1, 0), (2, 1), (3, 1), (4, 2)]


def test_what_the_messages_say(made, catalogue, endpoint):
    good, bad = made.add(slot="row 1", request_metadata={"order": 7}), made.add()
    with catalogue.tenant("acme") as records:
        for status in ("fetching", "rendering", "saving"):
            records.move(good.id, status)
        records.move(good.id, "done", told={"outputs": [1]})
        letter = NewDeadLetter(generation=bad.id, error_class="bad media")
        assert records.fail(BadMedia.at("clips[0]", "is empty"), letter)
        assert not records.fail(BadMedia.at("clips[0]", "is empty"), letter), "it failed before"
        assert not records.fail(BadMedia.at("a", "b"), NewDeadLetter(generation=good.id, error_class="bad media"))
        (buried,) = records.dead_letters()
        done, failed = records.events(good.id)[-1], records.events(bad.id)[-1]
    assert done.payload["type"] == "generation.done"
    assert done.payload["timestamp"] == "2026-03-01T12:00:00+00:00"
    assert (done.payload["data"]["slot"], done.payload["data"]["metadata"]) == ("row 1", {"order": 7})
    assert done.payload["data"]["outputs"] == [1]
    error = failed.payload["data"]["error"]
    assert (error["class"], error["message"], error["dead_letter"]) == ("bad media", "clips[0]: is empty", buried.id)


OWN = {"url": "https://own.example/h", "events": ["generation.done"]}


def test_requests_webhooks_share_one_endpoint(made, catalogue, clock):
    """Which bears the secret, and can be disabled as any; each host has a lane of its own."""
    first, second = made.add(webhook=OWN), made.add(webhook={**OWN, "url": "https://another.example/h"})
    for generation in (first, second, made.add()):
        made.end(generation)
    with catalogue.tenant("acme") as records:
        (endpoint,) = records.endpoints()
        assert records.endpoint_of_requests() == (endpoint, False)
    with catalogue.operator() as everyone:
        lanes = everyone.due_lanes(clock.now)
        assert {(lane.host, events) for lane, events in lanes.items()} == {("own.example", 1), ("another.example", 1)}
        (lane,) = [lane for lane in lanes if lane.host == "own.example"]
        (delivery,) = everyone.claim_due(clock.now, 10, 30, lane)
        assert (delivery.url, delivery.hosts) == (OWN["url"], ())
        assert everyone.claim_due(clock.now, 10, 30, lane) == []
    with catalogue.tenant("acme") as records:
        records.disable_endpoint(endpoint.id)
    later = made.add(webhook=OWN)
    made.end(later)
    assert told(catalogue, later) == []


def test_nothing_is_told_of_what_is_undone(made, catalogue, endpoint):
    generation = made.add()
    with pytest.raises(RuntimeError), catalogue.tenant("acme") as records:  # noqa: PT012 - all of it is the point
        records.move(generation.id, "fetching")
        raise RuntimeError
    assert told(catalogue, generation) == ["queued"]


def test_only_what_is_asked_for(made, catalogue):
    with catalogue.tenant("acme") as records:
        some, none = records.add_endpoint(URL, ["generation.done"]), records.add_endpoint(URL)
        records.disable_endpoint(none.id)
    with catalogue.tenant("other") as records:
        records.add_endpoint(URL)
    generation = made.add()
    made.end(generation)
    with catalogue.tenant("acme") as records:
        assert [(event.endpoint, event.type) for event in records.events(generation.id)] == [
            (some.id, "generation.done")
        ]


def test_progress_is_throttled(made, catalogue, clock, endpoint):
    generation = made.add()
    answers = []
    with catalogue.tenant("acme") as records:
        records.move(generation.id, "fetching")
        for seconds in (0, 9, 1):
            clock.pass_(seconds)
            answers.append(records.progress(generation.id, Progressed(percent=seconds, eta_seconds=5.0)))
    assert answers == [True, False, False], "the first is still waiting to be sent"
    deliver_all(catalogue, clock)
    with catalogue.tenant("acme") as records:
        assert records.progress(generation.id, Progressed(percent=50.0))
        event = records.events(generation.id)[-1]
    assert event.payload["data"]["percent"] == 50.0
    deliver_all(catalogue, clock)
    for seconds, answer in ((9, False), (1, True)):
        clock.pass_(seconds)
        with catalogue.tenant("acme") as records:
            assert records.progress(generation.id, Progressed(percent=60.0)) == answer
            assert records.generation(generation.id).touched == clock.now


def test_no_progress_of_what_has_ended(made, catalogue, clock, endpoint):
    generation = made.add()
    made.end(generation, "cancelled")
    with catalogue.tenant("acme") as records:
        assert not records.progress(generation.id, Progressed(percent=50.0))


def test_order_holds_per_generation(made, catalogue, clock, endpoint):
    first = made.add()
    made.end(first)
    clock.pass_(1)
    second = made.add()
    due = claim(catalogue, clock)
    assert [(found.event.generation, found.event.sequence) for found in due] == [(first.id, 1), (second.id, 1)]
    assert due[0].endpoint == endpoint
    assert claim(catalogue, clock) == []
    later = clock.now + timedelta(minutes=5)
    assert settle(catalogue, clock, due[0], Retry(later, "500"))
    assert claim(catalogue, clock) == [], "a retry holds back what comes after it"
    clock.now = later
    (again,) = [found for found in claim(catalogue, clock) if found.event.generation == first.id]
    assert (again.event.id, again.event.attempts) == (due[0].event.id, 1)
    assert settle(catalogue, clock, again, Accepted())
    assert [found.event.sequence for found in claim(catalogue, clock)] == [2]


def test_what_is_given_up_on_holds_back_nothing(made, catalogue, clock, endpoint):
    generation = made.add()
    made.end(generation)
    for sequence in (1, 2, 3):
        (delivery,) = claim(catalogue, clock)
        assert delivery.event.sequence == sequence
        settle(catalogue, clock, delivery, GivenUp("no answer in three days"))
    assert claim(catalogue, clock) == []
    with catalogue.tenant("acme") as records:
        assert {event.state for event in records.events(generation.id)} == {"dead"}
        assert records.events(generation.id)[0].last_error == "no answer in three days"


def test_a_claim_ends(made, catalogue, clock, endpoint):
    made.add()
    (lost,) = claim(catalogue, clock, seconds=30)
    clock.pass_(31)
    (held,) = claim(catalogue, clock, seconds=30)
    assert held.event.id == lost.event.id
    assert not settle(catalogue, clock, lost, GivenUp("too late")), "another holds it now"
    assert settle(catalogue, clock, lost, Accepted()), "what was taken was taken"
    assert not settle(catalogue, clock, lost, Accepted()), "once"
    assert not settle(catalogue, clock, held, Retry(clock.now, "500"))
    assert claim(catalogue, clock) == []


def test_two_senders_get_different_events(made, catalogue, clock, endpoint, url):
    for _ in range(10):
        made.add()
    if url.startswith("sqlite"):
        claims = [claim(catalogue, clock, limit=5), claim(catalogue, clock, limit=10)]
    else:
        with catalogue.operator() as one, catalogue.operator() as two:
            claims = [one.claim_due(clock.now, 5, 30), two.claim_due(clock.now, 10, 30)]
    assert [len(claimed) for claimed in claims] == [5, 5]
    assert len({delivery.event.id for claimed in claims for delivery in claimed}) == 10


def test_a_disabled_endpoint_gets_nothing(made, catalogue, clock, endpoint):
    made.add()
    with catalogue.tenant("acme") as records:
        records.disable_endpoint(endpoint.id)
    assert claim(catalogue, clock) == []
    with catalogue.tenant("acme") as records:
        assert records.enable_endpoint(endpoint.id).disabled is None
    assert len(claim(catalogue, clock)) == 1


def test_secrets(catalogue, clock, endpoint):
    assert endpoint.secret.startswith("whsec_")
    assert endpoint.secret not in repr(endpoint)
    assert endpoint.secrets(clock.now) == (endpoint.secret,)
    with catalogue.tenant("acme") as records:
        rotated = records.rotate_secret(endpoint.id)
        assert records.endpoints() == [rotated]
    assert rotated.secrets(clock.now) == (rotated.secret, endpoint.secret)
    assert rotated.secrets(clock.pass_(24 * 3600)) == (rotated.secret,)
    assert rotated.secret != endpoint.secret


def test_who_rotates_again_within_a_day_loses_no_receiver(catalogue, clock):
    """As the answer with the secret was lost: what receivers know signs for a day after the latest rotation."""
    with catalogue.tenant("acme") as records:
        first = records.add_endpoint(URL)
        lost = records.rotate_secret(first.id)
        clock.pass_(3600)
        again = records.rotate_secret(first.id)
        assert again.secrets(clock.now) == (again.secret, lost.secret, first.secret)
        latest = [records.rotate_secret(first.id) for _ in range(10)][-1]
        assert len(latest.secrets(clock.now)) == MOST_SECRETS
        clock.pass_(24 * 3600)
        assert records.endpoint(first.id).secrets(clock.now) == (latest.secret,)
        fresh = records.rotate_secret(first.id)
        assert fresh.secrets(clock.now) == (fresh.secret, latest.secret)


def test_endpoints_that_make_no_sense(catalogue):
    with catalogue.tenant("acme") as records:
        for url in ("ftp://a.example", "shop.example", "https://", "https://[::"):
            with pytest.raises(InvalidRequest, match="address of the web"):
                records.add_endpoint(url)
        with pytest.raises(InvalidRequest, match=r"generation\.done"):
            records.add_endpoint(URL, ["done"])
        with pytest.raises(InvalidRequest, match="endpoint"):
            records.rotate_secret("none")
