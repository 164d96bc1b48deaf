"""Random timelines, rendered, joined and decoded: every frame within the bounds of `compare` of the reference.

Some with each run; `python -m tests.proof.many` renders any number of others.
"""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import get_args

import cv2
import numpy as np
import pytest

from reel.curves import constant
from reel.plan.preview import scaled
from reel.presets import Canvas, Fit
from reel.proof import RGB, frame_of
from reel.proof.sources import Sources
from reel.timeline import (
    Area,
    ColourContent,
    Content,
    Framing,
    ImageContent,
    MediaRange,
    PictureClip,
    PictureTrack,
    Timeline,
    Transition,
    VideoContent,
)
from tests.proof import timelines
from tests.proof.compare import distance, planes_of
from tests.proof.rendering import Library, Planes, decoded, rendered

FEW, MORE = 2, 12
"""Timelines of each kind of content with every run, and with a slow one."""


def assert_right(found: list[Planes], timeline: Timeline, first: int, sources: Sources) -> None:
    for frame, picture in enumerate(found, start=first):
        off = distance(picture, frame_of(timeline, frame, sources))
        assert off.is_right, (frame, off, [clip for clip in timeline.seen.values() if clip.start <= frame < clip.end])


def sources_of(timeline: Timeline, library: Library) -> Sources:
    sources = Sources(library.assets)
    sources.look_ahead(timeline, range(timeline.frames))
    return sources


@pytest.mark.parametrize(
    "number", [pytest.param(each, marks=[pytest.mark.slow] if each >= FEW else []) for each in range(MORE)]
)
@pytest.mark.parametrize("content", timelines.CONTENTS)
def test_every_frame_is_what_the_timeline_says(content: str, number: int, library: Library) -> None:
    timeline = timelines.timeline(Random(number), content, library.facts)
    found = decoded(rendered(timeline, library))
    assert len(found) == timeline.frames
    assert_right(found, timeline, 0, sources_of(timeline, library))


@pytest.mark.parametrize("number", range(100, 103))
def test_a_part_of_it_shows_the_same_frames(number: int, library: Library) -> None:
    """Wherever it begins: within a transition, a loop, a moving clip."""
    random = Random(number)
    timeline = timelines.timeline(random, "mixed", library.facts, sounds=False)
    first = random.randrange(timeline.frames)
    end = random.randint(first + 1, timeline.frames)
    found = decoded(rendered(timeline, library, window=(first, end)))
    assert len(found) == end - first
    assert_right(found, timeline, first, sources_of(timeline, library))


def read(path: object) -> RGB:
    picture = cv2.imread(str(path))
    assert picture is not None
    return np.asarray(picture[..., ::-1] / np.float32(255), np.float32)


@pytest.mark.parametrize("number", range(200, 202))
def test_a_single_frame_is_that_frame(number: int, library: Library) -> None:
    random = Random(number)
    timeline = timelines.timeline(random, "mixed", library.facts, sounds=False)
    sources = sources_of(timeline, library)
    for frame in random.sample(range(timeline.frames), min(2, timeline.frames)):
        found = planes_of(read(rendered(timeline, library, sheet=(frame,))))
        assert_right([found], timeline, frame, sources)


def test_a_contact_sheet_has_those_frames_in_their_order(library: Library) -> None:
    timeline = timelines.timeline(Random(300), "mixed", library.facts, sounds=False)
    frames = tuple(range(0, timeline.frames, max(1, timeline.frames // 4)))[:4]
    sheet = read(rendered(timeline, library, sheet=frames))
    columns = min(len(frames), int(np.ceil(np.sqrt(len(frames) * timeline.canvas.height / timeline.canvas.width))))
    rows = -(-len(frames) // columns)
    height, width = sheet.shape[0] // rows, sheet.shape[1] // columns
    sources = sources_of(timeline, library)
    for number, frame in enumerate(frames):
        top, left = number // columns * height, number % columns * width
        whole = frame_of(timeline, frame, sources)
        expected = np.clip(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), 0, 1)
        off = np.abs(sheet[top : top + height, left : left + width] - expected)
        assert off.mean() < 8 / 255, (frame, off.mean())


def alone(content: Content, fit: Fit, scale: float = 1.0) -> Timeline:
    """One clip that fills a part of the canvas."""
    clip = PictureClip(
        content=content,
        start=0,
        frames=2,
        area=Area(x=32, y=16, width=192, height=160),
        framing=Framing(fit=fit, focus=(0.3, 0.5)),
        scale=constant(scale),
        place="clip",
    )
    canvas = Canvas(width=256, height=192, rate=Fraction(30))
    return Timeline(name="alone", canvas=canvas, frames=2, tracks=(PictureTrack(clips=(clip,)),))


def contents(library: Library) -> dict[str, Content]:
    """A video and a still picture, neither of the area's shape."""
    video = next(facts for facts in library.facts.values() if facts.video and not facts.still)
    still = next(facts for facts in library.facts.values() if facts.still)
    stretch = MediaRange(media_in=Fraction(0), frames=2)
    return {
        "video": VideoContent(asset=video.sha256, stretches=(stretch,)),
        "image": ImageContent(asset=still.sha256),
    }


@pytest.mark.parametrize("fit", get_args(Fit))
@pytest.mark.parametrize("kind", ["video", "image"])
def test_a_preview_of_half_the_size_shows_the_same(kind: str, fit: Fit, library: Library) -> None:
    """Held against the reference of the whole, halved: what a fit measures in pixels is halved too."""
    whole = alone(contents(library)[kind], fit)
    small = decoded(rendered(scaled(whole, 0.5), library))
    picture = frame_of(whole, 0, sources_of(whole, library))
    half = np.asarray(cv2.resize(picture, (128, 96), interpolation=cv2.INTER_AREA), np.float32)
    assert distance(small[0], half).is_right


@pytest.mark.parametrize("fit", get_args(Fit))
def test_a_picture_that_is_scaled_grows_whatever_its_fit(fit: Fit, library: Library) -> None:
    """It is drawn larger than its area then."""
    timeline = alone(contents(library)["image"], fit, scale=1.4)
    assert_right(decoded(rendered(timeline, library)), timeline, 0, sources_of(timeline, library))


@pytest.mark.parametrize("name", ["wind-down", "wind-left", "dissolve", "slide-left", "squeeze-v"])
def test_transitions_in_an_area_that_lies_partly_beyond_the_canvas(name: str, library: Library) -> None:
    """It is the part on the canvas that they take place in: its streaks and grains lie where the reference has them."""
    area, still = Area(x=-24, y=32, width=160, height=180), constant(0.0)
    black, white = (
        PictureClip(
            content=ColourContent(colour=colour), start=start, frames=frames, area=area, x=still, y=still, place="clip"
        )
        for colour, start, frames in (("#101010", 0, 10), ("#f0f0f0", 0, 10))
    )
    entering = white.model_copy(update={"transition": Transition(name=name, frames=10)})
    canvas = Canvas(width=192, height=192, rate=Fraction(30))
    timeline = Timeline(name="beyond", canvas=canvas, frames=10, tracks=(PictureTrack(clips=(black, entering)),))
    found = decoded(rendered(timeline, library))
    sources = sources_of(timeline, library)
    for frame in (2, 5, 7):
        expected = planes_of(frame_of(timeline, frame, sources))[0]
        assert np.abs(found[frame][0] - expected).mean() < 6, frame
