"""The bounds are of use: what is wrong with a frame is beyond them."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from random import Random

import numpy as np
import pytest

from reel.presets import Canvas
from reel.proof import frame_of
from reel.proof.reference import LeftOut
from reel.proof.sources import Sources
from reel.timeline import Area, Crop, Framing, MediaRange, PictureClip, PictureTrack, Timeline, VideoContent
from tests.proof import timelines
from tests.proof.compare import distance, planes_of
from tests.proof.rendering import Library
from tests.some import some

PLAIN = 40
"""Levels by which something must differ to be looked for..."""
MANY = 0.03
"""...in this share of the pixels."""


@pytest.mark.parametrize("number", some(range(6), 3))
@pytest.mark.parametrize("content", ["colour", "text", "video", "mixed"])
def test_a_clip_that_is_missing_is_seen(content: str, number: int, library: Library) -> None:
    timeline = timelines.timeline(Random(number), content, library.facts, sounds=False)
    sources = Sources(library.assets)
    frame = timeline.frames // 2
    sources.look_ahead(timeline, [frame])
    whole = planes_of(frame_of(timeline, frame, sources))
    for place, clip in timeline.seen.items():
        if clip.start <= frame < clip.end:
            without = frame_of(timeline, frame, sources, without=[place])
            differs = np.abs(whole[0] - planes_of(without)[0]) > PLAIN
            if differs.mean() > MANY:
                assert not distance(whole, without).is_right, clip


@pytest.mark.parametrize("number", some(range(12), 12))
@pytest.mark.parametrize("content", ["colour", "mixed"])
def test_left_out_by_the_way_or_alone_a_clip_is_as_missing(content: str, number: int, library: Library) -> None:
    timeline = timelines.timeline(Random(number), content, library.facts, sounds=False)
    sources = Sources(library.assets)
    for frame in range(0, timeline.frames, max(1, timeline.frames // 5)):
        there = [place for place, clip in timeline.seen.items() if clip.start <= frame < clip.end]
        sources.look_ahead(timeline, [frame])
        left_out = LeftOut(timeline, frame, sources)
        for place in (*there, *reversed(there)):
            alone = frame_of(timeline, frame, sources, without=[place])
            assert left_out.without(place) == pytest.approx(alone, abs=1e-4), (frame, place)


def test_the_next_frame_is_not_this_one(library: Library) -> None:
    """A test picture that moves, cut to nothing but what moves in it."""
    (asset,) = [facts.sha256 for facts in library.facts.values() if facts.video and facts.video.rate == 60]
    moving = VideoContent(asset=asset, stretches=(MediaRange(media_in=Fraction(0), frames=6, speed=Fraction(4)),))
    whole = Area(x=0, y=0, width=96, height=64)
    framing = Framing(fit="fill", crop=Crop(x=0, y=0.25, width=1, height=0.75))
    clip = PictureClip(content=moving, start=0, frames=6, area=whole, framing=framing)
    canvas = Canvas(width=96, height=64, rate=Fraction(30))
    timeline = Timeline(name="moving", canvas=canvas, frames=6, tracks=(PictureTrack(clips=(clip,)),))
    sources = Sources(library.assets)
    frames = [frame_of(timeline, frame, sources) for frame in range(timeline.frames)]
    assert not any(distance(planes_of(one), other).is_right for one, other in pairwise(frames))


def test_swapped_chroma_and_another_range_are_seen() -> None:
    ramp = np.linspace(0.2, 1, 64, dtype=np.float32)
    expected = np.dstack([np.tile(ramp, (48, 1)), np.tile(ramp[::-1], (48, 1)), np.full((48, 64), 0.5, np.float32)])
    y, u, v = planes_of(expected)
    assert distance((y, u, v), expected).is_right
    assert not distance((y, v, u), expected).is_right
    assert not distance((np.float32(16) + (y - 16) * np.float32(219 / 255), u, v), expected).is_right
