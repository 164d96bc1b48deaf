"""Plans of ladders that are made per title: what is tried, of whom, and what it comes to, without making any of it."""

from __future__ import annotations

from typing import Any

import pytest

from reel.kinds import parse_request
from reel.plan.operations import ChooseRungs, Probe
from reel.plan.operations.base import Composition
from reel.plan.plan import plan_compiled
from reel.plan.quality import MOST_PROBES, TRIED
from reel.plan.step import Plan
from reel.request.rungs import ChosenRung
from tests.plan.facts import compile_request, facts
from tests.tools import TOOLS

LIBRARY = {"a": facts("a", 4), "b": facts("b", 7), "c": facts("c", 3)}
CHOSEN = (
    ChosenRung(candidate=0, crf=21, bits_per_second=2_000_000),
    ChosenRung(candidate=0, crf=27.5, bits_per_second=900_000),
    ChosenRung(candidate=2, crf=30, bits_per_second=200_000),
)

KINDS: dict[str, dict[str, Any]] = {
    "mixer": {"clips": ["a", "b", "c"], "variants": 6, "order_mixing": True},
    "encode": {"asset": "b"},
}


def planned(kind: str, chosen: tuple[ChosenRung, ...] = (), **ladder: Any) -> Plan:
    asked = {"type": "ladder", "rungs": "per-title", **ladder}
    document = {"kind": kind, "stills": False, "outputs": [asked], **KINDS[kind]}
    request = parse_request(document)
    library = {place: LIBRARY[name] for place, name in request.asset_places().items()}
    compiled = compile_request(request, library, {})
    if chosen:
        compiled = compiled.model_copy(update={"chosen_rungs": {"outputs[0]": chosen}})
    return plan_compiled(request, compiled, library, TOOLS)


def of(plan: Plan, operation: type) -> list[Any]:
    return [step.operation for step in plan.steps if isinstance(step.operation, operation)]


def tried(plan: Plan) -> set[str]:
    return {step.key for step in plan.steps if isinstance(step.operation, Probe | ChooseRungs)}


@pytest.mark.parametrize("kind", ["mixer", "encode"])
def test_the_same_samples_are_tried_at_every_size_and_seen_at_the_largest(kind: str) -> None:
    plan = planned(kind)
    (choice,) = of(plan, ChooseRungs)
    largest = choice.candidates[0].size
    assert [candidate.size for candidate in choice.candidates] == sorted(
        {candidate.size for candidate in choice.candidates}, reverse=True
    )
    for candidate in choice.candidates:
        probes: list[Any] = [plan.by_key[key].operation for key in candidate.probes]
        assert {probe.seen for probe in probes} == {largest}
        assert {probe.shown.size for probe in probes} == {candidate.size}
        assert {len(probe.crfs) for probe in probes} == {len(TRIED)}
    seconds = sum(probe.shown.frames / 30 for probe in of(plan, Probe)) / len(choice.candidates)
    assert seconds <= 2 * MOST_PROBES, "however many variants there are"


def test_all_variants_have_the_rungs_that_were_chosen() -> None:
    plan = planned("mixer", CHOSEN)
    folders = {output.name.split("/")[0] for output in plan.outputs}
    assert len(folders) == 6
    for folder in folders:
        names = {output.name for output in plan.outputs if output.name.startswith(f"{folder}/stream/")}
        assert {name.rpartition("/")[2] for name in names if name.endswith(".mp4") and "sound" not in name} == {
            "1080p.mp4",
            "1080p-2.mp4",
            "480p.mp4",
        }
        assert f"{folder}/stream/rungs.json" in names
    assert {output.step for output in plan.outputs if output.file == "rungs.json"} == set(plan.choices.values())
    encoders = {(shown.size, shown.encoder.crf, shown.encoder.max_bits_per_second) for shown in of(plan, Composition)}
    assert encoders == {
        ((1080, 1920), 21, 4_000_000),
        ((1080, 1920), 27.5, 1_800_000),
        ((480, 854), 30, 400_000),
    }


def test_what_was_chosen_changes_nothing_of_what_is_tried() -> None:
    assert tried(planned("encode")) == tried(planned("encode", CHOSEN[:2]))


ELSEWHERE: dict[str, dict[str, Any]] = {
    "a name": {"name": "other"},
    "no sound": {"audio": []},
    "longer segments": {"segment_seconds": 10},
}


@pytest.mark.parametrize("case", ELSEWHERE)
def test_what_is_not_seen_tries_nothing_again(case: str) -> None:
    assert tried(planned("encode")) == tried(planned("encode", **ELSEWHERE[case]))


def test_another_codec_is_tried_beside_what_was() -> None:
    before, after = planned("encode"), planned("encode", codecs=["h264", "av1"])
    assert {key for key in tried(before) if before.by_key[key].kind == "probe"} < tried(after)
    assert {candidate.codec for candidate in of(after, ChooseRungs)[0].candidates} == {"h264", "av1"}
