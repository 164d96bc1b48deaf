"""Steps, outputs, usage, assets and dead letters, on both databases."""

from __future__ import annotations

import pytest

from reel.catalogue import NewDeadLetter, NewOutputRecord, NewStepRecord, NewUsageRecord, NoSuchGeneration
from reel.errors import InvalidRequest


def step(key: str, **fields: object) -> NewStepRecord:
    return NewStepRecord.model_validate({"key": key, "operation": "picture", "title": f"step {key}", **fields})


def test_steps_are_planned_and_done(made, catalogue):
    id_ = made.add().id
    with catalogue.tenant("acme") as records:
        records.plan_known(id_, "digest", 12.5, [step("a"), step("b")])
        records.step_done(
            id_, [step("a", seconds=1.5, bytes=1 << 40, worker="w1", state="done"), step("c", state="failed")]
        )
        found = {found.key: found for found in records.steps(id_)}
        generation = records.generation(id_)
    assert (generation.plan_digest, generation.predicted_seconds) == ("digest", 12.5)
    assert {key: found.state for key, found in found.items()} == {"a": "done", "b": "planned", "c": "failed"}
    assert (found["a"].seconds, found["a"].bytes, found["a"].worker) == (1.5, 1 << 40, "w1")
    assert found["a"].generation == id_


def test_another_plan_forgets_what_is_not_in_it(made, catalogue):
    id_ = made.add().id
    with catalogue.tenant("acme") as records:
        records.plan_known(id_, "one", 1, [step("a"), step("b")])
        records.step_done(id_, [step("b", state="done")])
        records.plan_known(id_, "two", 1, [step("b"), step("c")])
        assert {found.key: found.state for found in records.steps(id_)} == {"b": "done", "c": "planned"}


def test_many_steps_at_once(made, catalogue):
    id_ = made.add().id
    with catalogue.tenant("acme") as records:
        records.plan_known(id_, "digest", 1, [step(f"{number:05}") for number in range(5000)])
        records.step_done(id_, [step(f"{number:05}", state="done") for number in range(5000)])
        assert {found.state for found in records.steps(id_)} == {"done"}


def test_delivered_twice_counts_once(made, catalogue, clock):
    id_ = made.add().id
    files = [
        NewOutputRecord(name=f"v{number}.mp4", location=f"s3://b/{number}", bytes=5, sha256="0" * 64)
        for number in (2, 1)
    ]
    with catalogue.tenant("acme") as records:
        records.delivered(id_, files, NewUsageRecord(cpu_seconds=1, bytes=10), {"steps": 1}, seconds=3)
        usage = NewUsageRecord(rendered_seconds=3, cpu_seconds=2.5, output_seconds=4, bytes=1 << 33)
        records.delivered(id_, files, usage, {"steps": 2}, seconds=4)
        assert [output.name for output in records.outputs(id_)] == ["v1.mp4", "v2.mp4"]
        assert records.used(clock.now) == usage
        assert records.used(clock.pass_(1)) == NewUsageRecord()
        assert (records.generation(id_).report, records.generation(id_).seconds) == ({"steps": 2}, 4)


def test_assets_are_seen_again(catalogue, clock):
    first = clock.now
    with catalogue.tenant("acme") as records:
        records.saw([("s3://b/a.mp4", "aa", 1), ("s3://b/b.mp4", "bb", 2)])
        clock.pass_(60)
        records.saw([("s3://b/a.mp4", "aa", 1), ("s3://b/b.mp4", "changed", 3)])
        again = records.assets()
        assert [(asset.uri, asset.sha256) for asset in again] == [
            ("s3://b/a.mp4", "aa"),
            ("s3://b/b.mp4", "changed"),
            ("s3://b/b.mp4", "bb"),
        ]
        assert (again[0].first_seen, again[0].last_seen) == (first, clock.now)
        assert records.assets("s3://b/b.mp4") == again[1:]


def letter(generation: str) -> NewDeadLetter:
    return NewDeadLetter(
        generation=generation,
        step_key="k",
        operation="picture",
        title="segment 3",
        error_class="resource",
        problems=[{"place": "segment 3", "what": "no memory", "remedy": "more"}],
        argv=["ffmpeg", "-i", "file:a"],
        stderr_tail="bytes: \0 \udcff",
        inputs={"a": 1},
    )


def test_dead_letters(made, catalogue):
    id_ = made.add().id
    with catalogue.tenant("acme") as records:
        buried, other = records.bury(letter(id_)), records.bury(letter(id_))
    with catalogue.tenant("acme") as records:
        assert {found.id for found in records.dead_letters()} == {buried.id, other.id}
        found = records.dead_letter(buried.id)
        assert (found.argv, found.inputs, found.state) == (["ffmpeg", "-i", "file:a"], {"a": 1}, "open")
        assert found.stderr_tail == "bytes: \ufffd ?"
        assert records.replayed(buried.id, "g2")
        assert not records.replayed(buried.id, "g3")
        assert not records.dropped(buried.id)
        assert records.dropped(other.id)
        assert records.dead_letters() == []
        assert records.dead_letter(buried.id).replayed_as == "g2"
        assert len(records.dead_letters(state=None)) == 2


def test_no_such_dead_letter(catalogue):
    with catalogue.tenant("acme") as records:
        with pytest.raises(InvalidRequest, match="none"):
            records.replayed("none", "g")
        with pytest.raises(NoSuchGeneration):
            records.bury(letter("none"))
