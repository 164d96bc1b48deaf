"""What cuts are taken from of mezzanines, and what is encoded."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from reel.kinds import parse_request
from reel.media import MediaFacts
from reel.plan.operations import Join, Mezzanine, Picture
from reel.plan.operations.joins import Excerpt
from reel.plan.step import Plan
from tests.plan.facts import facts, plan_request

SECONDS = 70
"""Of the source: parts of 30, 30 and 10 s, and half a second more of the last frame."""


def source(**video: Any) -> MediaFacts:
    known = facts("a", SECONDS, keyframe_seconds=8)
    assert known.video
    return known.model_copy(update={"video": known.video.model_copy(update=video)})


def planned(cuts: list[tuple[str, str]], known: MediaFacts | None = None, **more: Any) -> Plan:
    document = {
        "kind": "multicam",
        "sources": ["a"],
        "cuts": [{"source": 0, "in": begin, "out": end} for begin, end in cuts],
        "mezzanine": True,
        "stills": False,
        **more,
    }
    return plan_request(parse_request(document), {"sources[0].asset": known or source()})


def parts_of(plan: Plan) -> list[tuple[float, int]]:
    """Of each part of a mezzanine, its begin in seconds and its frames."""
    found = [step.operation for step in plan.steps if isinstance(step.operation, Mezzanine)]
    return sorted((float(part.clip.media_in), part.frames) for part in found)


def joined(plan: Plan) -> list[tuple[str, float, int]]:
    """What the video is joined from: whether it is encoded or copied, from which second of the source, and its frames."""
    rows: list[tuple[str, float, int]] = []
    join = next(step.operation for step in plan.steps if isinstance(step.operation, Join))
    for each in join.segments:
        if isinstance(each, Excerpt):
            part = plan.by_key[each.mezzanine].operation
            assert isinstance(part, Mezzanine)
            begin = part.clip.media_in + Fraction(each.first) / part.canvas.rate
            rows.append(("copied", round(float(begin), 3), each.frames))
            continue
        picture = plan.by_key[each].operation
        assert isinstance(picture, Picture)
        rows.extend(("encoded", round(float(clip.media_in), 3), clip.frames) for clip in picture.clips)
    return rows


JOINED: list[tuple[tuple[str, str], list[tuple[str, float, int]]]] = [
    (("1", "2"), [("copied", 1, 30)]),
    (("1", "2.3"), [("copied", 1, 39)]),
    (("1.2", "2.3"), [("encoded", 1.2, 9), ("copied", 1.5, 24)]),
    (("1.1", "1.4"), [("encoded", 1.1, 9)]),
    (("1.1", "1.5"), [("encoded", 1.1, 12)]),
    (("29", "31"), [("copied", 29, 30), ("copied", 30, 30)]),
    (("29.9", "61"), [("encoded", 29.9, 3), ("copied", 30, 900), ("copied", 60, 30)]),
    (("69.6", "70"), [("encoded", 69.6, 12)]),
    (("69.4", "70"), [("encoded", 69.4, 3), ("copied", 69.5, 15)]),
    # The end may be a frame past the source's, which is shown longer.
    (("69.5", "70.03"), [("copied", 69.5, 16)]),
    (("0", "40"), [("copied", 0, 900), ("copied", 30, 300)]),
]


@pytest.mark.parametrize(("cut", "rows"), JOINED)
def test_what_a_cut_is_joined_from(cut: tuple[str, str], rows: list[tuple[str, float, int]]) -> None:
    assert joined(planned([cut])) == rows


RATES = [("24", 12), ("25", 12), ("30000/1001", 15), ("50", 25), ("60", 30)]


@pytest.mark.parametrize(("rate", "group"), RATES)
def test_groups_are_whole_frames_of_about_half_a_second(rate: str, group: int) -> None:
    plan = planned([("1", "20")], frame_rate=rate)
    parts = [step.operation for step in plan.steps if isinstance(step.operation, Mezzanine)]
    assert {part.group for part in parts} == {group}
    assert all(part.frames % group == 0 for part in parts[:-1])
    assert {part.encoder.group for part in parts} == {group}


def test_the_whole_source_is_made_wherever_it_is_cut() -> None:
    assert parts_of(planned([("1", "2")])) == [(0, 900), (30, 900), (60, 315)]


@pytest.mark.parametrize(
    ("seconds", "parts"), [(30, [(0, 915)]), (30.4, [(0, 927)]), (30.6, [(0, 900), (30, 33)]), (0.1, [(0, 18)])]
)
def test_a_last_part_is_no_shorter_than_a_group(seconds: float, parts: list[tuple[float, int]]) -> None:
    known = facts("a", seconds)
    assert parts_of(planned([("0", "0.1")], known)) == parts


def test_a_preview_of_a_range_makes_what_it_touches() -> None:
    preview = {"range": {"start": 2, "end": 3}}
    assert parts_of(planned([("1", "40")], preview=preview)) == [(0, 900)]


def test_an_edit_makes_no_part_anew() -> None:
    before, after = planned([("1", "20"), ("40", "50")]), planned([("1.3", "19"), ("33", "52")])
    kinds = {step.kind for step in after.steps if step.key not in before.by_key}
    assert kinds == {"picture", "soundtrack", "join"}


CHANGES: list[tuple[dict[str, Any], bool]] = [
    ({"loudness": {"lufs": -16}}, True),
    ({"aspect": "16:9", "resolution": "480p"}, False),
    ({"frame_rate": "25"}, False),
    ({"bitrate": "high"}, False),
    ({"fit": "cover"}, False),
]


@pytest.mark.parametrize(("change", "same"), CHANGES)
def test_what_a_mezzanine_depends_on(change: dict[str, Any], same: bool) -> None:
    before, after = (
        {step.key for step in planned([("1", "2")], **more).steps if step.kind == "mezzanine"} for more in ({}, change)
    )
    assert (before == after) is same
    assert same or not before & after


def test_edges_are_encoded_from_the_source() -> None:
    plan = planned([("9.2", "12")])
    (edge,) = (step.operation for step in plan.steps if isinstance(step.operation, Picture))
    assert edge.needs() == ()
    assert edge.clips[0].seek == 8


def test_where_no_key_frame_is_known_edges_are_encoded_from_the_mezzanine() -> None:
    """Which is one part: so the file is decoded from its begin once."""
    plan = planned([("9.2", "12"), ("50.1", "50.3")], source(keyframes=()))
    assert parts_of(plan) == [(0, 2115)]
    edges = [step.operation for step in plan.steps if isinstance(step.operation, Picture)]
    assert {need for edge in edges for need in edge.needs()} == {
        step.key for step in plan.steps if isinstance(step.operation, Mezzanine)
    }
    assert [clip.seek for edge in edges for clip in edge.clips] == [9, 50]
    assert joined(plan) == [("encoded", 9.2, 9), ("copied", 9.5, 75), ("encoded", 50.1, 6)]


@pytest.mark.parametrize("known", [source(), source(rate=Fraction(25)), source(codec="vp9"), source(rotation=90)])
def test_whatever_the_source_is_copying_may_be_required(known: MediaFacts) -> None:
    assert not planned([("1", "2")], known, copy="require", frame_rate="30").warnings
