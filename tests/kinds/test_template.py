"""Timelines of layers: placed to the frame, refused with their places, and re-rendered only where an edit reaches."""

from __future__ import annotations

import functools
import itertools
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reel.errors import BadMedia, ReelError
from reel.kinds import parse_request
from reel.plan.operations import Compose, DrawnLoop, Picture, SoundMix
from reel.plan.step import Plan
from reel.timeline import PictureTrack, Timeline, VideoContent
from tests.plan.facts import compile_request, facts, plan_request

LIBRARY = {
    "v": facts("v", 60),
    "w": facts("w", 30),
    "i": facts("i", 1, still=True, size=(4000, 3000)),
    "j": facts("j", 1, still=True, size=(3000, 4000)),
    "m": facts("m", 20, picture=False),
    "s": facts("s", 5, sound=False),
}


def document(*tracks: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {
        "kind": "template",
        "resolution": "480p",
        "stills": False,
        "timeline": {"tracks": [{"clips": clips} for clips in tracks]},
        **more,
    }


def compiled(*tracks: list[dict[str, Any]], **more: Any) -> Timeline:
    request = parse_request(document(*tracks, **more))
    places = {place: LIBRARY[name] for place, name in request.asset_places().items()}
    return compile_request(request, places, {}).timelines[0]


def planned(*tracks: list[dict[str, Any]], **more: Any) -> Plan:
    request = parse_request(document(*tracks, **more))
    places = {place: LIBRARY[name] for place, name in request.asset_places().items()}
    return plan_request(request, places)


def spans(timeline: Timeline, track: int = 0) -> list[tuple[int, int]]:
    return [(clip.start, clip.end) for clip in timeline.tracks[track].clips]


def video(asset: Any = "v", **fields: Any) -> dict[str, Any]:
    return {"type": "video", "asset": asset, **fields}


PLACED: list[tuple[list[dict[str, Any]], dict[str, Any], list[tuple[int, int]], int]] = [
    ([video(out=2), video("w", out=3)], {}, [(0, 60), (60, 150)], 150),
    ([video(out=2), video("w", out=3, transition={"duration": 0.5})], {}, [(0, 60), (45, 135)], 135),
    ([video(out=2), video("w", out=3, start=4)], {}, [(0, 60), (120, 210)], 210),
    ([video(**{"in": 10, "out": 12, "speed": 2})], {}, [(0, 30)], 30),
    ([video(duration=90, loop=True)], {}, [(0, 2700)], 2700),
    ([video(freeze=3, duration=2)], {}, [(0, 60)], 60),
    (
        [{"type": "image", "asset": "i", "duration": 2}, {"type": "image", "asset": "j"}],
        {"duration": 5},
        [(0, 60), (60, 150)],
        150,
    ),
    ([video(out=1)], {"frame_rate": "30000/1001"}, [(0, 30)], 30),
    # Half frames: a transition is as long as what the clips share, and nothing is refused for rounding.
    ([video(out=1.04), video(out=2, transition={"duration": 0.25})], {}, [(0, 31), (24, 84)], 84),
    ([video(out=1.3), video(out=2, transition={"duration": 0.3})], {"frame_rate": 25}, [(0, 33), (25, 75)], 75),
    # What is shorter than half a frame from in to out is one, and the next clip follows it.
    (
        [video(out=1), video(out=1e-10), video(**{"in": 59.99}), video(out=1)],
        {},
        [(0, 30), (30, 31), (31, 32), (32, 62)],
        62,
    ),
    # What reaches beyond the end is cut off.
    ([video(out=2), video(out=5)], {"duration": 3}, [(0, 60), (60, 90)], 90),
    ([video(out=2), video(freeze=1)], {"duration": 3}, [(0, 60), (60, 90)], 90),
]


@pytest.mark.parametrize(("clips", "more", "expected", "frames"), PLACED)
def test_clips_lie_where_they_were_put(
    clips: list[dict[str, Any]], more: dict[str, Any], expected: list[tuple[int, int]], frames: int
) -> None:
    timeline = compiled(clips, **more)
    assert spans(timeline) == expected
    assert timeline.frames == frames


WRONG: list[tuple[list[list[dict[str, Any]]], dict[str, Any], str]] = [
    ([[video(**{"in": 3, "out": 2})]], {}, "timeline.tracks[0].clips[0].out: must be after `in` (3 s)"),
    ([[video()], [video(), video(out=99, start=30)]], {}, "timeline.tracks[1].clips[1].out: 99 s is past the end"),
    ([[video(**{"in": 70})]], {}, "timeline.tracks[0].clips[0].in: 70 s is past the end"),
    ([[video(out=2), video("w", start=1)]], {}, "timeline.tracks[0].clips[1].start: overlaps the clip before it by 1 s"),
    ([[video(out=1), video("w", out=3, transition={"duration": 2})]], {}, "clips[1].transition.duration: 2 s is too long"),
    ([[video(transition="crossfade")]], {}, "timeline.tracks[0].clips[0].transition: has no clip before it"),
    ([[video(out=2), video("w", transition="crosfade")]], {}, "did you mean `crossfade`?"),
    ([[video("i")]], {}, "timeline.tracks[0].clips[0].asset: i is a still picture"),
    ([[{"type": "image", "asset": "v", "duration": 2}]], {}, "timeline.tracks[0].clips[0].asset: v is a video"),
    ([[video()], [{"type": "audio", "asset": "s"}]], {}, "timeline.tracks[1].clips[0].asset: s has no sound"),
    ([[{"type": "text", "text": "a"}]], {}, "duration: is `auto`, and no clip has an end of its own"),
    ([[{"type": "drawn", "name": "platinum"}]], {}, "timeline.tracks[0].clips[0].name: 'platinum' is not in the library"),
    ([[video(opacity=[{"at": 1, "value": 0}, {"at": 0, "value": 1}])]], {}, "tracks[0].clips[0].opacity: keyframes must"),
    ([[video(opacity="dim")]], {}, "timeline.tracks[0].clips[0].opacity"),
    ([[video(), {"type": "audio", "asset": "m"}]], {}, "timeline.tracks[0]: a track holds either sound or picture"),
    ([[video(duration=90)]], {}, "timeline.tracks[0].clips[0].duration: 90 s is longer than the 60 s from in to out"),
    ([[video(out=2, duration=5)]], {}, "timeline.tracks[0].clips[0].duration: 5 s is longer than the 2 s from in to out"),
    ([[video("w", duration="end")]], {"duration": 40}, "timeline.tracks[0].clips[0].duration: 40 s is longer than the 30 s"),
    ([[video(out=0.01, duration=900, loop=True)]], {}, "timeline.tracks[0].clips[0].loop: begins again 27000 times"),
    ([[video(out=2), video(duration=0.01)]], {}, "timeline.tracks[0].clips[1].duration: is less than half a frame"),
    ([[video(out=2)]], {"duration": 0}, "duration: must be more than 0"),
    ([[video(freeze=3)]], {}, "duration: is `auto`, and no clip has an end of its own"),
    ([[video(out=2), video(out=2, transition={"duration": 1})]], {"duration": 1.5}, "clips[1].transition.duration: is cut off"),
    (
        [[video(out=2), video(out=2, start=5)]],
        {"duration": 4},
        "clips[1].start: is not before the end of the timeline, 4 s, but 5 s (begin earlier)",
    ),
    (
        [[video(out=2), video(out=2)]],
        {"duration": 1},
        "clips[1].start: is not before the end of the timeline, 1 s, but 2 s (shorten the clips before it, or make",
    ),
    ([[{"type": "image", "asset": "i", "duration": 2, "area": {"width": 4, "height": 4}, "scale": 4}]],
     {"resolution": "4k"}, "timeline.tracks[0].clips[0].area: has 8640x15360 pixels, 4 times as large"),
    ([[video(colour="#fff")]], {}, "timeline.tracks[0].clips[0].colour: is not a field here"),
]  # fmt: skip


@pytest.mark.parametrize(("tracks", "more", "said"), WRONG)
def test_what_cannot_be_made_is_refused_with_its_place(
    tracks: list[list[dict[str, Any]]], more: dict[str, Any], said: str
) -> None:
    with pytest.raises(ReelError) as refused:
        compiled(*tracks, **more)
    assert said in str(refused.value), str(refused.value)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(ReelError) as refused:
        compiled([video(out=99), video("w", **{"in": 40})], [video(freeze=80)])
    places = [problem.place for problem in refused.value.problems]
    assert places == [
        f"timeline.tracks[{place}" for place in ("0].clips[0].out", "0].clips[1].in", "1].clips[0].freeze")
    ]


def test_wrong_assets_and_wrong_times_are_told_together() -> None:
    with pytest.raises(BadMedia) as refused:
        compiled([video("i"), video(out=99)], [{"type": "audio", "asset": "s"}])
    assert [problem.place[len("timeline.tracks") :] for problem in refused.value.problems] == [
        "[0].clips[0].asset",
        "[1].clips[0].asset",
        "[0].clips[1].out",
    ]


def test_clips_fill_their_area_as_the_request_says_unless_they_say_it() -> None:
    timeline = compiled([video(out=1), video(out=1, fit="fill")], fit="cover")
    assert [clip.framing.fit for clip in timeline.pictures[0].clips] == ["cover", "fill"]


@pytest.mark.parametrize(
    ("fields", "start", "end", "period"),
    [
        ({"duration": "end"}, 0, 600, None),  # the sound lasts 20 s: it fades at its own end
        ({"duration": "end", "loop": True}, 0, 900, 600),
        ({"in": 15, "duration": "end", "loop": True, "start": 20}, 600, 900, 150),
        ({"in": 15, "duration": 3}, 0, 90, None),
    ],
)
def test_sound_ends_where_it_should(fields: dict[str, Any], start: int, end: int, period: int | None) -> None:
    """However often it begins again, it is one sound, and fades as one."""
    music = {"type": "audio", "asset": "m", "fade_out": 2, **fields}
    (clip,) = compiled([{"type": "colour", "colour": "#000000", "duration": 30}], [music]).sounds
    assert (clip.start, clip.end, clip.period, clip.fade_out) == (start, end, period, 60)


def test_areas_that_meet_in_shares_meet_in_pixels() -> None:
    thirds = [
        [{"type": "colour", "colour": "#000000", "duration": 1, "area": {"x": place / 3, "width": 1 / 3}}]
        for place in range(3)
    ]
    for resolution in ("480p", "720p", "1080p"):
        timeline = compiled(*thirds, resolution=resolution)
        areas = [track.clips[0].area for track in timeline.pictures]
        edges = [area.x for area in areas] + [areas[-1].x + areas[-1].width]
        assert [area.x + area.width for area in areas] == edges[1:]
        assert edges[-1] == timeline.canvas.width
        assert all(edge % 2 == 0 for edge in edges)


def test_keyframes_become_curves_in_frames_and_pixels() -> None:
    clip = video(out=4, position={"x": [{"at": 0, "value": 0}, {"at": 2, "value": 0.5, "easing": "ease"}]}, opacity=0.5)
    timeline = compiled([clip])
    track = timeline.tracks[0]
    assert isinstance(track, PictureTrack)
    assert [(key.frame, key.value) for key in track.clips[0].x] == [(0, 0.0), (60, 240.0)]
    assert track.clips[0].opacity[0].value == 0.5


def test_where_pictures_crossfade_sound_does() -> None:
    plan = planned([video(out=2), video("w", out=3, transition={"duration": 0.5})])
    (mix,) = (step.operation for step in plan.steps if isinstance(step.operation, SoundMix))
    assert [(part.at, part.samples, part.fade_in, part.fade_out) for part in mix.parts] == [
        (0, 96_000, 0, 24_000),
        (72_000, 144_000, 24_000, 0),
    ]
    assert mix.loudness


MANY = [video(**{"in": second, "out": second + 2.5}) for second in range(0, 40, 4)]
"""Ten clips of 2.5 s, each a segment."""


def frames_to_make(before: Plan, after: Plan) -> int:
    made = {step.key for step in before.steps}
    return sum(
        step.operation.frames
        for step in after.steps
        if step.key not in made and isinstance(step.operation, Picture | Compose)
    )


EDITS: list[tuple[str, list[dict[str, Any]], int]] = [
    ("one clip's in point", [*MANY[:4], video(**{"in": 17, "out": 19.5}), *MANY[5:]], 75),
    ("one clip made longer", [*MANY[:4], video(**{"in": 16, "out": 19}), *MANY[5:]], 90),
    ("one clip taken out", [*MANY[:4], *MANY[5:]], 0),
    ("two clips swapped", [*MANY[:4], MANY[5], MANY[4], *MANY[6:]], 0),
    ("a crossfade between two", [*MANY[:4], {**MANY[4], "transition": {"duration": 0.5}}, *MANY[5:]], 60 + 15 + 60),
]


@pytest.mark.parametrize(("edit", "clips", "frames"), EDITS)
def test_an_edit_makes_only_what_it_touches(edit: str, clips: list[dict[str, Any]], frames: int) -> None:
    assert frames_to_make(planned(MANY), planned(clips)) == frames


def test_a_text_reaches_only_the_segments_under_it() -> None:
    label = {"type": "text", "text": "new", "start": 5, "duration": 2.5}
    assert frames_to_make(planned(MANY), planned(MANY, [label])) == 75


def test_moving_the_whole_timeline_makes_nothing_anew() -> None:
    """A text over all of it, and an opening before it: the segments are the same wherever they lie."""
    label = {"type": "text", "text": "over all", "duration": "end"}
    opening = {"type": "colour", "colour": "#123456", "duration": 2}
    before, after = planned(MANY, [label]), planned([opening, *MANY], [label])
    assert frames_to_make(before, after) == 60


SHORT_CUTS = [video(**{"in": 0.25 * number, "out": 0.25 * number + 0.5}) for number in range(120)]


@functools.cache
def planned_short_cuts() -> Plan:
    return planned(SHORT_CUTS)


@given(place=st.integers(0, 119), seconds=st.floats(0.2, 1.5))
@settings(max_examples=30, deadline=None)
def test_an_edit_among_many_short_cuts_stays_near(place: int, seconds: float) -> None:
    """Short cuts share segments; an edit makes its own group anew, and at most the ones beside it."""
    edited = [*SHORT_CUTS]
    edited[place] = video(**{"in": 0.3, "out": 0.3 + round(seconds, 2)})
    before, after = planned_short_cuts(), planned(edited)
    assert len([step for step in before.steps if isinstance(step.operation, Picture)]) < 60
    assert frames_to_make(before, after) <= 30 * 12


def test_fan_in_is_bounded_and_a_long_timeline_is_planned_in_linear_steps() -> None:
    cuts = [video(**{"in": number % 50, "out": number % 50 + 0.9}) for number in range(1000)]
    plan = planned(cuts)
    pictures = [step.operation for step in plan.steps if isinstance(step.operation, Picture)]
    assert max(len(picture.clips) for picture in pictures) <= 8
    assert max(step.work.memory_bytes for step in plan.steps) < 600 << 20


RATES: list[Any] = [24, 25, 30, 50, 60, "24000/1001", "30000/1001", "60000/1001"]
KINDS: list[dict[str, Any]] = [
    {"type": "colour", "colour": "#102030"},
    {"type": "image", "asset": "i"},
    {"type": "text", "text": "a"},
    {"type": "drawn", "name": "golden"},
    {"type": "video", "asset": "v", "loop": True},
    {"type": "video", "asset": "v", "freeze": 2},
]


@st.composite
def tracks_of_clips(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Clips with room for their transitions: times to the millisecond, so that most fall between frames."""
    lengths = draw(st.lists(st.integers(200, 6000), min_size=1, max_size=8))
    clips: list[dict[str, Any]] = []
    clock = Fraction(0)
    for order, length in enumerate(lengths):
        clip = {**draw(st.sampled_from(KINDS)), "duration": length / 1000}
        overlap = 0
        # 45 ms are a frame at 24 fps and what rounding may add.
        most = min(length, lengths[order - 1]) // 2 - 45
        if order and draw(st.booleans()):
            overlap = draw(st.integers(1, most))
            clip["transition"] = {"name": draw(st.sampled_from(["crossfade", "wipe-left"])), "duration": overlap / 1000}
        gap = 0 if overlap else draw(st.sampled_from([0, 0, 500, 1234]))
        begin = max(Fraction(0), clock - Fraction(overlap, 1000)) + Fraction(gap, 1000)
        if gap or draw(st.booleans()):
            clip["start"] = str(begin)
        clock = begin + Fraction(length, 1000)
        clips.append(clip)
    return clips


@given(tracks=st.lists(tracks_of_clips(), min_size=1, max_size=3), rate=st.sampled_from(RATES))
@settings(max_examples=150, deadline=None)
def test_valid_timelines_compile_to_clips_in_order(tracks: list[list[dict[str, Any]]], rate: Any) -> None:
    made = compiled(*tracks, frame_rate=rate)
    ends = []
    for clips, track in zip(tracks, made.pictures, strict=True):
        seconds = Fraction(0)
        for asked, clip in zip(clips, track.clips, strict=True):
            overlap = Fraction(str(asked.get("transition", {}).get("duration", 0)))
            begin = Fraction(asked["start"]) if "start" in asked else max(Fraction(0), seconds - overlap)
            seconds = begin + Fraction(str(asked["duration"]))
            assert abs(clip.start - begin * made.canvas.rate) <= Fraction(1, 2)
            assert abs(clip.end - seconds * made.canvas.rate) <= Fraction(1, 2)
            if clip.transition:
                assert abs(clip.transition.frames - overlap * made.canvas.rate) <= 1
            if isinstance(clip.content, VideoContent):
                assert sum(stretch.frames for stretch in clip.content.stretches) == clip.frames
        for before, after in itertools.pairwise(track.clips):
            shared = before.end - after.start
            assert shared == after.transition.frames if after.transition else shared <= 0
        ends.append(track.clips[-1].end)
    assert made.frames == max(ends)


@given(clips=tracks_of_clips(), rate=st.sampled_from(RATES), share=st.floats(0.1, 1))
@settings(max_examples=60, deadline=None)
def test_nothing_reaches_beyond_the_end(clips: list[dict[str, Any]], rate: Any, share: float) -> None:
    whole = compiled(clips, frame_rate=rate)
    seconds = round(float(whole.frames / whole.canvas.rate * Fraction(share)), 3)
    made = compiled_or_places(clips, frame_rate=rate, duration=max(seconds, 0.1))
    if not isinstance(made, Timeline):
        assert {place.split(".", 3)[-1] for place in made} <= {"start", "transition.duration"}
        return
    assert max(clip.end for clip in made.pictures[0].clips) <= made.frames
    assert all(clip.frames > 0 for clip in made.pictures[0].clips)


def compiled_or_places(clips: list[dict[str, Any]], **more: Any) -> Timeline | list[str]:
    """The timeline, or the places of what is wrong."""
    try:
        return compiled(clips, **more)
    except ReelError as error:
        return [problem.place for problem in error.problems]


@pytest.mark.parametrize(
    ("fit", "drawn"),
    [("cover", 0), ("contain", 1)],  # a picture that leaves bars lets it shine through
)
def test_a_loop_that_is_hidden_all_the_time_is_not_drawn(fit: str, drawn: int) -> None:
    loops = [
        {"type": "drawn", "name": "glitter-rain", "duration": 3},
        {"type": "drawn", "name": "sparkles", "duration": 3, "transition": {"duration": 1}},
    ]
    plan = planned(loops, [{"type": "image", "asset": "i", "duration": 5, "fit": fit}])
    names = [step.operation.name for step in plan.steps if isinstance(step.operation, DrawnLoop)]
    assert len(names) == 2 * drawn
