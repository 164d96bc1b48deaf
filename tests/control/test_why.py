"""Why something was made again is said down to the field, tool or rule, and to nobody but whose it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from reel.catalogue import Catalogue, NewOutputRecord, NewUsageRecord, open_catalogue
from reel.codecs import VIDEO_CODECS
from reel.codecs.video import VideoCodec
from reel.control.ledger import Ledger
from reel.control.orders import order_of
from reel.control.why import Why, reasons, why
from reel.errors import InvalidRequest
from reel.generate.forecast import Forecast
from reel.generate.render import plan
from reel.make.worker import Worker, make_worker
from reel.plan.operations import Compose, ProvePicture
from reel.plan.step import Plan
from reel.plan.why import described
from reel.request.terms import Terms
from reel.settings import Settings
from tests.migrated import new_catalogue


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Worker:
    return make_worker(Settings(home=tmp_path_factory.mktemp("why")))


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    opened = open_catalogue(new_catalogue(tmp_path))
    yield opened
    opened.close()


def card(*texts: str, **fields: Any) -> dict[str, Any]:
    """A text after another, over a colour: each long enough for a segment of its own."""
    words = [{"type": "text", "text": text, "duration": 8} for text in texts]
    ground = [{"type": "colour", "colour": "#204060", "duration": 8 * len(texts)}]
    return {
        "kind": "template",
        "resolution": "480p",
        "timeline": {"tracks": [{"clips": ground}, {"clips": words}]},
        **fields,
    }


def done(document: dict[str, Any], catalogue: Catalogue, worker: Worker, tenant: str = "acme", slot: str = "a") -> Plan:
    """A generation that was planned and counts as done; its plan."""
    terms = Terms(tenant=tenant, slot=slot)
    with catalogue.tenant(tenant) as records:
        generation, _ = records.add(order_of(document, terms))
    ledger = Ledger(catalogue, terms, generation.id)
    ledger.begin(document, "run")
    planned = plan(document, worker=worker)
    ledger.planned(Forecast(planned, worker), {})
    ledger.saving(planned, {}, "here")
    outputs = [NewOutputRecord(name=each.name, location="/out", bytes=1, sha256="") for each in planned.outputs]
    with catalogue.tenant(tenant) as records:
        records.delivered(generation.id, outputs, NewUsageRecord(), {}, 1.0)
        assert records.move(generation.id, "done")
    return planned


def asked(name: str, catalogue: Catalogue, tenant: str = "acme") -> Why:
    with catalogue.tenant(tenant) as records:
        return why(name, records)


def key_of(planned: Plan, kind: str, number: int = -1) -> str:
    return [step.key for step in planned.steps if step.kind == kind][number]


def changes(found: Why) -> list[tuple[str, tuple[tuple[str, Any, Any], ...]]]:
    """Which operation, and which of its fields."""
    return [
        (cause.operation, tuple((each.place, each.before, each.now) for each in cause.differences))
        for cause in found.causes
    ]


def test_a_text_that_changed_is_the_root_of_all_that_shows_it(catalogue: Catalogue, worker: Worker) -> None:
    done(card("one", "two", "three"), catalogue, worker)
    planned = done(card("one", "deux", "three"), catalogue, worker)
    expected = [("text", (("text", "two", "deux"),))]
    found = asked(key_of(planned, "join")[:12], catalogue)
    assert changes(found) == expected
    assert found.said == ('segments[1] > layers[1].part.bitmap > text deux: text: "deux", was "two"',)
    bitmap = next(s.key for s in planned.steps if s.kind == "text" and s.operation.text == "deux")  # type: ignore[union-attr]
    assert changes(asked(bitmap, catalogue)) == expected
    assert asked(bitmap, catalogue).causes[0].path == ()


def test_it_is_told_of_the_generation_that_first_had_it_unless_another_is_named(
    catalogue: Catalogue, worker: Worker
) -> None:
    done(card("one"), catalogue, worker)
    done(card("two"), catalogue, worker)
    planned = done(card("two"), catalogue, worker)
    with catalogue.tenant("acme") as records:
        third, second, first = (generation.id for generation in records.generations())
    found = asked("template.mp4", catalogue)
    assert (found.key, found.generation, found.since) == (key_of(planned, "join"), second, first)
    assert found == asked(found.key, catalogue)
    assert changes(found) == [("text", (("text", "one", "two"),))]
    again = asked(f"{third}/template.mp4", catalogue)
    assert (again.key, again.generation, again.since, again.causes) == (found.key, third, second, ())


def test_the_first_of_its_place_is_new(catalogue: Catalogue, worker: Worker) -> None:
    done(card("one"), catalogue, worker)
    with catalogue.tenant("acme") as records:
        (generation,) = records.generations()
        told = reasons(generation.id, records)
    assert set(told.values()) == {"new"}
    found = asked(f"{generation.id}/template.mp4", catalogue)
    assert (found.since, [cause.differences for cause in found.causes]) == (None, [()])


def test_what_is_put_in_before_others_moves_none_of_them(catalogue: Catalogue, worker: Worker) -> None:
    before = done(card("one", "two", "three"), catalogue, worker)
    after = done(card("zero", "one", "two", "three"), catalogue, worker)
    new = [step for step in after.steps if step.key not in before.by_key]
    assert {step.kind for step in new} >= {"text", "compose", "join"}
    found = asked(after.outputs[0].step, catalogue)
    fresh = [cause for cause in found.causes if not cause.differences]
    assert [(cause.operation, cause.path) for cause in fresh] == [("compose", ("segments[0]",))]
    assert {cause.operation for cause in found.causes} == {"join", "compose", "soundtrack"}, "they are longer"


def test_a_tool_and_a_rule_are_named(catalogue: Catalogue, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    done(card("one"), catalogue, worker)
    newer = replace(worker, tools=worker.tools.model_copy(update={"typst": "99"}))
    planned = done(card("one"), catalogue, newer)
    found = asked(key_of(planned, "compose"), catalogue)
    assert changes(found) == [("text", (("tools.typst", worker.tools.typst, "99"),))]
    assert f'typst is "99", was "{worker.tools.typst}"' in found.said[0]
    monkeypatch.setattr(Compose, "rules", Compose.rules + 1)
    planned = done(card("one"), catalogue, newer)
    assert changes(asked(key_of(planned, "join"), catalogue)) == [
        ("compose", (("rules", Compose.rules - 1, Compose.rules),))
    ]


def test_the_rules_of_a_codec_are_named(catalogue: Catalogue, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    done(card("one"), catalogue, worker)
    raised = replace(VIDEO_CODECS["h264"], rules=VIDEO_CODECS["h264"].rules + 1)
    monkeypatch.setitem(cast(dict[str, VideoCodec], VIDEO_CODECS), "h264", raised)
    planned = done(card("one"), catalogue, worker)
    (cause,) = asked(key_of(planned, "compose"), catalogue).causes
    assert cause.described({}).endswith(f"Reelflow's rules for the encoder are {raised.rules}, were {raised.rules - 1}")


def test_each_place_has_its_own_history(catalogue: Catalogue, worker: Worker) -> None:
    done(card("one"), catalogue, worker, slot="a")
    done(card("two"), catalogue, worker, slot="b")
    planned = done(card("three"), catalogue, worker, slot="a")
    assert changes(asked(key_of(planned, "text"), catalogue)) == [("text", (("text", "one", "three"),))]


def test_no_tenant_is_told_of_another(catalogue: Catalogue, worker: Worker) -> None:
    done(card("a secret"), catalogue, worker)
    planned = done(card("another secret"), catalogue, worker)
    done(card("mine"), catalogue, worker, tenant="other")
    own = done(card("another secret"), catalogue, worker, tenant="third")
    for name in (key_of(planned, "text"), key_of(planned, "join")[:10]):
        with pytest.raises(InvalidRequest, match="of this tenant"):
            asked(name, catalogue, "other")
    # Even of what a tenant has too, it learns nothing of how others came by it.
    found = asked(key_of(own, "text"), catalogue, "third")
    assert (found.since, [cause.differences for cause in found.causes]) == (None, [()])


def test_unknown_and_ambiguous_names_are_refused(catalogue: Catalogue, worker: Worker) -> None:
    done(card("one"), catalogue, worker)
    with catalogue.tenant("acme") as records:
        (generation,) = records.generations()
        step = records.steps(generation.id)[0]
        twin = step.key[:-1] + ("0" if step.key[-1] != "0" else "1")
        fields = step.model_dump(exclude={"tenant_id", "generation"}) | {"key": twin}
        records.step_done(generation.id, [type(step).__base__.model_validate(fields)])  # type: ignore[union-attr]
    with pytest.raises(InvalidRequest, match="several steps have keys that begin so"):
        asked(step.key[:20], catalogue)
    for name in ("nothing.mp4", "0" * 64, "abc", f"{generation.id}/none.mp4"):
        with pytest.raises(InvalidRequest):
            asked(name, catalogue)


def test_a_proof_is_made_because_what_it_proves_is(catalogue: Catalogue, worker: Worker) -> None:
    done(card("one", "two"), catalogue, worker)
    planned = done(card("one", "deux"), catalogue, worker)
    for kind in ("prove", "bind"):
        assert changes(asked(key_of(planned, kind), catalogue)) == [("text", (("text", "two", "deux"),))], kind
    # The first segment is what it was, and so is its proof, which is found in the store.
    assert asked(key_of(planned, "prove", 0), catalogue).causes[0].differences == ()


def test_the_rules_of_a_proof_are_named(catalogue: Catalogue, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    done(card("one"), catalogue, worker)
    monkeypatch.setattr(ProvePicture, "rules", ProvePicture.rules + 1)
    planned = done(card("one"), catalogue, worker)
    raised = [("prove", (("rules", ProvePicture.rules - 1, ProvePicture.rules),))]
    for kind in ("prove", "bind"):
        assert changes(asked(key_of(planned, kind), catalogue)) == raised


def test_what_a_proof_expects_is_remembered_in_few_bytes(catalogue: Catalogue, worker: Worker) -> None:
    planned = done(card(*(f"text {number}" for number in range(12))), catalogue, worker)
    proofs = [step for step in described(planned).values() if step.operation == "prove"]
    assert len(proofs) >= 12
    assert max(len(str(step.document)) for step in proofs) < 500


def test_documents_go_with_the_last_generation_that_has_them(catalogue: Catalogue, worker: Worker) -> None:
    first, second = (done(card("shared", text), catalogue, worker) for text in ("one", "two"))
    with catalogue.tenant("acme") as records:
        assert not records.undocumented(described(first)) | records.undocumented(described(second))
    with catalogue.operator() as everybody:
        assert len(everybody.forget_generations(datetime.now(UTC) + timedelta(days=1))) == 1, "one fills its slot"
    with catalogue.tenant("acme") as records:
        assert records.undocumented(described(first)) == described(first).keys() - described(second).keys()
        assert not records.undocumented(described(second))
