"""What keys stand for is remembered once for each tenant, on both databases."""

from __future__ import annotations

from reel.catalogue import Catalogue, NewStepDocument, NewStepRecord
from tests.catalogue.conftest import Clock, Made


def step(key: str, *outputs: str) -> NewStepRecord:
    return NewStepRecord(key=key, operation="text", title=f"text {key}", state="done", outputs=list(outputs))


def document(key: str, text: str) -> NewStepDocument:
    return NewStepDocument(key=key, document={"operation": "text", "text": text})


def test_a_document_is_kept_as_it_was_first_told_and_by_tenant(catalogue: Catalogue, made: Made) -> None:
    keys = ["a" * 64, "c" * 64]
    generation = made.add()
    with catalogue.tenant("acme") as records:
        records.plan_known(generation.id, "digest", 1.0, [step(key, "a.mp4", "a/ü.jpg") for key in keys])
        records.document_steps([document(keys[0], "first")])
        records.document_steps([document(keys[0], "second")])
        assert records.undocumented(keys) == {keys[1]}
        ((found, told),) = records.documented(generation.id)
    assert (found.outputs, told.document["text"]) == (["a.mp4", "a/ü.jpg"], "first")
    with catalogue.tenant("other") as records:
        assert records.undocumented(keys) == set(keys)
        assert records.documented(generation.id) == []
        assert records.keys_like("a") == []


def test_more_keys_than_one_question_takes(catalogue: Catalogue, made: Made) -> None:
    keys = [f"{number:064x}" for number in range(2500)]
    made.add()
    with catalogue.tenant("acme") as records:
        records.document_steps(document(key, "") for key in keys[:2400])
        assert records.undocumented(keys) == set(keys[2400:])


def test_keys_by_their_begin_and_the_first_generation_that_had_one(
    catalogue: Catalogue, made: Made, clock: Clock
) -> None:
    generations = []
    for _ in range(2):
        generations.append(made.add())
        clock.pass_(1)
    keys = [begin + "0" * 60 for begin in ("af0f", "af0e", "b000")]
    with catalogue.tenant("acme") as records:
        for generation in reversed(generations):
            asset = NewStepRecord(key="af0a" + "0" * 60, operation="asset", title="a.mp4", state="done")
            records.plan_known(generation.id, "digest", 1.0, [*map(step, keys), asset])
        assert records.keys_like("af") == [keys[1], keys[0]]
        assert records.keys_like("af0f") == [keys[0]]
        assert records.keys_like("a0") == records.keys_like("af0a") == []
        assert records.first_step(keys[0]).generation == generations[0].id


def test_what_was_done_before_for_the_same_place(catalogue: Catalogue, made: Made, clock: Clock) -> None:
    table = [("a", "mixer"), (None, "mixer"), ("b", "mixer"), ("a", "mixer"), (None, "template"), (None, "mixer")]
    added = []
    for slot, kind in table:
        added.append(made.add(slot=slot, kind=kind))
        made.end(added[-1])
        clock.pass_(1)
    failed = made.add(slot="a")
    made.end(failed, "failed")
    clock.pass_(1)
    again = made.add(slot="a")
    with catalogue.tenant("acme") as records:
        before = [found and found.id for found in map(records.done_before, added)]
        last = records.done_before(again)
    ids = [generation.id for generation in added]
    assert before == [None, None, None, ids[0], None, ids[1]]
    assert last
    assert last.id == ids[3], "what failed has made nothing"
