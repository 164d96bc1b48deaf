"""Which rate a video gets that asks for none, and what rates are read as."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from reel.errors import InvalidRequest
from reel.kinds import parse_request
from reel.kinds.encode.compile import own_rate
from reel.kinds.multicam.request import MulticamRequest
from reel.plan.compiled import usual_rate
from reel.plan.smart import why_not
from reel.presets import Canvas
from reel.request.parts import FRAME_RATES
from reel.timeline import PictureTrack, SoundTrack, VideoContent
from tests.plan.facts import compile_request, facts

RATES = [
    *((str(rate), str(rate)) for rate in FRAME_RATES),
    ("23.98", "24000/1001"),
    ("29.97", "30000/1001"),
    ("59.94", "60000/1001"),
    ("2997003/100000", "30000/1001"),
    ("30.0003", "30"),
    ("25.001", "25"),
    ("15", "30"),
    ("15000/1001", "30000/1001"),
    ("12.5", "25"),
    ("12", "24"),
    ("10", "30"),
    ("48", "24"),
    ("48000/1001", "24000/1001"),
    ("100", "50"),
    ("120", "60"),
    ("120000/1001", "60000/1001"),
    ("240", "60"),
    ("29.83", "30000/1001"),
    ("30.05", "30"),
    ("24.4", "24"),
    ("27", "25"),
    ("55", "60000/1001"),
    ("7", "24000/1001"),
    ("500", "60"),
]


@pytest.mark.parametrize(("source", "video"), RATES)
def test_the_nearest_usual_rate(source: str, video: str) -> None:
    assert usual_rate(Fraction(source)) == Fraction(video)


KEPT = [
    *((rate, rate, False) for rate in ("1", "15/2", "25/2", "3003/200", "2983/100", "24000/1001", "25", "144", "240")),
    # What a clock of nanoseconds says, to a millionth.
    ("1000000000/33898305", "59/2", False),
    # Key frames are two seconds apart at most, and one frame is longer; and nobody sees so many.
    ("1/2", "24000/1001", False),
    ("300", "60", False),
    # Of a variable rate, the nearest usual one.
    ("2983/100", "30000/1001", True),
    ("25/2", "25", True),
]


@pytest.mark.parametrize(("master", "video", "variable"), KEPT)
def test_a_master_keeps_its_rate(master: str, video: str, variable: bool) -> None:
    known = facts("a").video
    assert known
    told = {"rate": Fraction(master), "variable": variable, "frames": 10_000}
    assert own_rate(known.model_copy(update=told)) == Fraction(video)


FEW = [
    # Of variable rates: the mean, of how many frames, and what the video has.
    ("13.32", 7, "24"),
    ("29.83", 36, "30"),
    ("29.83", 3600, "30000/1001"),
    ("24000/1001", 7, "24000/1001"),
    ("59", 90, "60"),
    ("24.4", 10, "24"),
    ("24.6", 10, "25"),
    ("12.5", 4, "25"),
]


@pytest.mark.parametrize(("mean", "frames", "video"), FEW)
def test_few_frames_do_not_tell_rates_apart(mean: str, frames: int, video: str) -> None:
    known = facts("a").video
    assert known
    known = known.model_copy(update={"rate": Fraction(mean), "frames": frames, "variable": True})
    assert own_rate(known) == Fraction(video)


RANGES = [
    # Rate, range in seconds, and the first frame and the one after the last, of ten seconds.
    ("25", ("0", "10"), (0, 250)),
    ("25", ("1.019", "1.021"), (25, 26)),
    ("25", ("1.02", "10.03"), (26, 250)),
    ("25", ("9.99", "10"), (249, 250)),
    ("24000/1001", ("0.459", "1"), (11, 24)),
    ("60000/1001", ("1.001", "2.002"), (60, 120)),
    ("15/2", ("1", "1.3"), (8, 10)),
]


@pytest.mark.parametrize(("rate", "wanted", "frames"), RANGES)
def test_the_frames_of_a_range_are_those_nearest(rate: str, wanted: tuple[str, str], frames: tuple[int, int]) -> None:
    known = facts("a")
    assert known.video
    known = known.model_copy(update={"video": known.video.model_copy(update={"rate": Fraction(rate)})})
    start, end = wanted
    asked = parse_request({"kind": "encode", "asset": "a.mp4", "range": {"start": start, "end": end}})
    compiled = compile_request(asked, {"asset": known}, {})
    (timeline,) = compiled.timelines
    assert compiled.master
    begin = compiled.master.begin
    assert [begin * Fraction(rate) + passed for passed in (0, timeline.frames)] == [*frames]
    (picture, sound) = timeline.tracks
    assert isinstance(picture, PictureTrack)
    assert isinstance(sound, SoundTrack)
    content = picture.clips[0].content
    assert isinstance(content, VideoContent)
    assert content.stretches[0].media_in == sound.clips[0].media_in == begin


def request(**more: Any) -> dict[str, Any]:
    return {"kind": "multicam", "sources": ["a.mp4"], "cuts": [{"source": 0, "in": 0, "out": 2}], **more}


@pytest.mark.parametrize("rate", FRAME_RATES)
def test_a_source_sets_its_own_rate_and_can_be_copied(rate: int | str) -> None:
    known = facts("a", size=(1280, 720))
    assert known.video
    known = known.model_copy(update={"video": known.video.model_copy(update={"rate": Fraction(rate)})})
    compiled = compile_request(parse_request(request()), {"sources[0].asset": known}, {})
    (timeline,) = compiled.timelines
    assert timeline.canvas.rate == Fraction(rate)
    assert why_not(known, timeline.canvas) is None


def test_a_source_at_another_rate_than_the_video_is_not_copied() -> None:
    known = facts("a", size=(1280, 720))
    assert known.video
    ntsc = known.model_copy(update={"video": known.video.model_copy(update={"rate": Fraction(30000, 1001)})})
    assert "its rate is 30000/1001, not 30" in str(why_not(ntsc, Canvas(width=1280, height=720, rate=Fraction(30))))


@pytest.mark.parametrize(
    ("asked", "read"), [("29.97", "30000/1001"), (59.94, "60000/1001"), (23.976, "24000/1001"), (25.0, "25")]
)
def test_a_rate_that_is_written_as_people_say_it(asked: str | float, read: str) -> None:
    parsed = parse_request(request(frame_rate=asked))
    assert isinstance(parsed, MulticamRequest)
    assert parsed.frame_rate == Fraction(read)


@pytest.mark.parametrize("asked", [29.9, 31, 0, -25, 25.001, 30.001])
def test_a_rate_that_is_none_is_refused(asked: float) -> None:
    with pytest.raises(InvalidRequest, match="is not one of 24, 25"):
        parse_request(request(frame_rate=asked))
