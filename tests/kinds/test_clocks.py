"""The clocks of recordings that ran side by side: one line for each, whatever the takes."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reel.errors import InvalidRequest
from reel.findings import Offset
from reel.kinds import parse_request
from reel.kinds.multicam.clocks import SourceClock, clocks_of, ranges_shown
from reel.kinds.multicam.request import MulticamRequest
from reel.plan.compiled import Compiled
from reel.plan.operations import Reclock, SoundMix
from reel.timeline import PictureClip, SoundClip, VideoContent
from tests.plan.facts import compile_request, facts, plan_request

NTSC = Fraction(30000, 1001)
SOURCES: list[Any] = [
    "wide.mp4",
    {"asset": "close.mp4", "sync_offset": "auto"},
    {"asset": "recorder.wav", "sync_offset": "auto"},
]


def found(seconds: str, ppm: float) -> Offset:
    return Offset(seconds=Fraction(seconds), confidence=20, drift_ppm=ppm, places=12)


def request(**more: Any) -> MulticamRequest:
    switches = [{"at": 0, "source": 0}, {"at": 20, "source": 1}, {"at": 40, "source": 0}]
    parsed = parse_request({"kind": "multicam", "sources": SOURCES, "switches": switches, "end": 60, **more})
    assert isinstance(parsed, MulticamRequest)
    return parsed


def compiled(offsets: Mapping[int, Offset], rate: Fraction = Fraction(30), **more: Any) -> Compiled:
    library = {f"sources[{place}].asset": facts(name, 100, picture=name != "r") for place, name in enumerate("wcr")}
    findings = {f"sources[{place}].sync_offset": offset for place, offset in offsets.items()}
    return compile_request(request(frame_rate=str(rate), **more), library, findings)


def sounds(made: Compiled) -> tuple[SoundClip, ...]:
    return made.timelines[0].sounds


def pictures(made: Compiled) -> list[PictureClip]:
    return [clip for track in made.timelines[0].pictures for clip in track.clips]


@settings(deadline=None, max_examples=30)
@given(
    ppm=st.integers(-4000, 4000),
    rate=st.sampled_from([Fraction(24), Fraction(25), NTSC, Fraction(60)]),
    start=st.fractions(-100, 100, max_denominator=48000),
    first=st.integers(0, 50_000),
    frames=st.integers(1, 50_000),
)
def test_pictures_stay_within_half_a_frame_of_their_clock(
    ppm: int, rate: Fraction, start: Fraction, first: int, frames: int
) -> None:
    clock = SourceClock(start=start, pace=1 + Fraction(ppm, 10**6))
    stretches = list(ranges_shown(clock, Fraction(0), rate, first, first + frames))
    assert sum(stretch.frames for stretch in stretches) == frames
    at = first
    for stretch in stretches:
        for frame in {at, at + stretch.frames - 1}:
            shown = stretch.media_in + (frame - at) / rate
            assert abs(shown - clock.second(frame / rate)) * rate <= Fraction(1, 2)
        at += stretch.frames
    assert len(stretches) <= 2 + abs(ppm) * frames / 10**6


@settings(deadline=None, max_examples=30)
@given(
    camera=st.tuples(st.fractions(-50, 50, max_denominator=48000), st.integers(-2000, 2000)),
    other=st.tuples(st.fractions(-50, 50, max_denominator=48000), st.integers(-2000, 2000)),
    second=st.fractions(0, 3000, max_denominator=100),
)
def test_the_clock_of_the_first_source_seen_leads(
    camera: tuple[Fraction, int], other: tuple[Fraction, int], second: Fraction
) -> None:
    """What was recorded at one time stays together, whichever clock counts it."""
    asked = parse_request({"kind": "multicam", "sources": SOURCES, "cuts": [{"source": 1, "in": 0, "out": 1}]})
    assert isinstance(asked, MulticamRequest)
    offsets = {
        f"sources[{place}].sync_offset": found(str(seconds), ppm)
        for place, (seconds, ppm) in enumerate((camera, other), start=1)
    }
    clocks = clocks_of(asked, offsets, 1)
    assert clocks[1] == SourceClock(start=camera[0])
    moment = clocks[0].moment(second)
    for clock, (start, ppm) in zip(clocks[1:], (camera, other), strict=True):
        assert clock.second(moment) == (second - start) * (1 + Fraction(ppm, 10**6))


def test_sound_goes_on_unbroken_from_take_to_take() -> None:
    made = compiled({1: found("2.5", 100), 2: found("-3.25", 145)}, NTSC, audio_source=2)
    assert {clip.clock for clip in sounds(made)} == {1 + Fraction(145, 10**6)}
    library = {f"sources[{place}].asset": facts(name, 100, picture=name != "r") for place, name in enumerate("wcr")}
    findings = {"sources[1].sync_offset": found("2.5", 100), "sources[2].sync_offset": found("-3.25", 145)}
    steps = plan_request(request(frame_rate="30000/1001", audio_source=2), library, findings).steps
    (mix,) = [step.operation for step in steps if isinstance(step.operation, SoundMix)]
    assert len([step for step in steps if isinstance(step.operation, Reclock)]) == 1
    assert {part.first - part.at for part in mix.parts} == {round(3.25 * 48_000)}
    assert [part.declick_in for part in mix.parts] == [True, False, False]


def test_a_camera_that_drifts_is_sought_where_its_clock_is() -> None:
    """With its own sound a take is a plain cut; under another's, frames follow the clock."""
    own = compiled({1: found("2.5", 1000), 2: found("0", 0)})
    (take,) = [clip for clip in pictures(own) if clip.start == 600]
    assert isinstance(take.content, VideoContent)
    assert [stretch.media_in for stretch in take.content.stretches] == [Fraction("17.5") * Fraction("1.001")]
    assert sounds(own)[1].media_in == Fraction("17.5") * Fraction("1.001")
    assert sounds(own)[1].clock == 1
    other = compiled({1: found("2.5", 2000), 2: found("0", 0)}, audio_source=2)
    (take,) = [clip for clip in pictures(other) if clip.start == 600]
    assert isinstance(take.content, VideoContent)
    assert len(take.content.stretches) == 2


def test_clocks_that_agree_change_nothing() -> None:
    made = compiled({1: found("2.5", 0), 2: found("-3.25", 0)}, audio_source=2)
    assert {clip.clock for clip in sounds(made)} == {1}
    assert [clip.media_in for clip in sounds(made)] == [Fraction("3.25"), Fraction("23.25"), Fraction("43.25")]
    assert not made.warnings[: len(made.warnings) - 2]


@pytest.mark.parametrize(("ppm", "way"), [(3000, "fast"), (-2500, "slow")])
def test_what_is_too_much_is_said_with_its_figure(ppm: int, way: str) -> None:
    made = compiled({1: found("0", 0), 2: found("0", ppm)}, audio_source=2)
    assert {clip.clock for clip in sounds(made)} == {1}
    assert any(f"{abs(ppm)} ppm {way}" in warning and "sources[2].sync_offset" in warning for warning in made.warnings)
    assert made.manifests[0]["sync"][1] == {
        "place": "sources[2]", "name": "recorder.wav", "offset_seconds": 0.0, "confidence": 20.0, "places": 12,
        "drift_ppm": float(ppm), "corrected": False,
    }  # fmt: skip


def test_a_clock_may_be_given() -> None:
    given = [SOURCES[0], SOURCES[1], {"asset": "recorder.wav", "sync_offset": 1, "drift_ppm": "14.5"}]
    made = compiled({1: found("0", 0)}, audio_source=2, sources=given)
    assert {clip.clock for clip in sounds(made)} == {1 + Fraction("14.5") / 10**6}
    with pytest.raises(InvalidRequest, match=r"sources\[1\].drift_ppm"):
        compiled({}, sources=[SOURCES[0], {"asset": "close.mp4", "drift_ppm": 2001}, SOURCES[2]])
    with pytest.raises(InvalidRequest, match="what others are measured by"):
        compiled({}, sources=[{"asset": "wide.mp4", "drift_ppm": 3}, *SOURCES[1:]])


def test_others_begin_where_the_first_one_does() -> None:
    """An offset that was found counts from the first source, wherever that lies."""
    moved = [{"asset": "wide.mp4", "sync_offset": 5}, *SOURCES[1:]]
    clocks = clocks_of(request(sources=moved), {"sources[1].sync_offset": found("2.5", 0)}, 0)
    assert [clock.start for clock in clocks] == [5, Fraction("7.5"), 5]


def test_switches_nearer_than_a_frame_do_not_overlap() -> None:
    switches = [{"at": at, "source": place % 2} for place, at in enumerate((0, "1", "1.01", "1.02", "1.04", "1.06"))]
    clips = pictures(compiled({1: found("0", 0)}, Fraction(25), switches=switches, end=2))
    assert [(clip.start, clip.frames) for clip in clips] == [(0, 25), (25, 1), (26, 1), (27, 23)]


@pytest.mark.parametrize(
    "fields",
    [
        {"switches": None, "end": None, "cuts": [{"source": 0, "in": 1, "out": "1.001"}]},
        {"switches": [{"at": 0, "source": 0}], "end": "0.001"},
    ],
)
def test_less_than_a_frame_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match="come to less than a frame"):
        compiled({1: found("0", 0), 2: found("0", 0)}, **fields)


def test_a_recorder_may_come_first() -> None:
    """Size and rate are those of the first source that is seen."""
    library = {"sources[0].asset": facts("r", 100, picture=False), "sources[1].asset": facts("w", 100)}
    asked = request(
        sources=["recorder.wav", {"asset": "wide.mp4", "sync_offset": "auto"}],
        switches=[{"at": 10, "source": 1, "audio": 0}],
        end=20,
    )
    made = compile_request(asked, library, {"sources[1].sync_offset": found("2.5", 1000)})
    canvas = made.timelines[0].canvas
    assert (canvas.width, canvas.height, str(canvas.rate)) == (640, 360, "30")
    (sound,) = sounds(made)
    assert sound.clock == 1 / Fraction("1.001")
    wrong = request(sources=["recorder.wav", "wide.mp4"], switches=[{"at": 0, "source": 9}], end=2)
    with pytest.raises(InvalidRequest, match="9 is not a source"):
        compile_request(wrong, library, {})
