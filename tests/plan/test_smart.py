"""What may be copied into which video, and why not."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from reel.kinds import parse_request
from reel.media import Colour, MediaFacts, NativeFormat
from reel.plan.layers import picture_source
from reel.plan.operations import Copied, Picture
from reel.plan.operations.base import SourceClip
from reel.plan.smart import kept_look, pieces, why_not
from reel.presets import Canvas
from tests.plan.facts import facts, plan_request

CANVAS = Canvas(width=1280, height=720, rate=Fraction(30))
BT709 = Colour(matrix="bt709", primaries="bt709", transfer="bt709")
PQ = Colour(matrix="bt2020nc", primaries="bt2020", transfer="smpte2084")
TEN = "yuv420p10le"


def source(name: str = "a", demuxer: str = "mov,mp4", **video: Any) -> MediaFacts:
    known = facts(name, size=(1280, 720))
    assert known.video
    return known.model_copy(update={"demuxer": demuxer, "video": known.video.model_copy(update=video)})


def hevc(name: str = "a", **more: Any) -> MediaFacts:
    return source(name, **{"codec": "hevc", "colour": BT709, **more})


INTO_H264 = [
    (source(), None),
    (source(demuxer="matroska,webm"), None),
    (source(demuxer="mpegts", keyframes=()), None),
    (source(demuxer="avi"), "container"),
    (source(codec="vp9"), "only H.264 and H.265"),
    (source(keyframes=()), "key frames are not known"),
    (source(pixel_format=TEN), "not yuv420p"),
    (source(colour=PQ), "not BT.709"),
    (source(rotation=90), "turned"),
    (source(width=640), "640x720"),
    (hevc(), "other sources are not"),
    (hevc(colour=PQ), "high dynamic range"),
    (hevc(pixel_format="yuv422p10le"), "not 4:2:0"),
    (hevc(variable=True), "unequally long"),
]


@pytest.mark.parametrize(("known", "said"), INTO_H264)
def test_what_is_copied_into_h264(known: MediaFacts, said: str | None) -> None:
    reason = why_not(known, CANVAS)
    assert reason is None if said is None else said in str(reason)


KEPT = [
    ([hevc("a"), hevc("b")], NativeFormat(pixel_format="yuv420p", colour=BT709)),
    ([hevc("a", pixel_format=TEN), hevc("b", pixel_format=TEN)], NativeFormat(pixel_format=TEN, colour=BT709)),
    ([hevc("a", demuxer="mpegts", keyframes=())], NativeFormat(pixel_format="yuv420p", colour=BT709)),
    ([hevc("a"), hevc("b", pixel_format=TEN)], None),
    ([hevc("a"), hevc("b", colour=Colour())], None),
    ([hevc("a"), hevc("b", rotation=90)], None),
    ([hevc("a"), source("b")], None),
    ([source("a"), hevc("b")], None),
    ([hevc("a", colour=PQ)], None),
]


@pytest.mark.parametrize(("seen", "kept"), KEPT)
def test_when_a_video_stays_h265(seen: list[MediaFacts], kept: NativeFormat | None) -> None:
    assert kept_look(seen, CANVAS) == kept


UNSOUGHT = [(0, 40, [(40, False)]), (15, 90, [(90, True)]), (0, 300, [(300, True)])]


@pytest.mark.parametrize(("first", "frames", "made"), UNSOUGHT)
def test_of_a_transport_stream_every_long_cut_is_tried(first: int, frames: int, made: list[tuple[int, bool]]) -> None:
    known = source(demuxer="mpegts", keyframes=())
    assert known.video
    clip = SourceClip(
        source=picture_source(known.sha256, known.demuxer, known.video), frames=frames, media_in=Fraction(first, 30)
    )
    found = list(pieces(clip, {known.sha256: known}, CANVAS))
    assert [(piece.clip.frames, piece.copied) for piece in found] == made
    assert found[0].clip.media_in == Fraction(first, 30)


def pictures(copy: str, seconds: int) -> list[tuple[str, int]]:
    """What a cut from 1.5 s on of a source with a key frame every 8 s is made of: whether it is copied, and its frames."""
    known = facts("a", 100, size=(1280, 720), keyframe_seconds=8)
    cuts = [{"source": 0, "in": 1.5, "out": 1.5 + seconds}]
    document = {"kind": "multicam", "sources": ["a"], "cuts": cuts, "copy": copy, "stills": False}
    plan = plan_request(parse_request(document), {"sources[0].asset": known})
    steps = [step.operation for step in plan.steps]
    return [(each.operation, each.frames) for each in steps if isinstance(each, Picture | Copied)]


LONG = [
    ("auto", 30, [("picture", 195), ("copied", 705)]),
    ("auto", 90, [("picture", 195), ("copied", 1680), ("copied", 825)]),
    ("never", 30, [("picture", 450), ("picture", 450)]),
    ("never", 10, [("picture", 300)]),
]


@pytest.mark.parametrize(("copy", "seconds", "made"), LONG)
def test_a_long_cut_has_one_edge_where_it_is_copied(copy: str, seconds: int, made: list[tuple[str, int]]) -> None:
    """Encoded, it is cut into segments, which spread over processors."""
    assert sorted(pictures(copy, seconds)) == sorted(made)
