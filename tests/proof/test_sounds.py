"""Random soundtracks: what is mixed is, to the last bits of a float, what the timeline says, from the first sample of every
clip to its last."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reel.curves import EASINGS, Easing, Key, value_at
from reel.make.mixing import mixed
from reel.media import MediaFacts
from reel.plan.operations import Decode, SoundMix
from reel.presets import Canvas
from reel.proof import Sound, sound_of
from reel.time import SAMPLE_RATE, sample_at
from reel.timeline import SoundClip, SoundTrack, Timeline
from tests.plan.facts import facts
from tests.proof import timelines
from tests.proof.rendering import planned


def heard_from(name: str, start: Fraction, seconds: float) -> MediaFacts:
    """A file with a picture from 0 and a sound from another moment on."""
    whole = facts(name, seconds)
    assert whole.audio
    return whole.model_copy(update={"audio": whole.audio.model_copy(update={"start": start})})


LIBRARY = {
    each.sha256: each
    for each in (
        heard_from("together", Fraction(0), 3),
        heard_from("early", Fraction(-83, 1000), 1.5),
        heard_from("late", Fraction(50, 1000), 1),
    )
}

FLOATS = 2e-6
"""Of full scale: some additions and products of 32-bit floats."""


@cache
def noise(asset: str) -> np.ndarray:
    """As loud as speech; it begins in quiet and breaks off at full level."""
    audio = LIBRARY[asset].audio
    assert audio
    samples = math.ceil(audio.duration * SAMPLE_RATE)
    sound = np.random.default_rng(int(asset[:4], 16)).uniform(-0.5, 0.5, (samples, 2)).astype(np.float32)
    sound[: SAMPLE_RATE // 10] *= 0.01
    return sound


SOUNDS = {asset: Sound(each.sound_at, noise(asset).astype(np.float64)) for asset, each in LIBRARY.items()}


def assert_mixed_right(timeline: Timeline, window: tuple[int, int]) -> None:
    plan, _ = planned(timeline, LIBRARY, window=window)
    (mix,) = [step.operation for step in plan.steps if isinstance(step.operation, SoundMix)]
    decoded = {
        step.key: noise(step.operation.source.asset) for step in plan.steps if isinstance(step.operation, Decode)
    }
    found = np.concatenate([*mixed(mix, decoded), np.zeros((0, 2))])
    rate = timeline.canvas.rate
    first, end = (sample_at(frame, rate) for frame in window)
    expected = sound_of(timeline, first, end - first, SOUNDS)
    assert found.shape == expected.shape
    off = np.abs(found - expected).max(axis=1, initial=0)
    assert off.max(initial=0) <= FLOATS, (int(off.argmax()) + first, float(off.max()), timeline.sounds)


@given(random=st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_what_is_mixed_is_what_the_timeline_says(random: Random) -> None:
    timeline = timelines.soundtrack(random, LIBRARY)
    assert_mixed_right(timeline, (0, timeline.frames))


@given(random=st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_so_is_a_part_of_it(random: Random) -> None:
    timeline = timelines.soundtrack(random, LIBRARY)
    first = random.randint(0, timeline.frames - 1)
    assert_mixed_right(timeline, (first, random.randint(first + 1, timeline.frames)))


# --- the reference itself ---------------------------------------------------------------------------------------------

ONE = {"a": Sound(Fraction(-1, 10), np.ones((96_000, 2)))}
RATE = Fraction(30)


def of(*clips: SoundClip) -> Timeline:
    canvas = Canvas(width=64, height=64, rate=RATE)
    return Timeline(name="t", canvas=canvas, frames=60, tracks=(SoundTrack(clips=clips),))


def heard(*clips: SoundClip, at: float) -> float:
    """The sample at a moment in seconds."""
    return float(sound_of(of(*clips), round(at * SAMPLE_RATE), 1, ONE)[0, 0])


def test_a_sound_is_heard_from_its_begin_to_its_end_and_only_then() -> None:
    clip = SoundClip(asset="a", start=3, frames=6)
    assert [heard(clip, at=at) for at in (0.0999, 0.2, 0.3001)] == [0, 1, 0]
    # It is cut out of what goes on: it rises and falls over 10 ms, at equal power.
    assert heard(clip, at=0.105) == pytest.approx(np.sin(np.pi / 4), abs=0.01)
    assert heard(clip, at=0.295) == pytest.approx(np.sin(np.pi / 4), abs=0.01)


def test_what_begins_before_the_picture_is_heard_from_where_it_is_cut() -> None:
    early = SoundClip(asset="a", start=0, frames=30, media_in=Fraction(-1, 10))
    assert heard(early, at=0) == 1  # nothing lies before it, so it begins by itself
    before_all = early.model_copy(update={"media_in": Fraction(-2, 10)})
    assert [heard(before_all, at=at) for at in (0, 0.0999, 0.1001)] == [0, 0, 1]


def test_a_sound_that_goes_on_in_the_next_clip_has_no_seam() -> None:
    one = SoundClip(asset="a", start=0, frames=10)
    other = SoundClip(asset="a", start=10, frames=10, media_in=Fraction(1, 3))
    assert heard(one, other, at=1 / 3 - 0.001) == heard(one, other, at=1 / 3 + 0.001) == 1
    assert heard(one, at=1 / 3 - 0.001) < 0.5


def test_fades_belong_to_the_sound_as_a_whole() -> None:
    looped = SoundClip(asset="a", start=0, frames=60, period=10, fade_in=30, fade_out=30)
    assert heard(looped, at=0.5) == pytest.approx(np.sin(np.pi / 4), abs=1e-3)
    assert heard(looped, at=1.5) == pytest.approx(np.sin(np.pi / 4), abs=1e-3)


@pytest.mark.parametrize("easing", EASINGS)
def test_a_volume_has_its_value_at_each_frame_however_it_swings(easing: Easing) -> None:
    """Over seven frames of sixty a second: points two frames apart cut what swings short, by half a decibel."""
    keys = (Key(frame=20, value=0, easing=easing), Key(frame=27, value=-8), Key(frame=60, value=-8))
    clip = SoundClip(asset="a", start=0, frames=60, gain_db=keys)
    for frame in range(21, 27):
        assert heard(clip, at=frame / 30) == pytest.approx(10 ** (value_at(keys, frame) / 20), rel=1e-3)


def test_volume_runs_straight_or_is_held() -> None:
    keys = (Key(frame=0, value=0, easing="hold"), Key(frame=15, value=-20), Key(frame=30, value=-20))
    clip = SoundClip(asset="a", start=0, frames=60, gain_db=keys)
    assert heard(clip, at=0.4999) == 1
    assert heard(clip, at=0.5026) == pytest.approx(0.55, abs=0.03)
    assert heard(clip, at=0.506) == pytest.approx(0.1)
