"""Plans of random timelines, frame by frame: what the timeline shows is in the one segment of that frame, as it is at that
frame, in order; and nothing else is.

The walk over the timeline is this file's own. What a plan leaves out must be hidden by this file's own rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reel.curves import constant, value_at
from reel.media import MediaFacts
from reel.plan.operations import Compose, DrawnBitmap, DrawnLoop, ImageBitmap, Join, Picture, TextBitmap
from reel.plan.operations.base import SourceClip
from reel.plan.operations.layers import BitmapPart, ColourPart, Layer, LoopPart, VideoPart
from reel.plan.step import Plan
from reel.presets import DRAWN_LOOPS, Canvas
from reel.timeline import (
    Area,
    ColourContent,
    DrawnContent,
    ImageContent,
    PictureClip,
    PictureTrack,
    TextContent,
    Timeline,
    VideoContent,
)
from tests.plan.facts import facts
from tests.proof import timelines
from tests.proof.rendering import planned

LIBRARY = {
    each.sha256: each
    for each in (
        facts("wide", 9),
        facts("tall", 3, size=(90, 160)),
        facts("still", still=True),
        facts("square", still=True, size=(99, 99)),
    )
}

Seen = tuple[Any, ...]
"""What a clip, or a layer, shows in a frame."""


@given(random=st.randoms(use_true_random=False), share=st.booleans())
@settings(max_examples=30, deadline=None)
@pytest.mark.parametrize("content", timelines.CONTENTS)
def test_each_frame_has_what_the_timeline_shows_in_order_and_nothing_else(
    content: str, random: Random, share: bool
) -> None:
    timeline = timelines.timeline(random, content, LIBRARY)
    assert_right(timeline, (0, timeline.frames), share=share)


@given(random=st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_so_has_each_frame_of_a_part_of_it(random: Random) -> None:
    timeline = timelines.timeline(random, "mixed", LIBRARY)
    first = random.randint(0, timeline.frames - 1)
    assert_right(timeline, (first, random.randint(first + 1, timeline.frames)))


def assert_right(timeline: Timeline, window: tuple[int, int], *, share: bool = True) -> None:
    plan, key = planned(timeline, LIBRARY, window=window, share_segments=share)
    frames = list(frames_of(plan, key, timeline))
    assert len(frames) == window[1] - window[0]
    for frame, found in enumerate(frames, start=window[0]):
        seen = [
            shown(clip, frame, timeline) for clip in clips_at(timeline, frame) if not is_hidden(clip, frame, timeline)
        ]
        # What lies below a clip that hides all may be left out or not, as may how far it has entered.
        whole = len(seen) == len(list(clips_at(timeline, frame)))
        layers = found if whole else found[len(found) - len(seen) :]
        assert len(layers) == len(seen), (frame, "shows more or less than", seen, found)
        for layer, each in zip(layers, seen, strict=True):
            assert matches(layer, each), (frame, "shows", layer, "in place of", each)


def clips_at(timeline: Timeline, frame: int) -> Iterator[PictureClip]:
    for track in timeline.tracks:
        if isinstance(track, PictureTrack):
            yield from (clip for clip in track.clips if clip.start <= frame < clip.end)


def shown(clip: PictureClip, frame: int, timeline: Timeline) -> Seen:
    """What a clip shows in a frame, where, and how far it has entered."""
    age = frame - clip.start
    curves = tuple(value_at(curve, age) for curve in (clip.x, clip.y, clip.scale, clip.rotation, clip.opacity))
    entering = clip.transition if clip.transition and age < clip.transition.frames else None
    entered = (entering.name, entering.frames, entering.easing, entering.colour, age) if entering else None
    return content_of(clip, age, timeline.canvas.rate), clip.area, curves, clip.clipped, entered


def content_of(clip: PictureClip, age: int, rate: Fraction) -> Seen:
    match clip.content:
        case ColourContent(colour=colour):
            return ("colour", colour)
        case TextContent(text=text):
            return ("text", text)
        case ImageContent(asset=asset):
            return ("image", asset)
        case DrawnContent(name=name):
            return ("loop", name, age % round(6 * rate)) if name in DRAWN_LOOPS else ("drawn", name)
        case VideoContent(asset=asset, stretches=stretches):
            begin = 0
            for stretch in stretches:
                if age < begin + stretch.frames:
                    return ("video", asset, stretch.media_in + (age - begin) * stretch.speed / rate)
                begin += stretch.frames
    raise AssertionError(f"{clip} shows nothing at {age}")


def frames_of(plan: Plan, key: str, timeline: Timeline) -> Iterator[list[Seen]]:
    """What the layers of each frame of a joined video show, bottom to top."""
    join = plan.by_key[key].operation
    assert isinstance(join, Join)
    for segment in join.segments:
        assert isinstance(segment, str)
        match plan.by_key[segment].operation:
            case Picture() as picture:
                whole = Area(x=0, y=0, width=picture.canvas.width, height=picture.canvas.height)
                for clip in picture.clips:
                    for frame in range(clip.frames):
                        moment = moment_of(clip, frame, picture.canvas.rate)
                        yield [(moment, whole, (0, 0, 1, 0, 1), None, None)]
            case Compose() as compose:
                assert compose.background == timeline.background
                for frame in range(compose.frames):
                    layers = [layer for layer in compose.layers if layer.first <= frame < layer.end]
                    yield [layer_at(layer, frame - layer.first, plan, compose) for layer in layers]
            case other:
                raise AssertionError(f"{other.operation} is no segment of such a timeline")


def layer_at(layer: Layer, age: int, plan: Plan, compose: Compose) -> Seen:
    curves = tuple(value_at(curve, age) for curve in (layer.x, layer.y, layer.scale, layer.rotation, layer.opacity))
    entrance = layer.entrance
    entered = None
    if entrance and age < entrance.left:
        entered = (entrance.name, entrance.frames, entrance.easing, entrance.colour, age + entrance.age)
    return part_of(layer, age, plan, compose.canvas.rate), layer.area, curves, layer.clipped, entered


def part_of(layer: Layer, age: int, plan: Plan, rate: Fraction) -> Seen:
    match layer.part:
        case ColourPart(colour=colour):
            return ("colour", colour)
        case BitmapPart(bitmap=bitmap):
            match plan.by_key[bitmap].operation:
                case ImageBitmap(source=source):
                    return ("image", source.asset)
                case TextBitmap(text=text):
                    return ("text", text)
                case DrawnBitmap(name=name):
                    return ("drawn", name)
        case LoopPart(loop=key, first=first):
            loop = plan.by_key[key].operation
            assert isinstance(loop, DrawnLoop)
            return ("loop", loop.name, (first + age) % loop.frames)
        case VideoPart(clips=clips):
            for clip in clips:
                if age < clip.frames:
                    return moment_of(clip, age, rate)
                age -= clip.frames
    raise AssertionError(f"{layer} shows nothing at {age}")


def moment_of(clip: SourceClip, frame: int, rate: Fraction) -> Seen:
    zero = LIBRARY[clip.source.asset].zero
    return ("video", clip.source.asset, clip.media_in - zero + frame * clip.speed / rate)


def matches(layer: Seen, clip: Seen) -> bool:
    """Whether a layer is that of a clip: the same content at the same moment, in the same place, as far entered."""
    content, area, curves, clipped, entered = layer
    wanted, own_area, own_curves, own_clipped, own_entered = clip
    same_place = area == own_area and all(abs(a - b) < 1e-6 for a, b in zip(curves, own_curves, strict=True))
    # A plain cut knows nothing of clipping, as nothing leaves the canvas. A loop that is hidden may be anything.
    fits = clipped in (own_clipped, None) and entered == own_entered
    return same_place and fits and (content == wanted or (wanted[0] == "loop" and content == ("colour", "#000000")))


def is_hidden(clip: PictureClip, frame: int, timeline: Timeline) -> bool:
    """Whether a clip of a higher track fills the canvas in a frame, opaque, and neither enters nor leaves by a transition."""
    whole = Area(x=0, y=0, width=timeline.canvas.width, height=timeline.canvas.height)
    above = False
    for track in timeline.pictures:
        here = [each for each in track.clips if each.start <= frame < each.end]
        if above and len(here) == 1 and here[0].area == whole and fills(here[0], frame, LIBRARY):
            return True
        above = above or any(each is clip for each in here)
    return False


def fills(clip: PictureClip, frame: int, library: dict[str, MediaFacts]) -> bool:
    age = frame - clip.start
    still = all(value_at(curve, age) == 0 for curve in (clip.x, clip.y, clip.rotation))
    if not still or value_at(clip.scale, age) != 1 or value_at(clip.opacity, age) < 1:
        return False
    match clip.content:
        case ColourContent(colour=colour):
            return len(colour) == 7
        case VideoContent(asset=asset) | ImageContent(asset=asset):
            video = library[asset].video
            return clip.framing.fit in ("cover", "fill", "contain-blur") and video is not None and not video.alpha
        case DrawnContent(name=name):
            return name in DRAWN_LOOPS
        case _:
            return False


def test_the_rule_of_hiding_can_fail() -> None:
    """An area that is not the canvas, a transparent colour, a clip below: none of them hides."""
    whole = Area(x=0, y=0, width=96, height=64)
    below = PictureClip(content=ColourContent(colour="#ffffff"), start=0, frames=9, area=whole)
    over = PictureClip(content=ColourContent(colour="#000000"), start=0, frames=9, area=whole)
    canvas = Canvas(width=96, height=64, rate=Fraction(30))

    def hidden(above: PictureClip) -> bool:
        tracks = (PictureTrack(clips=(below,)), PictureTrack(clips=(above,)))
        return is_hidden(below, 4, Timeline(name="t", canvas=canvas, frames=9, tracks=tracks))

    assert hidden(over)
    assert not hidden(over.model_copy(update={"area": Area(x=2, y=0, width=94, height=64)}))
    assert not hidden(over.model_copy(update={"content": ColourContent(colour="#000000fe")}))
    assert not hidden(over.model_copy(update={"opacity": constant(0.99)}))
    assert not hidden(over.model_copy(update={"start": 5, "frames": 4}))
