"""Mixing: every part at its place, faded, declicked and added up, in bounded memory."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reel.errors import Internal
from reel.plan.operations import SoundMix
from reel.plan.operations.sounds import SoundPart
from reel.raw_samples import BLOCK, Samples, Sound
from reel.time import SAMPLE_RATE

DECLICK_SAMPLES = 480
"""10 ms: too short to be heard as a fade, long enough that no click is left."""

NEAR_SAMPLES = 48
"""The millisecond beyond a cut that tells whether a wave is cut through there."""

QUIET = 0.01
"""-40 dB of full scale: a wave that breaks off below it is lost in what it belongs to, and codecs smear a loud beat that far
before it."""


@dataclass
class _Playing:
    """A part that is being added up, and whether anything was heard of it."""

    part: SoundPart
    sound: Sound
    rise: int
    """Samples over which it rises where it is cut in."""
    fall: int
    heard: bool = False


def mixed(operation: SoundMix, sounds: Mapping[str, Sound], place: str = "sound") -> Iterator[Samples]:
    """The soundtrack in blocks: every part at its place, added up. Memory does not grow with the number of parts.

    Raises `Internal` where nothing is heard of a part whose sound is not silent there.
    """
    parts = sorted(operation.parts, key=lambda part: part.at)
    playing: list[_Playing] = []
    coming = iter(parts)
    upcoming = next(coming, None)
    for start in range(0, operation.samples, BLOCK):
        end = min(start + BLOCK, operation.samples)
        while upcoming and upcoming.at < end:
            playing.append(_begun(upcoming, sounds[upcoming.sound]))
            upcoming = next(coming, None)
        block = np.zeros((end - start, 2), np.float32)
        for each in playing:
            _add(block, start, each)
            if min(each.part.at + each.part.samples, operation.samples) <= end:
                _expect_heard(each, operation.samples, place)
        playing = [each for each in playing if each.part.at + each.part.samples > end]
        yield block


def _add(block: Samples, start: int, playing: _Playing) -> None:
    """Add to `block`, whose first sample is `start`, what it shares with a part. Beyond both its ends a sound is silent."""
    part, sound = playing.part, playing.sound
    shift = part.first - part.at
    first = max(start, part.at, -shift)
    end = min(start + len(block), part.at + part.samples, len(sound) - shift)
    if first >= end:
        return
    since, left = first - part.at, part.at + part.samples - first
    shaped = _at_gain(sound[first + shift : end + shift], part, since)
    _fade_in(shaped, since + part.before, part.fade_in)
    _fade_out(shaped, left + part.after, part.fade_out)
    _fade_in(shaped, since, playing.rise)
    _fade_out(shaped, left, playing.fall)
    playing.heard = playing.heard or bool(shaped.any())
    block[first - start : end - start] += shaped


def _expect_heard(playing: _Playing, samples: int, place: str) -> None:
    """Hold a part of which nothing was heard against its sound, looked up once more and apart from mixing."""
    part, sound = playing.part, playing.sound
    if playing.heard or not any(key.gain for key in part.gain):
        return
    # Its very ends may be faded to nothing.
    begin, end = max(0, -part.at) + DECLICK_SAMPLES, min(part.samples, samples - part.at) - DECLICK_SAMPLES
    begin = max(begin, -part.first)
    keys = [key.sample for key in part.gain], [key.gain for key in part.gain]
    for first in range(begin, end, BLOCK):
        there = between(sound, part.first + first, part.first + min(first + BLOCK, end))
        volume = np.interp(np.arange(first, first + len(there)), *keys)
        if peak(there[volume > 0]) > QUIET:
            seconds = f"{max(0, part.at) / SAMPLE_RATE:.3f} to {(part.at + part.samples) / SAMPLE_RATE:.3f} s"
            raise Internal.at(place, f"is silent from {seconds}, though its source is not", "report this")


def _begun(part: SoundPart, sound: Sound) -> _Playing:
    """A part with short fades where it is cut out of a sound: where a wave would break off, one would hear a click.

    Where the sound is silent just before, it begins by itself, and a fade would only take its first beat.
    """
    shortest = min(DECLICK_SAMPLES, part.samples // 2)
    fades_in = part.before == 0 and part.fade_in >= shortest
    fades_out = part.after == 0 and part.fade_out >= shortest
    cut_in = part.declick_in and peak(between(sound, part.first - NEAR_SAMPLES, part.first)) > QUIET
    last = part.first + part.samples
    cut_out = part.declick_out and _breaks_off(sound, last)
    return _Playing(
        part, sound, shortest if cut_in and not fades_in else 0, shortest if cut_out and not fades_out else 0
    )


def _breaks_off(sound: Sound, last: int) -> bool:
    """Whether a wave is cut through before the sample `last`: it would go on there, or the sound itself ends in full swing."""
    if last >= len(sound):
        return last - len(sound) < NEAR_SAMPLES and peak(sound[-NEAR_SAMPLES:]) > QUIET
    return peak(between(sound, last, last + NEAR_SAMPLES)) > QUIET


def between(sound: Sound, first: int, end: int) -> Samples:
    """The samples of a half-open range, as far as there are any."""
    return sound[max(0, first) : max(0, end)]


def peak(samples: Samples) -> float:
    """The highest sample of both channels."""
    return max(float(samples.max(initial=0.0)), -float(samples.min(initial=0.0)))


def _at_gain(taken: Samples, part: SoundPart, since: int) -> Samples:
    """Samples of a part from its sample `since` on, at its gain, which runs straight between its keys."""
    if len(part.gain) == 1:
        return taken * np.float32(part.gain[0].gain)
    keys = [key.sample for key in part.gain], [key.gain for key in part.gain]
    gain = np.interp(np.arange(since, since + len(taken)), *keys).astype(np.float32)
    return np.asarray(taken * gain[:, None])


def _fade_in(shaped: Samples, since: int, length: int) -> None:
    """Fade samples in, of which the first is the sample `since` of a rise of so many: along a quarter of a sine, so that two
    sounds that cross keep their power together."""
    rising = np.arange(since, min(since + len(shaped), length))
    if len(rising):
        shaped[: len(rising)] *= _quarter(rising, length)


def _fade_out(shaped: Samples, left: int, length: int) -> None:
    """Fade samples out, of which the first has `left` samples, with itself, until the end of a fall of so many."""
    falling = left - 1 - np.arange(max(0, left - length), len(shaped))
    if len(falling):
        shaped[len(shaped) - len(falling) :] *= _quarter(falling, length)


def _quarter(passed: npt.NDArray[np.int64], length: int) -> Samples:
    return np.sin((passed + 0.5) / length * (math.pi / 2)).astype(np.float32)[:, None]


def decibels(level: float) -> float:
    """A linear level in dB of full scale; silence is -120."""
    return 20 * math.log10(max(level, 1e-6))
