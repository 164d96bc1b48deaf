"""Adding generations, finding them, moving them, on both databases."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta

import pytest

from reel.catalogue import NoSuchGeneration, Progressed
from reel.catalogue.queue_places import QUANTUM
from reel.errors import BadMedia, InvalidRequest
from reel.kinds import parse_request
from tests.catalogue.conftest import request


def test_what_is_added_is_found(catalogue, clock):
    with catalogue.tenant("acme") as records:
        added, new = records.add(
            request(
                id="g1", project="ads", priority="batch", slot="row 7", flow_run="f", request={"a": [1, 1.0, "ü\ud83d"]}
            )
        )
    with catalogue.tenant("acme") as records:
        found = records.generation("g1")
    assert new
    assert found == added
    assert found.tenant_id == "acme"
    assert found.status == "queued"
    assert found.created == found.queue_place == clock.now
    assert found.created.utcoffset() == timedelta(0)
    assert str(found.request) == str({"a": [1, 1.0, "ü\ud83d"]})


def test_values_cannot_be_changed(made):
    with pytest.raises(ValueError, match="frozen"):
        made.add().status = "done"


def test_an_error_undoes_all(catalogue):
    with pytest.raises(RuntimeError), catalogue.tenant("acme") as records:  # noqa: PT012 - all of it is the point
        records.add(request(id="g1"))
        raise RuntimeError
    with catalogue.tenant("acme") as records, pytest.raises(NoSuchGeneration, match="g1"):
        records.generation("g1")
    with catalogue.operator() as everyone:
        assert everyone.tenants() == []


def test_the_same_key_gives_the_same_generation(made, catalogue):
    first = made.add(idempotency_key="order-17")
    with catalogue.tenant("acme") as records:
        again, new = records.add(request(idempotency_key="order-17"))
    assert (again.id, new) == (first.id, False)
    assert made.add("other", idempotency_key="order-17").id != first.id
    assert made.add().id != made.add().id


def test_the_same_key_for_something_else_is_refused(made, catalogue):
    made.add(idempotency_key="order-17")
    with catalogue.tenant("acme") as records, pytest.raises(InvalidRequest, match=r"idempotency_key.*use a new key"):
        records.add(request(idempotency_key="order-17", request={"kind": "mixer", "seed": 2}))


def test_what_was_asked_for_elsewhere_gets_the_place_of_that_moment(catalogue, clock):
    """However much the tenant has queued before the catalogue heard of it."""

    def add(name, asked=None):
        clock.pass_(1)
        with catalogue.tenant("acme") as records:
            return records.add(request(id=name), asked)[0]

    added = [add(f"before-{number}") for number in range(6)]
    asked = [clock.pass_(1), clock.pass_(1)]
    added += [add(f"after-{number}") for number in range(3)]
    added += [add("plain-0", asked[0]), add("plain-1", asked[1]), add("ahead", clock.now + timedelta(hours=1))]
    names = [each.id for each in sorted(added, key=lambda each: (each.queue_place, each.created))]
    assert names[:6] == [f"before-{number}" for number in range(6)]
    # Places of one tenant's are given once: what has got the same one meanwhile comes right after.
    assert names[6:] == ["plain-0", "after-0", "plain-1", "after-1", "after-2", "ahead"]
    assert added[-1].created == clock.now


CLIP = {"type": "colour", "colour": "gold", "duration": 1}
WRITTEN = {"kind": "template", "timeline": {"tracks": [{"clips": [CLIP]}]}}
IN_FULL = parse_request(WRITTEN).model_dump(mode="json", by_alias=True)
OTHER = {"kind": "template", "timeline": {"tracks": [{"clips": [{**CLIP, "colour": "silver"}]}]}}
NO_REQUEST = {"kind": "template", "timeline": 7}


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        # Prefect's API hands on what was written, `submit` hands on all of it.
        (WRITTEN, IN_FULL, True),
        (IN_FULL, WRITTEN, True),
        (WRITTEN, OTHER, False),
        (IN_FULL, OTHER, False),
        (NO_REQUEST, {**NO_REQUEST}, True),
        (NO_REQUEST, {**NO_REQUEST, "stills": True}, False),
        (WRITTEN, NO_REQUEST, False),
    ],
)
def test_a_key_stands_for_what_a_request_means(made, first, second, same):
    with nullcontext() if same else pytest.raises(InvalidRequest, match="was used for another request"):
        assert made.add(request=first, idempotency_key="K").id == made.add(request=second, idempotency_key="K").id


def test_ids_are_taken_per_tenant(made, catalogue):
    made.add(id="g1")
    made.add("other", id="g1")
    with catalogue.tenant("acme") as records, pytest.raises(InvalidRequest, match="'g1' exists already"):
        records.add(request(id="g1"))


@pytest.mark.parametrize("field", ["id", "project", "slot", "idempotency_key"])
def test_unprintable_names_are_refused(catalogue, field):
    with catalogue.tenant("acme") as records, pytest.raises(InvalidRequest, match="printable"):
        records.add(request(**{field: "a\0b"}))


def test_the_newest_come_first(made, catalogue, clock):
    ids = []
    for project, slot in (("a", None), ("a", "row 1"), ("b", "row 1")):
        clock.pass_(1)
        ids.append(made.add(project=project, slot=slot).id)
    with catalogue.tenant("acme") as records:
        assert [found.id for found in records.generations()] == ids[::-1]
        assert [found.id for found in records.generations(project="a")] == [ids[1], ids[0]]
        assert [found.id for found in records.generations(project="a", slot="row 1")] == [ids[1]]
        assert [found.id for found in records.generations(limit=1)] == [ids[2]]
        assert records.generations(status="done") == []
        assert [project.id for project in records.projects()] == ["a", "b"]


def test_the_latest_that_filled_a_slot(made, catalogue, clock):
    ids = {}
    for name, status in (("old", "done"), ("new", "done"), ("broken", "failed")):
        clock.pass_(1)
        generation = made.add(slot="row 1")
        made.end(generation, status)
        ids[generation.id] = name
    made.add(slot="row 1")
    with catalogue.tenant("acme") as records:
        latest = records.latest_done("row 1")
        assert latest
        assert ids[latest.id] == "new"
        assert records.latest_done("row 2") is None
        assert records.latest_done("row 1", project="b") is None


def test_from_status_to_status(made, catalogue, clock):
    id_ = made.add().id
    with catalogue.tenant("acme") as records:
        assert not records.move(id_, "rendering")
        began = clock.pass_(5)
        assert records.move(id_, "fetching")
        clock.pass_(1)
        assert records.move(id_, "rendering")
        assert records.move(id_, "rendering")
        ended = clock.pass_(1)
        assert records.move(id_, "failed", BadMedia.at("clips[0]", "holds a\0 NUL", "mend it"))
        failed = records.generation(id_)
        assert (failed.status, failed.started, failed.ended, failed.attempts) == ("failed", began, ended, 1)
        assert (failed.error_class, failed.error) == ("bad media", "clips[0]: holds a\ufffd NUL (mend it)")
        again = clock.pass_(60)
        assert records.move(id_, "fetching")
        retried = records.generation(id_)
        assert (retried.started, retried.ended, retried.error, retried.attempts) == (again, None, None, 2)
        assert records.move(id_, "saving")
        assert records.move(id_, "done")
        assert not records.move(id_, "cancelled")
        assert records.generation(id_).status == "done"


def test_a_run_that_died_begins_again(made, catalogue):
    id_ = made.add().id
    with catalogue.tenant("acme") as records:
        for status in ("fetching", "rendering", "fetching", "fetching"):
            assert records.move(id_, status)
        assert records.generation(id_).attempts == 3
        records.runs_as(id_, "flow")
        assert records.generation(id_).flow_run == "flow"


@pytest.mark.parametrize(
    "call",
    [
        lambda records: records.generation("none"),
        lambda records: records.move("none", "failed"),
        lambda records: records.progress("none", Progressed(percent=1.0)),
        lambda records: records.runs_as("none", "flow"),
        lambda records: records.plan_known("none", "d", 1.0, []),
        lambda records: records.step_done("none", []),
    ],
)
def test_there_is_no_such_generation(catalogue, call):
    with catalogue.tenant("acme") as records, pytest.raises(NoSuchGeneration, match="'none'"):
        call(records)


def test_turns_are_shared_fairly(made, catalogue, clock):
    for _ in range(5):
        made.add("crowd")
        clock.pass_(0.01)
    made.add("single")
    made.add("single", priority="batch")
    with catalogue.operator() as everyone:
        order = [found.tenant_id for found in everyone.live() if found.priority == "interactive"]
    assert order == ["crowd", "single", "crowd", "crowd", "crowd", "crowd"]


def test_what_started_counts_no_more(made, catalogue, clock):
    first, second = made.add("crowd"), made.add("crowd")
    assert second.queue_place == first.queue_place + QUANTUM
    for generation in (first, second):
        made.end(generation)
    clock.pass_(60)
    assert made.add("crowd").queue_place == clock.now


def test_a_heavier_tenant_gets_more_turns(made, catalogue):
    with catalogue.operator() as everyone:
        everyone.set_tenant("gold", weight=4)
    first, second = made.add("gold"), made.add("gold")
    assert second.queue_place - first.queue_place == QUANTUM / 4


def test_what_was_changed_is_read_afresh(made, catalogue):
    id_ = made.add().id
    with catalogue.tenant("acme") as records:
        row = records._find(id_)
        records.move(id_, "fetching")
        assert records.generation(id_).status == "fetching"
        assert row.status == "fetching", "one row in memory for one in the table"


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
def test_a_text_that_no_database_takes_is_told_or_not_there(catalogue, made, text):
    """PostgreSQL refuses U+0000, and both refuse half of a surrogate pair: that is no fault of the database."""
    made.add()
    with pytest.raises(InvalidRequest), catalogue.tenant("acme") as records:
        records.generation(text)
    with catalogue.tenant("acme") as records:
        assert len(records.listed().found) == 1
