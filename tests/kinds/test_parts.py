"""Clips that are split into scenes: what is counted, named, shared and refused. No file is read."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from reel.errors import BadMedia, InvalidRequest
from reel.find.finders import wanted_of
from reel.findings import Scenes
from reel.kinds import kind_of, parse_request
from reel.plan.operations import Picture
from reel.plan.step import Plan
from tests.plan.facts import facts, plan_request

LIBRARY = {"long": facts("long", 12), "b": facts("b", 2), "song": facts("song", 9, picture=False)}
SCENES = {
    "long": Scenes(cuts=(Fraction(3), Fraction(7)), strengths=(0.3, 0.4)),
    "b": Scenes(reason="no hard cut was seen"),
}
SPLIT = {"asset": "long", "split": "scenes"}


def planned(*clips: Any, scenes: dict[str, Scenes] = SCENES, **fields: Any) -> Plan:
    request = parse_request({"kind": "mixer", "clips": list(clips), "stills": False, **fields})
    asked = request.asset_places()
    library = {place: LIBRARY[name] for place, name in asked.items()}
    found = {want.field: scenes[asked[want.field]] for want in kind_of(request).wants(request)}
    return plan_request(request, library, found)


def played(plan: Plan, variant: int = 1) -> list[tuple[int, int | None, float, int]]:
    sequence = plan.manifests[variant - 1]["sequence"]
    return [(entry["clip"], entry.get("scene"), entry["in"], entry["frames"]) for entry in sequence]


def pictures(plan: Plan) -> set[str]:
    return {step.key for step in plan.steps if isinstance(step.operation, Picture)}


def test_each_scene_is_a_clip_of_its_own() -> None:
    assert played(planned(SPLIT, "b")) == [(0, 1, 0, 90), (0, 2, 3, 120), (0, 3, 7, 150), (1, None, 0, 60)]


@pytest.mark.parametrize(
    ("clip", "expected"),
    [
        ({"in": 2, "out": 8}, [(0, 1, 2, 30), (0, 2, 3, 120), (0, 3, 7, 30)]),
        (
            {"in": 2.6, "out": 8},
            [(0, 1, 2.6, 132), (0, 2, 7, 30)],
        ),  # the first scene would be shorter than half a second
        ({"in": 3, "out": 7}, [(0, None, 3, 120)]),
        ({"in": 8}, [(0, None, 8, 120)]),
    ],
)
def test_only_scenes_within_in_and_out_count(clip: dict[str, Any], expected: list[Any]) -> None:
    assert played(planned({**SPLIT, **clip})) == expected


def test_a_scene_is_named_as_people_find_it() -> None:
    (entries,) = [manifest["sequence"] for manifest in planned(SPLIT, "b").manifests]
    assert [entry["name"] for entry in entries] == [
        "long, 0.0 to 3.0 s",
        "long, 3.0 to 7.0 s",
        "long, 7.0 to 12.0 s",
        "b",
    ]
    assert [entry["place"] for entry in entries] == [
        "clips[0] scene 1",
        "clips[0] scene 2",
        "clips[0] scene 3",
        "clips[1]",
    ]


def test_variants_are_counted_by_scenes() -> None:
    assert len(planned(SPLIT, variants=6, order_mixing=True).manifests) == 6
    counts: list[tuple[dict[str, Any], int]] = [({"order_mixing": True}, 6), ({"different_start": True}, 3), ({}, 1)]
    for fields, most in counts:
        with pytest.raises(InvalidRequest, match=f"at most {most}"):
            planned(SPLIT, variants=7, **fields)
    with pytest.raises(InvalidRequest, match="at most 3"):  # the scenes come twice, and look the same
        planned(SPLIT, SPLIT, variants=7, different_start=True)


def test_variants_begin_with_other_scenes_and_are_alike_by_scenes() -> None:
    plan = planned(SPLIT, variants=3, different_start=True)
    assert [played(plan, variant)[0][1] for variant in (1, 2, 3)] == [1, 2, 3]
    assert [manifest["similarity"] for manifest in plan.manifests] == [pytest.approx(1 / 3, abs=1e-3)] * 3


def test_a_scene_is_the_segment_that_the_same_stretch_is() -> None:
    by_hand = [{"asset": "long", "out": 3}, {"asset": "long", "in": 3, "out": 7}, {"asset": "long", "in": 7}]
    assert pictures(planned(SPLIT)) == pictures(planned(*by_hand))
    assert len(pictures(planned(SPLIT, variants=6, order_mixing=True))) == 3


def test_a_clip_without_cuts_stays_whole_and_the_report_says_why() -> None:
    plan = planned({"asset": "b", "split": "scenes"}, {**SPLIT, "in": 8, "out": 10}, "b")
    assert played(plan) == [(0, None, 0, 60), (1, None, 8, 60), (2, None, 0, 60)]
    assert plan.warnings == (
        "clips[0].split: b stays one clip: no hard cut was seen",
        "clips[1].split: long stays one clip: no scene changes between 8.0 and 10.0 s",
    )


def test_too_many_scenes_are_refused_by_the_clip_that_has_them() -> None:
    many = Scenes(cuts=tuple(Fraction(place, 2) for place in range(1, 24)), strengths=(0.5,) * 23)
    assert len(planned(*[SPLIT] * 20, *["b"] * 20, scenes={**SCENES, "long": many}).manifests[0]["sequence"]) == 500
    with pytest.raises(InvalidRequest) as refused:
        planned("b", *[SPLIT] * 21, scenes={**SCENES, "long": many})
    assert str(refused.value) == (
        "clips[1].split: long has 24 scenes here, and all clips together come to 505; 500 are the most "
        "(take less of it (`in`, `out`), or do not split it)"
    )


def test_an_asset_is_looked_at_once() -> None:
    request = parse_request({"kind": "mixer", "clips": [SPLIT, "b", {**SPLIT, "in": 2}]})
    library = {place: LIBRARY[name] for place, name in request.asset_places().items()}
    wanted = [(finder.kind, each.fields, each.asset) for finder, each in wanted_of(request, library)]
    assert wanted == [("scenes", ("clips[0].asset", "clips[2].asset"), "long")]


def test_what_has_no_picture_has_no_scenes() -> None:
    with pytest.raises(BadMedia, match="song has sound but no picture"):
        planned(SPLIT, {"asset": "song", "split": "scenes"}, scenes={**SCENES, "song": Scenes()})
