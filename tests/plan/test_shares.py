"""Plans in shares, and plans that travel as text."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reel.kinds import parse_request
from reel.plan.shares import part_of, shares_of
from reel.plan.step import Plan, seconds_of
from tests.plan.facts import facts, plan_request
from tests.tools import TOOLS

LIBRARY = {
    **{name: facts(name, 4 + number, size=(1920, 1080)) for number, name in enumerate("abcdef")},
    **{name: facts(name, 1, still=True, size=(3000, 4000)) for name in "ijk"},
    "song": facts("s", 12, picture=False),
    "silent": facts("q", 5, sound=False),
}
REQUESTS: dict[str, dict[str, Any]] = {
    "mixer": {"clips": list("abcdef"), "variants": 8, "order_mixing": True, "speed": {"min": 0.5, "max": 2}},
    "renditions": {"kind": "mixer", "clips": list("abc"), "variants": 2, "order_mixing": True, "outputs": [
        {"type": "video", "resolution": resolution} for resolution in ("1080p", "720p", "480p")
    ]},
    "slideshow": {"images": list("ijk"), "music": "song", "text": "Hello", "frame": "golden"},
    "template": {"timeline": {"tracks": [
        {"clips": [{"type": "video", "asset": "a", "out": 3}, {"type": "image", "asset": "i", "duration": 2}]},
        {"clips": [{"type": "text", "text": "Hello", "start": 1, "duration": 2}]},
    ]}},
    "mezzanine": {"kind": "multicam", "sources": ["e", "f"], "mezzanine": True,
                  "cuts": [{"source": 0, "in": 0.4, "out": 3}, {"source": 1, "in": 2.6, "out": 7}]},
    "multicam": {"sources": [{"asset": "e"}, {"asset": "f"}],
                 "cuts": [{"source": 0, "in": 0.5, "out": 3}, {"source": 1, "in": 2.5, "out": 7}]},
}  # fmt: skip


def planned(kind: str, **fields: Any) -> Plan:
    request = parse_request({"kind": kind, **REQUESTS[kind], **fields})
    return plan_request(request, {place: LIBRARY[name] for place, name in request.asset_places().items()})


PLANS = {kind: planned(kind) for kind in REQUESTS}
anything = st.sampled_from(sorted(PLANS)).map(PLANS.__getitem__)
machines = st.integers(1, 5)


def seconds(plan: Plan, keys: tuple[str, ...]) -> float:
    return seconds_of(plan.by_key[key] for key in keys)


def spreadable(plan: Plan) -> set[str]:
    return {step.key for step in plan.steps if step.operation.spreads}


def belong_together(plan: Plan, key: str, other: str) -> bool:
    one, two = plan.by_key[key], plan.by_key[other]
    return other in one.needs or (one.composition is not None and one.composition == two.composition)


def bundles(plan: Plan, missing: set[str]) -> list[set[str]]:
    """Steps that reach each other by what they need, or are of one composition, found the slow way."""
    found = [{key} | {other for other in missing if belong_together(plan, key, other)} for key in missing]
    while pair := next(((a, b) for a, b in combinations(found, 2) if a & b), None):
        found = [bundle for bundle in found if bundle not in pair] + [pair[0] | pair[1]]
    return found


def best(sizes: list[float], number: int) -> float:
    """The shortest time in which so many machines can do these; all ways are tried."""
    ways = product(range(number), repeat=len(sizes))
    return min(
        max(sum(s for s, at in zip(sizes, way, strict=True) if at == one) for one in range(number)) for way in ways
    )


@pytest.mark.parametrize("kind", PLANS)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_every_step_is_in_exactly_one_share(kind: str, number: int) -> None:
    plan = PLANS[kind]
    shares = shares_of(plan, (), number)
    assert Counter(key for share in shares for key in share) == Counter(spreadable(plan))
    assert 1 <= len(shares) <= number


@given(plan=anything, number=machines, data=st.data())
def test_what_is_made_is_in_no_share(plan: Plan, number: int, data: st.DataObject) -> None:
    made = data.draw(st.sets(st.sampled_from([step.key for step in plan.steps])))
    shares = shares_of(plan, made, number)
    assert Counter(key for share in shares for key in share) == Counter(spreadable(plan) - made)
    assert all(shares[1:]), "nobody is asked for nothing"


@given(plan=anything, number=machines, data=st.data())
def test_what_needs_each_other_stays_together(plan: Plan, number: int, data: st.DataObject) -> None:
    made = data.draw(st.sets(st.sampled_from([step.key for step in plan.steps])))
    for share in shares_of(plan, made, number):
        for bundle in bundles(plan, spreadable(plan) - made):
            assert bundle <= set(share) or not bundle & set(share)


@given(plan=anything, number=machines, data=st.data())
def test_the_order_of_a_plan_s_steps_does_not_matter(plan: Plan, number: int, data: st.DataObject) -> None:
    """One plan gives one answer on every machine, and in every process."""
    made = data.draw(st.sets(st.sampled_from([step.key for step in plan.steps])))
    again = Plan.model_validate_json(plan.model_dump_json())
    assert shares_of(plan, made, number) == shares_of(again, sorted(made), number)


@settings(deadline=None)
@given(plan=anything, number=st.integers(2, 3), data=st.data())
def test_no_machine_has_more_than_a_third_too_much(plan: Plan, number: int, data: st.DataObject) -> None:
    some = data.draw(st.sets(st.sampled_from(sorted(spreadable(plan))), min_size=1, max_size=8))
    sizes = [seconds(plan, tuple(bundle)) for bundle in bundles(plan, some)]
    shares = shares_of(plan, spreadable(plan) - some, number)
    assert max(seconds(plan, share) for share in shares) <= best(sizes, number) * (4 / 3 - 1 / (3 * number)) + 1e-9


@pytest.mark.parametrize(
    ("lengths", "number", "start_seconds", "shares"),
    [
        ([3, 3, 2, 2], 2, 0, [[3, 2], [3, 2]]),
        ([3, 3, 2, 2, 2], 2, 0, [[3, 2, 2], [3, 2]]),
        ([5, 4, 1], 3, 0, [[5], [4], [1]]),
        ([5, 4, 1], 1, 0, [[5, 4, 1]]),
        ([1], 3, 0, [[1]]),
        ([], 3, 0, [[]]),
        # Who comes late is given less, and nothing where it would come too late.
        ([4, 4, 4, 4], 2, 8, [[4, 4, 4], [4]]),
        ([2, 2, 2], 2, 8, [[2, 2, 2]]),
    ],
)
def test_shares(lengths: list[float], number: int, start_seconds: float, shares: list[list[float]]) -> None:
    plan = of_lengths(lengths)
    dealt = shares_of(plan, (), number, start_seconds)
    assert [[plan.by_key[key].work.seconds for key in share] for share in dealt] == shares


def of_lengths(lengths: list[float]) -> Plan:
    """Steps of so many seconds each, that need nothing."""
    step = next(step for step in PLANS["mixer"].steps if step.kind == "decode")
    steps = tuple(
        step.model_copy(update={"key": f"{number:064}", "work": step.work.model_copy(update={"seconds": length})})
        for number, length in enumerate(lengths)
    )
    return Plan(tools=TOOLS, steps=steps, outputs=())


@given(plan=anything, data=st.data())
def test_a_part_holds_what_its_steps_need_and_no_more(plan: Plan, data: st.DataObject) -> None:
    keys = data.draw(st.sets(st.sampled_from([step.key for step in plan.steps])))
    part = part_of(plan, keys)
    held = [step.key for step in part.steps]
    assert keys <= set(held)
    assert held == [step.key for step in plan.steps if step.key in set(held)], "in the order of the plan"
    needed = {key for step in part.steps for key in step.needs}
    assert set(held) == keys | needed
    assert part.outputs == ()


@pytest.mark.parametrize("kind", PLANS)
@pytest.mark.parametrize(
    "fields",
    [{}, {"preview": {"contact_sheet": 4}}, {"resolution": "480p", "aspect": "1:1"}],
    ids=["", "stills", "small"],
)
def test_a_plan_survives_a_journey(kind: str, fields: dict[str, Any]) -> None:
    plan = planned(kind, **fields)
    arrived = Plan.model_validate_json(plan.model_dump_json())
    assert arrived == plan
    # The key is taken over the operation as it is there, so it says that nothing was lost or changed on the way.
    assert [step.operation.key(plan.tools) for step in arrived.steps] == [step.key for step in plan.steps]
    assert [type(step.operation) for step in arrived.steps] == [type(step.operation) for step in plan.steps]


def test_all_renditions_of_a_composition_are_one_machine_s() -> None:
    plan = PLANS["renditions"]
    shares = shares_of(plan, (), 3)
    assert len(shares) == 3
    machines = [
        {number for number, share in enumerate(shares) for key in share if plan.by_key[key].composition == composition}
        for composition in {step.composition for step in plan.steps if step.composition}
    ]
    assert [len(each) for each in machines] == [1, 1, 1]
    assert [sum(plan.by_key[key].composition is not None for key in share) for share in shares] == [3, 3, 3]
