"""Any stretch of any timeline's sound, straight from the timeline's definition, in double precision.

    samples = sound_of(timeline, 0, 48_000, sounds)

Sounds at other speeds than 1 are approximate here: they are played faster or slower like a tape, pitch and all. So their levels
can be compared in windows of some tens of milliseconds, but not their samples. What is put on another clock lies where it
should, but between its samples it is read along straight lines, which takes of the highest notes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from reel.curves import value_at
from reel.time import SAMPLE_RATE, round_half_up, sample_at, samples_between
from reel.timeline import SoundClip, Timeline

Samples: TypeAlias = npt.NDArray[np.float64]
"""Shape (samples, 2): left and right at 48 kHz, full scale 1."""

RISE = 480
"""Samples (10 ms) over which a sound rises or falls where it is cut out of what goes on beyond the cut."""
BEYOND, QUIET = 48, 0.01
"""It is cut where any of so many samples beyond the cut is louder than this (-40 dB)."""
STEP = 240
"""Samples (5 ms) over which the gain of a held volume key changes to the next, from the moment of that on."""


class Sound(NamedTuple):
    """The decoded sound of an asset."""

    at: Fraction
    """When its first sample is heard, in seconds from `MediaFacts.zero`."""
    samples: Samples


Sounds: TypeAlias = Mapping[str, Sound]
"""By asset."""


class SoundRun(NamedTuple):
    """A stretch of a sound that runs on without a jump, in samples."""

    clip: SoundClip
    first: int
    """Of the asset's samples."""
    at: int
    """On the timeline."""
    samples: int
    before: int
    """How many samples of the clip lie before it."""


def sound_of(timeline: Timeline, first: int, samples: int, sounds: Sounds) -> Samples:
    """What one hears in the samples `[first, first + samples)` of a timeline; louder than full scale where it comes to that."""
    rate = timeline.canvas.rate
    clocked = {(clip.asset, clip.clock): _on_clock(sounds[clip.asset], clip.clock) for clip in timeline.sounds}
    runs = [run for clip in timeline.sounds for run in _runs(clip, clocked[clip.asset, clip.clock], rate)]
    begins = {_begin(run) for run in runs}
    ends = {_end(run) for run in runs}
    result: Samples = np.zeros((samples, 2))
    for run in runs:
        shaped = _shaped(
            run, clocked[run.clip.asset, run.clip.clock].samples, rate, _begin(run) in ends, _end(run) in begins
        )
        since, until = max(first, run.at), min(first + samples, run.at + run.samples)
        if since < until:
            result[since - first : until - first] += shaped[since - run.at : until - run.at]
    return result


def _on_clock(sound: Sound, clock: Fraction) -> Sound:
    """The sound as the project's clock counts it, of which `clock` of its own seconds are one."""
    if clock == 1:
        return sound
    places = np.arange(int(len(sound.samples) / clock)) * float(clock)
    own = np.arange(len(sound.samples))
    return Sound(sound.at / clock, np.stack([np.interp(places, own, channel) for channel in sound.samples.T], axis=1))


def _runs(clip: SoundClip, sound: Sound, rate: Fraction) -> Iterator[SoundRun]:
    each = clip.period or clip.frames
    first = round_half_up((clip.media_in / clip.clock - sound.at) * SAMPLE_RATE)
    for start in range(clip.start, clip.end, each):
        samples = samples_between(start, min(start + each, clip.end), rate)
        yield SoundRun(clip, first, sample_at(start, rate), samples, samples_between(clip.start, start, rate))


def _begin(run: SoundRun) -> tuple[object, ...]:
    """Two runs are one sound that goes on where the one ends as the other begins. What is stretched never goes on."""
    own = None if run.clip.speed == 1 else run
    return run.clip.asset, run.clip.clock, run.first, run.at, own


def _end(run: SoundRun) -> tuple[object, ...]:
    own = None if run.clip.speed == 1 else run
    return run.clip.asset, run.clip.clock, run.first + run.samples, run.at + run.samples, own


def _shaped(run: SoundRun, sound: Samples, rate: Fraction, goes_on: bool, is_continued: bool) -> Samples:
    """All samples of a run, at their gain, faded, and without clicks at cuts."""
    clip, count = run.clip, run.samples
    whole = samples_between(clip.start, clip.end, rate)
    rise = samples_between(clip.start, clip.start + clip.fade_in, rate)
    fall = samples_between(clip.end - clip.fade_out, clip.end, rate)
    passed = run.before + np.arange(count)
    level = _gain(clip, passed, rate) * _rising(passed, rise) * _rising(whole - 1 - passed, fall)
    shortest = min(RISE, count // 2)
    is_first, is_last = run.before == 0, run.before + count == whole
    own = np.arange(count)
    if not goes_on and not (is_first and rise >= shortest) and _is_cut(run, sound, -BEYOND, 0):
        level *= _rising(own, shortest)
    if not is_continued and not (is_last and fall >= shortest) and _is_cut(run, sound, count, count + BEYOND):
        level *= _rising(count - 1 - own, shortest)
    return _played(run, sound, 0, count) * level[:, None]


def _is_cut(run: SoundRun, sound: Samples, first: int, end: int) -> bool:
    """Whether the sound goes on beyond an edge of a run, or itself ends there in full swing."""
    last = run.first + int(run.samples * run.clip.speed)
    if first > 0 and 0 <= last - len(sound) < BEYOND:
        return bool(np.abs(sound[-BEYOND:]).max(initial=0) > QUIET)
    return bool(np.abs(_played(run, sound, first, end)).max(initial=0) > QUIET)


def _played(run: SoundRun, sound: Samples, first: int, end: int) -> Samples:
    """Samples of a run, which may lie beyond its ends; silence where the asset has none. At another speed like a tape."""
    places = run.first + np.arange(first, end) * float(run.clip.speed)
    whole = np.floor(places).astype(int)
    padded = np.zeros((len(whole), 2, 2))
    for ahead in (0, 1):
        inside = (whole + ahead >= 0) & (whole + ahead < len(sound))
        padded[inside, ahead] = sound[whole[inside] + ahead]
    share = (places - whole)[:, None]
    return np.asarray(padded[:, 0] * (1 - share) + padded[:, 1] * share)


def _rising(passed: npt.NDArray[np.integer], length: int) -> npt.NDArray[np.float64]:
    """Equal power: along a quarter of a sine over `length` samples."""
    if length == 0:
        return np.ones(len(passed))
    return np.asarray(np.sin(np.clip((passed + 0.5) / length, 0, 1) * (np.pi / 2)))


def _gain(clip: SoundClip, passed: npt.NDArray[np.integer], rate: Fraction) -> npt.NDArray[np.float64]:
    """The volume curve as a factor, for samples counted from the clip's begin: straight from frame to frame."""
    points = [(clip.gain_db[0].frame, 0, clip.gain_db[0].value)]
    for here, there in pairwise(clip.gain_db):
        if here.easing == "hold":
            points += [(there.frame, 0, here.value), (there.frame, STEP, there.value)]
            continue
        between = range(here.frame + 1, there.frame)
        points += [(frame, 0, value_at(clip.gain_db, frame)) for frame in between]
        points.append((there.frame, 0, there.value))
    places = [samples_between(clip.start, clip.start + frame, rate) + late for frame, late, _ in points]
    gains = [10 ** (value / 20) if value > -90 else 0.0 for *_, value in points]
    return np.asarray(np.interp(passed, places, gains))
