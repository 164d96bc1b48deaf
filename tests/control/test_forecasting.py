"""The queue to come: Erlang's tables, pasts with a known shape, and what follows from them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from reel.control.forecasting import (
    draining,
    expected,
    places_for,
    predicted,
    queue_lengths,
    waiting_share,
    workers,
)
from reel.control.service_level import Objective

HOUR = timedelta(hours=1)
THIS = datetime(2026, 3, 2, 12, tzinfo=UTC)
PROMISE = Objective(share=0.99, wait_seconds=60)


@pytest.mark.parametrize(
    ("places", "load", "share"),
    [
        (1, 0.5, 0.5),
        (2, 1, 1 / 3),
        (3, 2, 4 / 9),
        (10, 8, 0.40918),
        (100, 90, 0.21690),
        (2, 2, 1),
        (2, 5, 1),
        (5, 0, 0),
    ],
)
def test_erlangs_c_formula(places, load, share):
    """Of one place: the load itself; of two and three by hand; of ten and a hundred from tables."""
    assert waiting_share(places, load) == pytest.approx(share, abs=1e-4)


def simulated(orders: float, seconds: float, places: int, count: int, seed: int) -> list[float]:
    """How long orders wait, one after the other: they come at random, and take as long as they like."""
    drawn, now, free = random.Random(seed), 0.0, [0.0] * places
    waits = []
    for _ in range(count):
        now += drawn.expovariate(orders / 3600)
        first = min(range(places), key=free.__getitem__)
        begin = max(now, free[first])
        free[first] = begin + drawn.expovariate(1 / seconds)
        waits.append(begin - now)
    return waits


@pytest.mark.parametrize(("orders", "seconds"), [(60, 30), (600, 30), (30, 600)])
def test_so_many_places_keep_the_promise_and_one_fewer_does_not(orders, seconds):
    places = places_for(orders, seconds, PROMISE)
    late = [
        sum(wait > PROMISE.wait_seconds for wait in simulated(orders, seconds, each, 60_000, seed=7)) / 60_000
        for each in (places, places - 1)
        if each
    ]
    assert late[0] < 0.0115
    assert len(late) == 1 or late[1] > 0.0085


@pytest.mark.parametrize(("orders", "places"), [(0, 0), (1e-9, 1)])
def test_few_orders_take_few_places(orders, places):
    assert places_for(orders, 30, PROMISE) == places


def days(hours: dict[int, int], back: int):
    """A past of some days in which the same hours were alike."""
    begin = THIS - timedelta(days=back)
    return {
        begin + HOUR * number: count
        for number in range(24 * back)
        if (count := hours.get((begin + HOUR * number).hour, 0))
    }


def test_an_hour_is_as_it_was_on_the_days_before():
    past = days({9: 30, 15: 6}, back=5)
    found = {hour: expected(past, THIS + HOUR * hour, THIS) for hour in range(24)}
    assert {hour: orders for hour, orders in found.items() if orders} == {3: 6, 21: 30}


def test_an_hour_of_the_week_counts_where_two_are_known():
    past = {
        THIS - timedelta(days=28): 1,
        THIS - timedelta(days=7): 8,
        THIS - timedelta(days=14): 4,
        THIS - timedelta(days=1): 90,
    }
    assert expected(past, THIS, THIS) == (8 + 4 + 0 + 1) / 4


@pytest.mark.parametrize(
    ("past", "orders"),
    [
        ({}, 0),
        ({THIS: 50}, 0),  # the hour that it is: not over, so nothing is known of it
        ({THIS - 2 * HOUR: 10, THIS: 50}, 5),
    ],
)
def test_little_is_known_at_first(past, orders):
    assert expected(past, THIS + 5 * HOUR, THIS) == orders


@pytest.mark.parametrize(
    ("queued", "under_way", "seconds", "places"),
    [(0, 0, 30, 0), (0, 3, 30, 3), (10, 0, 30, 5), (10, 2, 30, 7), (1, 0, 600, 1), (100, 0, 600, 100)],
)
def test_what_waits_begins_in_time(queued, under_way, seconds, places):
    assert draining(queued, under_way, seconds, PROMISE) == places


def test_a_queue_grows_where_more_comes_than_is_made_and_goes_where_less_does():
    # One place makes 120 an hour.
    found = queue_lengths([200, 200, 0, 60], 10, 1, 30)
    assert found[:3] == [90, 170, 50]
    assert found[3] == pytest.approx(0.5)  # half a load: 0.5 * 0.5 / (1 - 0.5) wait


@pytest.mark.parametrize(("minute", "at_once"), [(0, 1), (50, 7)])
def test_machines_are_asked_for_ahead(minute, at_once):
    found = predicted(days({13: 600}, 5), THIS + timedelta(minutes=minute), 0, 0, 30, PROMISE, 24)
    assert [each.begin.hour for each in found.hours if each.orders] == [13]
    assert found.at_once == at_once
    assert found.hours[1].at_once == 7


@pytest.mark.parametrize(("at_once", "per_worker", "needed"), [(0, 2, 1), (1, 2, 1), (2, 2, 1), (3, 2, 2), (9, 4, 3)])
def test_workers_have_places(at_once, per_worker, needed):
    assert workers(at_once, per_worker) == needed
