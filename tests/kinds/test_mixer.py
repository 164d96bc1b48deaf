"""Plans of mixer requests, on facts made up here: no file is read."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any

import pytest

from reel.errors import BadMedia, InvalidRequest, ReelError
from reel.kinds import parse_request
from reel.media import AudioFacts, Colour, MediaFacts, VideoFacts
from reel.plan.operations import Picture, Poster, PosterMoments, SoundMix
from reel.plan.step import Plan
from tests.plan.facts import plan_request


def facts(name: str, seconds: float, *, sound: bool = True, picture: bool = True, still: bool = False) -> MediaFacts:
    duration = Fraction(str(seconds))
    video = VideoFacts(
        index=0, codec="h264", width=640, height=360, rate=30, frames=int(duration * 30), start=0, duration=duration,
        keyframes=tuple(Fraction(second) for second in range(int(duration))), colour=Colour(),
    )  # fmt: skip
    audio = AudioFacts(index=1, codec="aac", sample_rate=48000, channels=2, start=0, duration=duration)
    return MediaFacts(
        sha256=name * 64,
        bytes=1,
        demuxer="mov",
        still=still,
        video=video if picture else None,
        audio=audio if sound else None,
    )


LIBRARY = {"a": facts("a", 4), "b": facts("b", 7), "c": facts("c", 3, sound=False)}
"""Three clips, by the name that requests call them by."""


def planned(library: dict[str, MediaFacts] | None = None, **request: Any) -> Plan:
    library = library or LIBRARY
    parsed = parse_request({"kind": "mixer", "clips": list(library), "stills": False, **request})
    places = {place: library[name] for place, name in parsed.asset_places().items()}
    return plan_request(parsed, places)


def kinds(plan: Plan) -> Counter[str]:
    return Counter(step.kind for step in plan.steps)


def pictures(plan: Plan) -> list[Picture]:
    return [step.operation for step in plan.steps if isinstance(step.operation, Picture)]


def keys(plan: Plan, kind: str) -> set[str]:
    return {step.key for step in plan.steps if step.kind == kind}


def test_variants_share_their_segments() -> None:
    plan = planned(variants=6, order_mixing=True)
    assert kinds(plan) == {"picture": 3, "decode": 2, "soundtrack": 6, "join": 6}


def test_every_step_comes_after_its_inputs() -> None:
    seen: set[str] = set()
    for step in planned(variants=4, order_mixing=True, speed={"min": 0.5, "max": 2}, stills=True).steps:
        assert set(step.needs) <= seen
        assert step.key not in seen
        seen.add(step.key)


def test_the_same_request_gives_the_same_plan() -> None:
    request: dict[str, Any] = {"variants": 5, "order_mixing": True, "seed": 7, "speed": {"min": 0.8, "max": 1.2}}
    assert planned(**request) == planned(**request)


@pytest.mark.parametrize(
    "change",
    [
        {"resolution": "720p"},
        {"aspect": "1:1"},
        {"fit": "cover"},
        {"frame_rate": 25},
        {"bitrate": "high"},
        {"speed": {"min": 2, "max": 2}},
    ],
)
def test_what_changes_the_picture_changes_every_segment(change: dict[str, Any]) -> None:
    assert not keys(planned(), "picture") & keys(planned(**change), "picture")


@pytest.mark.parametrize("change", [{"audio": "mute"}, {"seed": 9}, {"stills": True}])
def test_what_does_not_touch_the_picture_keeps_its_segments(change: dict[str, Any]) -> None:
    assert keys(planned(), "picture") == keys(planned(**change), "picture")


def test_one_changed_clip_touches_only_its_own_segment() -> None:
    before, after = planned(), planned({**LIBRARY, "b": facts("d", 7)})
    assert len(keys(before, "picture") & keys(after, "picture")) == 2


def test_names_and_places_do_not_reach_keys() -> None:
    renamed = {"x": LIBRARY["a"], "y": LIBRARY["b"], "z": LIBRARY["c"]}
    assert [step.key for step in planned().steps] == [step.key for step in planned(renamed).steps]


def test_a_long_clip_is_cut_into_segments_that_cover_it() -> None:
    plan = planned({"a": facts("a", 100)})
    segments = pictures(plan)
    assert len(segments) == 8
    assert sum(segment.frames for segment in segments) == 3000
    begins = [segment.clips[0].media_in for segment in segments]
    lengths = [Fraction(segment.frames, 30) for segment in segments]
    assert begins == [sum(lengths[:place]) for place in range(8)]
    assert all(segment.clips[0].seek and segment.clips[0].seek <= segment.clips[0].media_in for segment in segments[1:])


def test_a_manifest_tells_what_is_played() -> None:
    manifest = planned(different_start=True, variants=2).manifests[1]
    assert [entry["clip"] for entry in manifest["sequence"]] == [1, 2, 0]
    assert [entry["start_frame"] for entry in manifest["sequence"]] == [0, 210, 300]
    assert manifest["frames"] == 420
    assert manifest["similarity"] == pytest.approx(1 / 3, abs=1e-3)
    assert manifest["most_similar"] == "variant-001"


def test_a_short_soundtrack_is_looped_to_the_last_sample() -> None:
    library = {**LIBRARY, "m": facts("e", 5, picture=False)}
    plan = planned(library, clips=["a", "b", "c"], audio={"soundtrack": "m"})
    (mix,) = (step.operation for step in plan.steps if isinstance(step.operation, SoundMix))
    assert [(part.at, part.samples) for part in mix.parts] == [(0, 240_000), (240_000, 240_000), (480_000, 192_000)]
    assert mix.samples == 14 * 48_000


WRONG: list[tuple[dict[str, Any], type[ReelError], list[str]]] = [
    ({"variants": 2}, InvalidRequest, ["variants: 2 distinct variants", "at most 1"]),
    ({"variants": 7, "order_mixing": True}, InvalidRequest, ["variants: 7 distinct variants", "at most 6"]),
    ({"clips": [{"asset": "a", "in": 4}]}, InvalidRequest, ["clips[0].in: 4 s is past the end: a lasts 4.000 s"]),
    ({"clips": ["b", {"asset": "a", "out": 5}]}, InvalidRequest, ["clips[1].out: 5 s is past the end"]),
    ({"clips": ["m", "a", "s"]}, BadMedia, ["clips[0].asset: m has sound but no picture", "clips[2].asset: s is a still"]),
    ({"audio": {"soundtrack": "c"}}, BadMedia, ["audio.soundtrack: c has no sound"]),
    ({"audio": {"soundtrack": "a", "in": 9}}, BadMedia, ["audio.in: 9 s is past the end"]),
]  # fmt: skip


@pytest.mark.parametrize(("request_fields", "error", "said"), WRONG)
def test_what_cannot_be_made_is_refused_with_its_place(
    request_fields: dict[str, Any], error: type[ReelError], said: list[str]
) -> None:
    library = {**LIBRARY, "m": facts("e", 5, picture=False), "s": facts("f", 1, still=True)}
    with pytest.raises(error) as refused:
        planned(library, **{"clips": ["a", "b", "c"], **request_fields})
    assert all(words in str(refused.value) for words in said), str(refused.value)


@pytest.mark.parametrize(
    ("fields", "remedy"),
    [
        ({"clips": ["a"]}, "ask for 1 or fewer, or allow a range of speed"),
        ({"clips": ["a", "a"]}, "ask for 1 or fewer, or allow a range of speed"),
        ({"clips": ["a", "b"]}, "ask for 1 or fewer, or allow order_mixing or different_start or a range of speed"),
        ({"clips": ["a", "b"], "order_mixing": True}, "ask for 2 or fewer, or allow a range of speed"),
        ({"clips": ["a"], "speed": {"min": 1, "max": 2, "steps": 2}}, "ask for 2 or fewer, or add clips"),
    ],
)
def test_only_what_would_give_more_variants_is_proposed(fields: dict[str, Any], remedy: str) -> None:
    """Of one clip shuffling was proposed, which has nothing to shuffle then."""
    with pytest.raises(InvalidRequest) as refused:
        planned(variants=9, **fields)
    assert [problem.remedy for problem in refused.value.problems] == [remedy]


def test_an_end_rounded_up_by_a_person_is_accepted() -> None:
    plan = planned(clips=[{"asset": "a", "out": 4.03}])
    assert sum(segment.frames for segment in pictures(plan)) == 120


def test_posters_of_a_set_are_chosen_together_from_segments_that_are_looked_at_once() -> None:
    plan = planned(variants=3, order_mixing=True, stills=True)
    (looked,) = (step for step in plan.steps if isinstance(step.operation, PosterMoments))
    posters = [step.operation for step in plan.steps if isinstance(step.operation, Poster)]
    assert isinstance(looked.operation, PosterMoments)
    assert [(poster.moments, len(poster.played)) for poster in posters] == [
        (looked.key, number) for number in (1, 2, 3)
    ]
    segments = [piece.segment for piece in looked.operation.pieces]
    assert len(segments) == len({*segments})
    for poster in posters:
        assert sum(looked.operation.pieces[piece].frames for piece in poster.played[-1]) == poster.frames


def test_one_more_variant_leaves_the_posters_of_the_others() -> None:
    def posters(variants: int) -> list[str]:
        plan = planned(variants=variants, order_mixing=True, stills=True)
        return [step.key for step in plan.steps if isinstance(step.operation, Poster | PosterMoments)]

    assert len({*posters(5)} - {*posters(4)}) == 1


def test_one_video_is_shown_by_what_there_is_most_to_see() -> None:
    (poster,) = [step.operation for step in planned(stills=True).steps if isinstance(step.operation, Poster)]
    assert (poster.frame, poster.moments) == (None, None)
