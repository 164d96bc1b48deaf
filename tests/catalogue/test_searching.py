"""What an operator looks up and replays, whosever it is; on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reel.catalogue import ENDED, NewDeadLetter, NewOutputRecord, NewStepRecord, NewUsageRecord, NoSuchGeneration, Retry
from reel.errors import BadMedia, InvalidRequest


def bury(catalogue, generation, error_class="internal"):
    with catalogue.tenant(generation.tenant_id) as records:
        return records.bury(NewDeadLetter(generation=generation.id, error_class=error_class))


def test_generations_are_found_whosever_they_are(made, catalogue, clock):
    first = made.add("a", id="one")
    clock.pass_(1)
    second = made.add("b", id="two")
    made.end(second)
    clock.pass_(1)
    made.add("b", id="one")
    with catalogue.operator() as everyone:
        assert [(found.tenant_id, found.id) for found in everyone.find_generations()] == [
            ("b", "one"),
            ("b", "two"),
            ("a", "one"),
        ]
        assert [found.id for found in everyone.find_generations(tenant="b", status="done")] == ["two"]
        assert len(everyone.find_generations(limit=1)) == 1
        assert everyone.find_generation("two").tenant_id == "b"
        assert everyone.find_generation("one", "a") == first
        with pytest.raises(InvalidRequest, match="a, b"):
            everyone.find_generation("one")
        with pytest.raises(NoSuchGeneration):
            everyone.find_generation("two", "a")
        assert everyone.statuses("b", ["one", "two", "three"]) == {"one": "queued", "two": "done"}
        assert everyone.statuses("b", []) == {}


def test_dead_letters_are_found_whosever_they_are(made, catalogue, clock):
    letters = [bury(catalogue, made.add(tenant), kind) for tenant, kind in (("a", "internal"), ("b", "bad media"))]
    with catalogue.tenant("a") as records:
        records.dropped(letters[0].id)
    with catalogue.operator() as everyone:
        assert [found.id for found in everyone.find_dead_letters()] == [letters[1].id]
        assert [found.id for found in everyone.find_dead_letters(tenant="a", state=None)] == [letters[0].id]
        assert everyone.find_dead_letters(error_class="internal") == []
        assert everyone.find_dead_letter(letters[0].id).state == "dropped"
        with pytest.raises(InvalidRequest, match="no 'dead_x'"):
            everyone.find_dead_letter("dead_x")


def test_a_replay_is_a_new_generation_of_the_same_request_and_closes_the_letter(made, catalogue):
    old = made.add(idempotency_key="order-17", priority="batch", slot="row", project="spring")
    made.end(old, "failed")
    letter = bury(catalogue, old)
    with catalogue.tenant("acme") as records:
        new = records.replay(letter.id)
    assert (new.status, new.request, new.priority, new.slot, new.project) == (
        "queued",
        old.request,
        "batch",
        "row",
        "spring",
    )
    assert new.id != old.id
    with catalogue.tenant("acme") as records:
        assert records.dead_letter(letter.id).replayed_as == new.id
        assert records.generation(old.id).status == "failed"
    assert made.add(idempotency_key="order-17").id == new.id, "whoever asks by the key hears of the replay"


def test_a_closed_letter_is_not_replayed_and_nothing_is_queued(made, catalogue):
    old = made.add(idempotency_key="order-17")
    made.end(old, "failed")
    letter = bury(catalogue, old)
    with catalogue.tenant("acme") as records:
        records.replay(letter.id)
    with pytest.raises(InvalidRequest, match="was replayed before"), catalogue.tenant("acme") as records:
        records.replay(letter.id)
    with pytest.raises(InvalidRequest), catalogue.tenant("other") as records:
        records.replay(letter.id)
    with catalogue.operator() as everyone:
        assert len(everyone.find_generations()) == 2


def test_what_is_done_after_all_closes_its_letters_and_is_not_replayed(made, catalogue):
    """As when a failed run is retried in Prefect."""
    order = made.add(idempotency_key="order-17")
    made.end(order, "failed")
    letter = bury(catalogue, order)
    made.end(order, "done")
    with catalogue.operator() as everyone:
        assert everyone.find_dead_letters() == []
        assert everyone.find_dead_letter(letter.id).state == "resolved"
    with pytest.raises(InvalidRequest, match="is done meanwhile"), catalogue.tenant("acme") as records:
        records.replay(letter.id)
    assert made.add(idempotency_key="order-17").status == "done"


@pytest.mark.parametrize("status", ["queued", "fetching", "rendering", "saving"])
def test_what_is_under_way_again_is_not_replayed(made, catalogue, status):
    order = made.add(idempotency_key="order-17")
    letter = bury(catalogue, order)
    with catalogue.tenant("acme") as records:
        for passed in ("fetching", "rendering", "saving")[
            : ("queued", "fetching", "rendering", "saving").index(status)
        ]:
            records.move(order.id, passed)
    with pytest.raises(InvalidRequest, match=f"is {status} meanwhile"), catalogue.tenant("acme") as records:
        records.replay(letter.id)
    assert made.add(idempotency_key="order-17").id == order.id


def test_one_replay_closes_all_letters_of_a_generation(made, catalogue):
    order = made.add(idempotency_key="order-17")
    letters = []
    for _ in range(2):
        made.end(order, "failed")
        letters.append(bury(catalogue, order))
    with catalogue.tenant("acme") as records:
        new = records.replay(letters[0].id)
        assert [records.dead_letter(letter.id).replayed_as for letter in letters] == [new.id, new.id]


def test_keys_of_what_failed_are_kept_longer(made, catalogue, clock):
    generations = {status: made.add() for status in ENDED}
    for status, generation in generations.items():
        with catalogue.tenant("acme") as records:
            step = NewStepRecord(key=status, operation="picture", title=status)
            records.plan_known(generation.id, "digest", 1.0, [step])
        made.end(generation, status)
    ended = clock.now
    with catalogue.operator() as everyone:
        later = ended + timedelta(seconds=1)
        assert everyone.keys_in_use(later, ended) == {"failed", "cancelled"}
        assert everyone.keys_in_use(later, ended, among=["failed", "other"]) == {"failed"}
        assert everyone.keys_in_use(later, later) == set()


def test_what_would_be_forgotten_is_what_is(made, catalogue, clock):
    with catalogue.tenant("acme") as records:
        records.add_endpoint("https://shop.example/hooks", ["generation.queued"])
    generation = made.add()
    made.end(generation, "failed")
    clock.pass_(1)
    with catalogue.operator() as everyone:
        assert everyone.forgettable(clock.now) == [], "it has a webhook to send"
        assert everyone.forgettable_events(clock.now) == 0
    with catalogue.tenant("acme") as records:
        (endpoint,) = records.endpoints()
        records.disable_endpoint(endpoint.id)
    with catalogue.operator() as everyone:
        assert [found.id for found in everyone.forgettable(clock.now)] == [generation.id]
        assert [found.id for found in everyone.forget_generations(clock.now)] == [generation.id]


def test_measures_by_class_tenant_and_operation(made, catalogue, clock):
    since = clock.now
    failed, done = made.add("a"), made.add("b")
    with catalogue.tenant("a") as records:
        records.move(failed.id, "failed", BadMedia.at("clips[0]", "is empty"))
    bury(catalogue, failed, "bad media")
    with catalogue.tenant("b") as records:
        for operation, reused in (("asset", False), ("asset", True), ("join", True), ("picture", False)):
            step = NewStepRecord(
                key=f"{operation}{reused}", operation=operation, title="", reused=reused, bytes=5, state="done"
            )
            records.step_done(done.id, [step])
        outputs = [NewOutputRecord(name="a", location="a", bytes=7, sha256="")]
        records.delivered(done.id, outputs, NewUsageRecord(bytes=7), {}, seconds=1)
    made.end(done)
    with catalogue.operator() as everyone:
        found = everyone.measures(since)
        later = everyone.measures(clock.now + timedelta(seconds=1))
    assert found.failed == {("a", "bad media"): 1}
    assert (found.dead_letters, later.dead_letters) == ({"bad media": 1}, {"bad media": 1})
    assert (dict(found.reused), list(found.steps)) == ({"join": 1}, ["picture"]), "assets are no steps"
    assert (found.bytes_made, found.bytes_published) == (5, {"b": 7})
    assert (later.failed, later.bytes_published) == ({}, {})


def test_the_age_of_what_is_due(made, catalogue, clock):
    def oldest() -> float:
        with catalogue.operator() as everyone:
            return everyone.measures(clock.now).webhooks_oldest_seconds

    assert oldest() == 0.0
    with catalogue.tenant("acme") as records:
        endpoint = records.add_endpoint("https://shop.example/hooks")
    generation = made.add()
    clock.pass_(30)
    assert oldest() == 30.0
    with catalogue.operator() as everyone:
        (delivery,) = everyone.claim_due(clock.now, 10, 30)
    assert oldest() == 30.0, "being sent is not being taken"
    with catalogue.operator() as everyone:
        everyone.settle(delivery, Retry(clock.now + timedelta(hours=2), "500"), clock.now)
    made.end(generation)
    clock.pass_(600)
    assert oldest() == 0.0, "the first is not due, the others wait for it"
    clock.pass_(7200)
    assert oldest() == 600.0
    with catalogue.tenant("acme") as records:
        records.disable_endpoint(endpoint.id)
    assert oldest() == 0.0
