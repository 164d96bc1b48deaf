"""Percentiles, success and burn rates, from tables of how generations went."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.told import OF_THE_REQUEST
from reel.catalogue.courses import Course
from reel.control.service_level import OF_THE_ORDER, Objective, Spread, burn_rate, burn_rates, by, kept, spread, went

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PROMISE = Objective(share=0.9, wait_seconds=60)


def course(status="done", wait=10.0, seconds=5.0, ago=0.0, error=None, tenant="acme", kind="mixer"):
    """One that ended some minutes ago, after it waited and was made for some seconds; a null wait: it never began."""
    ended = NOW - timedelta(minutes=ago)
    started = None if wait is None else ended - timedelta(seconds=seconds)
    created = (started or ended) - timedelta(seconds=wait or 0)
    is_live = status not in ("done", "failed", "cancelled")
    return Course(tenant, kind, status, error, created, started, None if is_live else ended)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], None),
        ([7], Spread(1, 7, 7, 7)),
        (range(1, 101), Spread(100, 50, 95, 99)),
        ([3, 1, 2], Spread(3, 2, 3, 3)),
    ],
)
def test_a_spread_is_of_nearest_ranks(values, expected):
    assert spread(values) == expected


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (course(), True),
        (course(wait=60), True),
        (course(wait=60.1), False),
        (course(seconds=9000), True),
        (course("failed", error="internal"), False),
        (course("failed", wait=None, error="crash"), False),
        (course("failed", error="bad media"), None),
        (course("cancelled", wait=900), None),
        (course("rendering"), None),
    ],
)
def test_what_counts_and_what_keeps_the_promise(case, expected):
    assert kept(case, PROMISE) is expected


@pytest.mark.parametrize(
    ("courses", "expected"),
    [
        ([], None),
        ([course("cancelled")], None),
        ([course()] * 10, 0),
        ([course()] * 9 + [course("failed")], 1),
        ([course()] * 5 + [course(wait=100)] * 5, 5),
        ([course("failed", ago=61), course()], 0),
        ([course("failed", ago=59), course()], 5),
        ([course("failed", ago=-1)], None),
    ],
)
def test_a_burn_rate_is_of_what_ended_in_its_window(courses, expected):
    found = burn_rate(courses, PROMISE, NOW, timedelta(hours=1))
    assert found == (None if expected is None else pytest.approx(expected))


def test_windows_of_several_lengths():
    courses = [course("failed", ago=120), *[course(ago=120)] * 3, course()]
    assert burn_rates(courses, PROMISE, NOW, 1, 6) == {1: 0, 6: pytest.approx(2)}


def test_how_each_sort_went():
    found = by(
        [
            course(),
            course(kind="encode", wait=20),
            course("failed"),
            course("failed", error="exhausted"),
            course("queued"),
        ],
        "kind",
    )
    assert list(found) == ["encode", "mixer"]
    mixer = found["mixer"]
    assert (mixer.done, mixer.failed, mixer.refused, mixer.success) == (1, 1, 1, 0.5)
    assert found["encode"].waits == Spread(1, 20, 20, 20)
    assert found["encode"].seconds == Spread(1, 5, 5, 5)
    assert went([]).success is None


def test_whose_fault_it_is_is_told_alike_to_customers():
    assert frozenset(OF_THE_REQUEST) == OF_THE_ORDER
