"""Slideshows as timelines: layers in their order, changes on beats, edits that touch little."""

from __future__ import annotations

import itertools
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from reel.errors import ReelError
from reel.findings import Beats
from reel.generate.planning import plan_generation, plan_meanwhile
from reel.kinds import parse_request
from reel.limits import USUAL
from reel.media import MediaFacts
from reel.plan.operations import Compose, DrawnLoop, SoundMix
from reel.plan.step import Plan
from reel.timeline import Area, PictureTrack, TextContent, Timeline
from tests.plan.facts import compile_request, facts, plan_request
from tests.tools import TOOLS


def transparent(known: MediaFacts) -> MediaFacts:
    assert known.video
    return known.model_copy(update={"video": known.video.model_copy(update={"alpha": True})})


IMAGES = {name: facts(name, 1, still=True, size=(4000, 3000)) for name in "abcdefghij"}
LIBRARY = {**IMAGES, "z": facts("z", 1, still=True), "song": facts("m", 45, picture=False), "film": facts("f", 8),
           "cut-out": transparent(facts("t", 1, still=True)),
           "own.png": facts("p", 1, still=True, size=(1080, 1920))}  # fmt: skip
BEATS = Beats(
    times=tuple(round(0.3 + place * 60 / 124, 4) for place in range(90)),
    strengths=(0.7,) * 90,
    downbeats=tuple(place % 4 == 0 for place in range(90)),
    bpm=124,
    confidence=0.9,
)


def request(**fields: Any) -> dict[str, Any]:
    return {"kind": "slideshow", "images": list(IMAGES), "stills": False, **fields}


def compiled(beats: Beats | None = None, **fields: Any) -> Any:
    parsed = parse_request(request(**fields))
    places = {place: LIBRARY[name] for place, name in parsed.asset_places().items()}
    return compile_request(parsed, places, {"music.asset": beats} if beats else {})


def planned(**fields: Any) -> Plan:
    parsed = parse_request(request(**fields))
    return plan_request(parsed, {place: LIBRARY[name] for place, name in parsed.asset_places().items()})


def layers(timeline: Timeline) -> list[PictureTrack]:
    return [track for track in timeline.tracks if isinstance(track, PictureTrack)]


def test_layers_lie_as_they_are_described() -> None:
    (timeline,) = compiled(text="Sale").timelines
    assert timeline.background == "#050505"
    assert (timeline.canvas.width, timeline.canvas.height, timeline.frames) == (1080, 1920, 900)
    atmosphere, content, frame, text = layers(timeline)
    assert atmosphere.clips[0].opacity[0].value == 0.7
    assert {clip.area.size for clip in content.clips} == {(900, 1600)}
    assert {(clip.area.x, clip.area.y) for clip in content.clips} == {(90, 160)}
    assert {(clip.scale[0].value, clip.scale[-1].value) for clip in content.clips} == {(1.0, 1.05)}
    assert frame.clips[0].area.size == (900, 1600)
    assert text.clips[0].area.y == 270  # 14 % of the height, which apps cover
    banner = text.clips[0].content
    assert isinstance(banner, TextContent)
    assert banner.headline == Area(x=90, y=76, width=900, height=86)


@pytest.mark.parametrize(
    ("fields", "frames"),
    [({}, 900), ({"music": "song"}, 1350), ({"music": {"asset": "song", "in": 40}}, 150), ({"duration": 12.5}, 375),
     ({"music": "song", "duration": 60}, 1800)],
)  # fmt: skip
def test_the_length_is_the_request_s_or_the_music_s_or_half_a_minute(fields: dict[str, Any], frames: int) -> None:
    (timeline,) = compiled(**fields).timelines
    assert timeline.frames == frames


def test_the_visible_middle_of_every_change_is_within_half_a_frame_of_its_beat() -> None:
    made = compiled(BEATS, music="song", duration=40)
    cuts = made.manifests[0]["cuts"]
    assert len(cuts) == 9
    assert all(abs(cut["ms_from_beat"]) <= 1000 / 60 for cut in cuts)
    rate = made.timelines[0].canvas.rate
    content = layers(made.timelines[0])[1]
    for clip, cut in zip(content.clips[1:], cuts, strict=True):
        assert clip.transition
        middle = (clip.start + Fraction(clip.transition.frames, 2)) / rate
        assert float(middle) == pytest.approx(cut["seconds"], abs=1e-6)


def test_without_beats_shares_are_equal_and_the_report_says_why() -> None:
    made = compiled(Beats(reason="the music is silent"), music="song")
    assert made.warnings == ("music.asset: pictures change after equal shares: the music is silent",)
    starts = [clip.start for clip in layers(made.timelines[0])[1].clips]
    assert max(abs((later - earlier) - 135) for earlier, later in itertools.pairwise(starts[1:])) <= 1


@pytest.mark.parametrize(
    ("quality", "size", "tracks", "moves"),
    [("normal", (1080, 1920), 3, True), ("eco", (540, 960), 2, True), ("freeze", (1080, 1920), 3, False)],
)
def test_qualities(quality: str, size: tuple[int, int], tracks: int, moves: bool) -> None:
    (timeline,) = compiled(quality=quality).timelines
    assert (timeline.canvas.width, timeline.canvas.height) == size
    assert len(layers(timeline)) == tracks
    assert (len(layers(timeline)[-2].clips[0].scale) > 1) is moves


def composed_frames(before: Plan, after: Plan) -> int:
    made = {step.key for step in before.steps}
    return sum(s.operation.frames for s in after.steps if s.key not in made and isinstance(s.operation, Compose))


def test_one_picture_changed_makes_little_anew() -> None:
    before, after = planned(duration=60), planned(duration=60, images=[*"abcd", "z", *"fghij"])
    assert composed_frames(before, after) <= 0.12 * 1800


def test_short_segments_take_little_room() -> None:
    taken = {
        (operation.frames > 37, work.processors)
        for operation, work in ((step.operation, step.work) for step in planned().steps)
        if isinstance(operation, Compose)
    }
    assert taken == {(True, 1.5), (False, 1)}


def test_another_song_makes_no_picture_anew_where_changes_stay() -> None:
    before, after = planned(duration=40), planned(duration=40, music="song")
    assert composed_frames(before, after) == 0
    (mix,) = (step.operation for step in after.steps if isinstance(step.operation, SoundMix))
    assert mix.samples == 40 * 48_000
    assert mix.parts[-1].fade_out == 48_000


def test_what_is_made_while_the_music_is_heard_is_needed_whatever_is_heard() -> None:
    worker: Any = SimpleNamespace(tools=TOOLS, limits=USUAL, tenant="default")
    fields = request(music="song", text="Hello", duration=40)
    parsed = parse_request(fields)
    places = {place: LIBRARY[name] for place, name in parsed.asset_places().items()}
    meanwhile = plan_meanwhile(parsed, places, worker)
    assert meanwhile
    assert {step.kind for step in meanwhile.steps} == {"image", "text", "drawing", "loop"}
    whole = plan_generation(parsed, places, {"music.asset": BEATS}, worker)
    assert meanwhile.by_key.keys() <= whole.by_key.keys()
    silent = parse_request({**fields, "music": None})
    assert plan_meanwhile(silent, places, worker) is None


WHOLE = (Area(x=0, y=0, width=1080, height=1920),)
AROUND_CONTENT = (
    Area(x=0, y=0, width=1080, height=160),
    Area(x=0, y=160, width=90, height=1600),
    Area(x=990, y=160, width=90, height=1600),
    Area(x=0, y=1760, width=1080, height=160),
)


@pytest.mark.parametrize(
    ("fields", "parts"),
    [
        ({}, {AROUND_CONTENT}),
        ({"transition": {"name": "circleopen"}}, {AROUND_CONTENT}),
        ({"quality": "freeze"}, {AROUND_CONTENT}),
        ({"fit": "contain"}, {WHOLE}),
        ({"fit": "contain-blur"}, {AROUND_CONTENT}),
        ({"images": ["a", "b", {"asset": "c", "fit": "none"}]}, {AROUND_CONTENT, WHOLE}),
        ({"images": ["a", "b", "cut-out"]}, {AROUND_CONTENT, WHOLE}),
    ],
)
def test_of_the_atmosphere_nothing_is_made_where_pictures_hide_it(
    fields: dict[str, Any], parts: set[tuple[Area, ...]]
) -> None:
    assert {step.operation.parts for step in planned(**fields).steps if isinstance(step.operation, DrawnLoop)} == parts


def test_a_frame_of_one_s_own_lies_on_the_canvas() -> None:
    (timeline,) = compiled(frame={"asset": "own.png"}).timelines
    assert layers(timeline)[-1].clips[0].area.size == (1080, 1920)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"images": ["film"]}, "images[0].asset: film is a video"),
    ({"images": ["song"]}, "images[0].asset: song has sound but no picture"),
    ({"music": "a"}, "music.asset: a has no sound"),
    ({"music": {"asset": "song", "in": 50}}, "music.in: 50 s is past the end of song"),
    ({"images": ["a"] * 501}, "images: has 501 entries, and 500 are the most"),
    ({"duration": 3601}, "duration: must be at most 3600"),
    ({"duration": 0.2}, "duration: 6 frames cannot show 10 images"),
    ({"frame": "platinum"}, "frame"),
    ({"transition": {"name": "wipeleft2"}}, "transition.name: 'wipeleft2' is not a transition"),
    ({"text": "x" * 501}, "text"),
]


@pytest.mark.parametrize(("fields", "said"), WRONG)
def test_what_cannot_be_made_is_refused_with_its_place(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ReelError) as refused:
        compiled(**fields)
    assert said in str(refused.value), str(refused.value)
