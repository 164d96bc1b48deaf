"""How generations went, as the operator's page and the forecast read it."""

from __future__ import annotations

from datetime import timedelta

from reel.catalogue import NewUsageRecord, millionths
from reel.control.forecasting import forecast
from reel.control.service_level import Objective
from reel.errors import BadMedia
from tests.catalogue.conftest import request

PROMISE = Objective(share=0.99, wait_seconds=60)


def done(made, clock, wait=10, seconds=40, **fields):
    """One that waits, and is made for some seconds."""
    generation = made.add(**fields)
    clock.pass_(wait)
    with made.catalogue.tenant(generation.tenant_id) as records:
        for status in ("fetching", "rendering", "saving"):
            records.move(generation.id, status)
    clock.pass_(seconds)
    with made.catalogue.tenant(generation.tenant_id) as records:
        records.delivered(generation.id, [], NewUsageRecord(), {}, float(seconds))
        records.move(generation.id, "done")
    return generation


def test_what_is_live_or_ended_since_is_told(made, clock):
    done(made, clock)
    begun = clock()
    clock.pass_(1)
    done(made, clock, tenant="other")
    failed, queued = made.add(), made.add()
    with made.catalogue.tenant("acme") as records:
        records.move(failed.id, "failed", BadMedia.at("clips[0]", "is none"))
    with made.catalogue.operator(only_reads=True) as everybody:
        found = everybody.courses(begun + timedelta(seconds=1))
    assert sorted((each.tenant, each.status, each.error_class) for each in found) == [
        ("acme", "failed", "bad media"),
        ("acme", "queued", None),
        ("other", "done", None),
    ]
    of_other = next(each for each in found if each.tenant == "other")
    assert of_other.started - of_other.created == timedelta(seconds=10)
    assert of_other.ended - of_other.started == timedelta(seconds=40)
    assert next(each for each in found if each.status == "queued").created == queued.created


def test_credits_are_summed_by_tenant(made, clock):
    for tenant, spent in (("acme", 3), ("other", 5)):
        with made.catalogue.tenant(tenant) as records:
            records.grant(10)
            generation, _ = records.add(request(), reserve=millionths(8))
            for status in ("fetching", "rendering", "saving"):
                records.move(generation.id, status)
            records.move(generation.id, "done", price=millionths(spent))
    with made.catalogue.operator(only_reads=True) as everybody:
        assert everybody.spent_by_tenant(clock()) == {"acme": 3, "other": 5}
        assert everybody.spent_by_tenant(clock() + timedelta(seconds=1)) == {}


def test_a_forecast_is_of_what_there_was(made, clock):
    """Six an hour for three hours, each made in 40 s; then two wait, and one is under way."""
    for _ in range(18):
        done(made, clock)
        clock.pass_(550)
    made.add()
    made.add()
    with made.catalogue.tenant("acme") as records:
        records.move(made.add().id, "fetching")
    with made.catalogue.operator(only_reads=True) as everybody:
        found = forecast(everybody, clock(), PROMISE, hours=3)
    assert (found.queued, found.under_way, found.usual_seconds, found.history_hours) == (2, 1, 40, 3)
    assert [each.orders for each in found.hours] == [6, 6, 6]
    assert found.at_once == 3
