"""Edit lists of others: read to the frame, refused by their events, and written so that they can be read again."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest

from reel import edl
from reel.errors import InvalidRequest
from reel.kinds import parse_request
from reel.timeline import PictureTrack, VideoContent
from tests.plan.facts import compile_request, facts

RATE = Fraction(30)

LIST = """TITLE: SHOW
FCM: NON-DROP FRAME

001  WIDE     V     C        01:00:02:00 01:00:04:15 00:00:00:00 00:00:02:15
002  AX       V     C        00:00:01:00 00:00:03:00 00:00:02:15 00:00:04:15
* FROM CLIP NAME: close.mp4
003  WIDE     AA    C        01:00:02:00 01:00:04:15 00:00:00:00 00:00:02:15
003  WIDE     V     C        01:00:06:00 01:00:07:00 00:00:04:15 00:00:05:15
"""


def request(text: str) -> dict[str, Any]:
    return {
        "kind": "multicam",
        "sources": [
            {"asset": "media/wide.mov", "name": "wide", "start_timecode": "01:00:00:00"},
            {"asset": "media/close.mp4"},
        ],
        "edl": text,
    }


def shown(text: str) -> list[tuple[str, Fraction, int]]:
    """Of each cut: which source, from which second, and how many frames."""
    library = {f"sources[{place}].asset": facts(name, 60) for place, name in enumerate("wc")}
    (timeline,) = compile_request(parse_request(request(text)), library, {}).timelines
    track = timeline.tracks[0]
    assert isinstance(track, PictureTrack)
    names = {facts(name, 60).sha256: name for name in "wc"}
    return [
        (names[clip.content.asset], clip.content.stretches[0].media_in, clip.frames)
        for clip in track.clips
        if isinstance(clip.content, VideoContent)
    ]


CUTS = [("w", Fraction(2), 75), ("c", Fraction(1), 60), ("w", Fraction(6), 30)]


def test_a_cmx_list_is_cut_to_the_frame() -> None:
    assert shown(LIST) == CUTS


@pytest.mark.parametrize("channels", ["B", "V", "V1", "A/V", "A2/V", "AA/V", "aa/v"])
def test_events_of_picture_with_sound_are_shown(channels: str) -> None:
    assert shown(LIST.replace("WIDE     V  ", f"WIDE     {channels}  ")) == CUTS


def test_notes_below_an_event_of_sound_are_its_own() -> None:
    """Programs list the sound of a cut behind its picture, each with the name of its own file."""
    sound = "003  AX       {}     C        00:00:01:00 00:00:03:00 00:00:02:15 00:00:04:15\n* FROM CLIP NAME: wide\n"
    for channels in ("A", "A2", "AA", "NONE"):
        assert shown(LIST.replace("003  WIDE     AA", sound.format(channels) + "003  WIDE     AA")) == CUTS
    assert shown(LIST + sound.format("AA") + "M2   AX       012.5                00:00:01:00\n") == CUTS


@pytest.mark.parametrize("speed", ["030.0", "30", "+030.00"])
def test_a_speed_that_is_the_sources_own_is_none(speed: str) -> None:
    assert shown(LIST + f"M2   WIDE     {speed}                01:00:06:00\n") == CUTS


def test_what_is_written_can_be_read_again() -> None:
    library = {f"sources[{place}].asset": facts(name, 60) for place, name in enumerate("wc")}
    compiled = compile_request(parse_request(request(LIST)), library, {})
    (name, text) = compiled.documents[0]
    assert name == "multicam.otio"
    assert [(event.begin, event.end - event.begin) for event in edl.read_events(text, RATE)] == [
        (Fraction(2), Fraction(5, 2)), (Fraction(1), Fraction(2)), (Fraction(6), Fraction(1)),
    ]  # fmt: skip


TIMECODES = [
    ("00:00:01:15", Fraction(30), Fraction(3, 2)),
    ("01:00:00:00", Fraction(25), Fraction(3600)),
    ("00:01:00;02", Fraction(30000, 1001), Fraction(1800 * 1001, 30000)),
    ("00:10:00;00", Fraction(30000, 1001), Fraction(17982 * 1001, 30000)),
    ("00:01:00;04", Fraction(60000, 1001), Fraction(3600 * 1001, 60000)),
]


NTSC, DOUBLE = Fraction(30000, 1001), Fraction(60000, 1001)


@pytest.mark.parametrize(
    ("timecode", "rate", "drop", "frame"),
    [
        ("00:01:00:02", NTSC, True, 1800),
        ("00:01:00:00", NTSC, False, 1800),
        ("00:00:59:29", NTSC, True, 1799),
        ("01:00:00:00", NTSC, True, 107_892),
        ("01:00:00:00", NTSC, False, 108_000),
        ("00:10:00:00", DOUBLE, True, 35_964),
        ("00:02:00;04", DOUBLE, False, 7196),
        ("01:00:00:00", Fraction(24000, 1001), False, 86_400),
    ],
)
def test_frames_of_ntsc_timecodes(timecode: str, rate: Fraction, drop: bool, frame: int) -> None:
    assert edl.timecode_seconds(timecode, rate, drop=drop) * rate == frame


@pytest.mark.parametrize(
    ("timecode", "rate", "said"),
    [
        ("00:00:01;00", Fraction(25), "drops frames, which is done at 29.97 and 59.94"),
        ("00:00:01;00", Fraction(30), "drops frames"),
        ("00:01:00;01", NTSC, "that drop frame leaves out"),
        ("00:02:00;03", DOUBLE, "that drop frame leaves out"),
    ],
)
def test_numbers_that_drop_frame_does_not_have(timecode: str, rate: Fraction, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        edl.timecode_seconds(timecode, rate)


def test_a_list_says_how_its_timecodes_count() -> None:
    """As programs write it: `FCM` above, and colons in the timecodes."""
    text = """FCM: DROP FRAME
001  WIDE     V     C        01:00:00:00 01:01:00:02 00:00:00:00 00:01:00:02
FCM: NON-DROP FRAME
002  WIDE     V     C        00:01:00:00 00:01:01:00 00:01:00:00 00:01:01:00
"""
    frames = [int(moment * NTSC) for event in edl.read_events(text, NTSC) for moment in (event.begin, event.end)]
    assert frames == [107_892, 109_692, 1800, 1830]


@pytest.mark.parametrize(
    ("written", "rate"), [(29.97, NTSC), (23.976, Fraction(24000, 1001)), (59.94005994, DOUBLE), (25, Fraction(25))]
)
def test_rates_that_programs_round_are_read_as_what_they_are(written: float, rate: Fraction) -> None:
    document = json.loads(
        edl.to_otio("cut", [edl.Event(place="1", source="a.mov", begin=100 / rate, end=161 / rate)], rate)
    )
    text = json.dumps(document).replace(str(float(rate)), str(float(written)))
    (event,) = edl.read_events(text, rate)
    assert (event.begin, event.end) == (100 / rate, 161 / rate)


@pytest.mark.parametrize(("timecode", "rate", "seconds"), TIMECODES)
def test_timecodes(timecode: str, rate: Fraction, seconds: Fraction) -> None:
    assert edl.timecode_seconds(timecode, rate) == seconds


WRONG = [
    ("nothing here", "edl: holds no event of picture"),
    ("cuts/final cut.EDL\n", "edl: is the name of a file, 'cuts/final cut.EDL'"),
    ("{}", "edl: is no OpenTimelineIO timeline"),
    (LIST.replace("V     C        01:00:06:00", "V     D    030 01:00:06:00"), "edl event 003: is a D, not a cut"),
    (LIST.replace("00:00:04:15 00:00:05:15", "00:00:05:00 00:00:06:00"), "edl event 003: does not begin where"),
    (LIST.replace("close.mp4", "other.mp4"), "edl event 002: is of 'other.mp4', which is no source"),
    (LIST.replace("01:00:06:00 01:00:07:00", "01:00:06:40 01:00:07:00"), "edl event 003: '01:00:06:40' does not exist"),
    (LIST.replace("01:00:06:00 01:00:07:00", "01:01:06:00 01:01:07:00"), "edl event 003: 67 s is past the end"),
    (
        LIST.replace("01:00:02:00 01:00:04:15 00:00:00:00", "00:59:02:00 00:59:04:15 00:00:00:00"),
        "begins 58 s before its source",
    ),
    (
        LIST.replace("close.mp4\n", "close.mp4\nM2   AX       015.0                00:00:01:00\n"),
        "edl event 002: plays at 015.0 frames a second (M2), not at 30",
    ),
    (LIST + "M2   WIDE     -030.0     01:00:06:00\n", "edl event 003: plays at -030.0 frames a second"),
    (LIST + "M2   WIDE     000.0      01:00:06:00\n", "edl event 003: plays at 000.0 frames a second"),
    (LIST.replace("00:00:05:15\n", "00:00:05.15\n"), "edl event 003: cannot be read"),
    (LIST.replace("003  WIDE     V", "003  MY REEL  V"), "edl event 003: cannot be read"),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_what_cannot_be_taken_is_told_by_its_event(text: str, said: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        shown(text)
    assert said in str(refused.value)
