"""What the operator sees and does: queues, signs of life, keys in use, retention, measures, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from reel.catalogue import (
    Accepted,
    NewDeadLetter,
    NewOutputRecord,
    NewStepRecord,
    NewUsageRecord,
    Processors,
    Progressed,
)
from reel.errors import InvalidRequest


def steps(*keys: str, **fields: object) -> list[NewStepRecord]:
    return [NewStepRecord.model_validate({"key": key, "operation": "picture", "title": key, **fields}) for key in keys]


def test_tenants(made, catalogue):
    made.add("acme")
    with catalogue.operator() as everyone:
        everyone.set_tenant("gold", concurrency=5, weight=2.0)
        assert [(tenant.id, tenant.concurrency, tenant.weight) for tenant in everyone.tenants()] == [
            ("acme", None, 1.0),
            ("gold", 5, 2.0),
        ]
        assert everyone.set_tenant("gold").concurrency is None
        assert everyone.set_tenant("gold", webhook_hosts=["*.Shop.example."]).webhook_hosts == ["*.shop.example"]
        assert everyone.set_tenant("gold").webhook_hosts is None
        hosts = ("", "*", "*.", "shop.example:80", "https://shop.example", "a b", "münchen.example")
        wrongs: list[dict[str, Any]] = [{"weight": 0.0}, {"weight": 1000.0}, {"concurrency": 0}]
        for wrong in (*wrongs, *({"webhook_hosts": [host]} for host in hosts)):
            with pytest.raises(InvalidRequest):
                everyone.set_tenant("gold", **wrong)
        with pytest.raises(InvalidRequest):
            everyone.set_tenant("*")


def test_live(made, catalogue, clock):
    waits, works, silent, done = (made.add(tenant) for tenant in ("a", "b", "c", "d"))
    made.end(done)
    for generation in (works, silent):
        with catalogue.tenant(generation.tenant_id) as records:
            records.move(generation.id, "fetching")
    with catalogue.tenant("b") as records:
        records.progress(works.id, Progressed(percent=10.0))
    with catalogue.operator() as everyone:
        assert {found.id for found in everyone.live()} == {waits.id, works.id, silent.id}
        assert len(everyone.live(limit=2)) == 2


def test_keys_in_use(made, catalogue, clock):
    old, recent, live = made.add("a"), made.add("b"), made.add("c")
    for generation, keys in ((old, "xy"), (recent, "yz"), (live, "w")):
        with catalogue.tenant(generation.tenant_id) as records:
            records.plan_known(generation.id, "digest", 1.0, steps(*keys))
    made.end(old)
    since = clock.pass_(60)
    made.end(recent)
    with catalogue.operator() as everyone:
        assert everyone.keys_in_use(since) == {"y", "z", "w"}
        assert everyone.keys_in_use(since - timedelta(seconds=60)) == {"x", "y", "z", "w"}


def test_what_is_forgotten(made, catalogue, clock):
    gone, slot_old, slot_new, failed, live = (made.add(slot=slot) for slot in (None, "row", "row", None, None))
    with catalogue.tenant("acme") as records:
        records.plan_known(gone.id, "digest", 1.0, steps("a"))
        records.delivered(
            gone.id,
            [NewOutputRecord(name="a", location="a", bytes=1, sha256="")],
            NewUsageRecord(bytes=7),
            {},
            seconds=1,
        )
        records.bury(NewDeadLetter(generation=failed.id, error_class="internal"))
    for generation, status in ((gone, "done"), (slot_old, "done"), (slot_new, "done"), (failed, "failed")):
        clock.pass_(1)
        made.end(generation, status)
    with catalogue.operator() as everyone:
        assert everyone.forget_generations(clock.now - timedelta(hours=1)) == []
    with catalogue.tenant("acme") as records:
        assert [output.location for output in records.outputs(gone.id)] == ["a"]
    clock.pass_(3600)
    with catalogue.operator() as everyone:
        assert [found.id for found in everyone.forget_generations(clock.now, ["done"], limit=1)] == [gone.id]
        assert [found.id for found in everyone.forget_generations(clock.now)] == [slot_old.id, failed.id]
    with catalogue.tenant("acme") as records:
        assert {found.id for found in records.generations()} == {slot_new.id, live.id}
        assert records.dead_letters(state=None) == []
        assert records.outputs(gone.id) == []
        assert records.used(gone.created).bytes == 7, "accounts outlast what they are of"


def test_nothing_is_forgotten_before_it_is_told(made, catalogue, clock):
    with catalogue.tenant("acme") as records:
        endpoint = records.add_endpoint("https://shop.example/hooks", ["generation.done"])
    generations = made.add(), made.add()
    for generation in generations:
        made.end(generation)
    with catalogue.operator() as everyone:
        delivery, _ = everyone.claim_due(clock.now, 10, 30)
        everyone.settle(delivery, Accepted(), clock.now)
    clock.pass_(1)
    with catalogue.operator() as everyone:
        assert everyone.forget_events(clock.now - timedelta(hours=1)) == 0
        assert [found.id for found in everyone.forget_generations(clock.now)] == [delivery.event.generation]
    with catalogue.tenant("acme") as records:
        records.disable_endpoint(endpoint.id)
    with catalogue.operator() as everyone:
        assert len(everyone.forget_generations(clock.now)) == 1


def test_events_are_forgotten(made, catalogue, clock):
    with catalogue.tenant("acme") as records:
        records.add_endpoint("https://shop.example/hooks")
    generation = made.add()
    made.end(generation)
    with catalogue.operator() as everyone:
        (delivery,) = everyone.claim_due(clock.now, 10, 30)
        everyone.settle(delivery, Accepted(), clock.now)
        assert everyone.forget_events(clock.pass_(1)) == 1
    with catalogue.tenant("acme") as records:
        assert [event.sequence for event in records.events(generation.id)] == [2, 3]


def test_measures(made, catalogue, clock):
    with catalogue.tenant("a") as records:
        records.add_endpoint("https://shop.example/hooks", ["generation.done"])
    since = clock.now
    made.add("a")
    clock.pass_(10)
    made.add("a")
    made.add("b", priority="batch")
    done, failed = made.add("a"), made.add("b")
    with catalogue.tenant("a") as records:
        records.plan_known(done.id, "digest", 12.0, steps("unmade"))
        for number in range(1, 101):
            records.step_done(done.id, steps(f"k{number}", seconds=number, bytes=1 << 30, state="done"))
        records.step_done(done.id, steps("r1", "r2", reused=True, bytes=9, state="done"))
        records.delivered(done.id, [], NewUsageRecord(), {}, seconds=10.0, processors=Processors(30.0, 50.0, 40.0))
    with catalogue.tenant("b") as records:
        records.bury(NewDeadLetter(generation=failed.id, error_class="internal"))
    made.end(done)
    made.end(failed, "failed")
    clock.pass_(5)
    with catalogue.operator() as everyone:
        found = everyone.measures(since)
        later = everyone.measures(clock.now + timedelta(hours=1))
    assert [(queue.tenant, queue.priority, queue.depth, queue.oldest_wait_seconds) for queue in found.queues] == [
        ("a", "interactive", 2, 15.0),
        ("b", "batch", 1, 5.0),
    ]
    assert found.generations == {("a", "done"): 1, ("a", "queued"): 2, ("b", "failed"): 1, ("b", "queued"): 1}
    seconds = found.steps["picture"]
    assert (seconds.count, seconds.total, seconds.p50, seconds.p95, seconds.p99) == (100, 5050.0, 50.0, 95.0, 99.0)
    assert (found.steps_made, found.steps_reused, found.bytes_made) == (100, 2, 100 << 30)
    assert found.hit_ratio == 2 / 102
    assert found.estimate_error == pytest.approx(0.2)
    assert (found.cpu_estimate_error, found.cpu_estimate_cover) == (0.25, 1.0)
    assert (found.webhooks_pending, found.webhooks_dead, found.dead_letters_open) == (1, 0, 1)
    assert (later.steps, later.hit_ratio, later.estimate_error) == ({}, None, None)
    assert later.cpu_estimate_error is later.cpu_estimate_cover is None
    assert later.generations == {("a", "queued"): 2, ("b", "queued"): 1}
