"""Recordings of one event are put in time by their sound, to the sample, and their clocks compared; others are not."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from reel.analyse.sync import find_offset
from reel.findings import Offset

RATE = 48_000
Samples = npt.NDArray[np.float32]


def event(seconds: float, seed: int = 1) -> Samples:
    """Speech-like: bursts of coloured noise with pauses."""
    random = np.random.default_rng(seed)
    count = round(seconds * RATE)
    loud = np.repeat(random.random(count // 4800 + 1) > 0.4, 4800)[:count]
    noise = np.convolve(random.normal(size=count), np.exp(-np.arange(60) / 12), "same")
    return (noise * loud * 0.05).astype(np.float32)


def microphone(sound: Samples, begin: int, end: int, gain: float, noise: float, seed: int) -> Samples:
    heard = sound[begin:end] * gain + np.random.default_rng(seed).normal(0, noise, end - begin)
    return np.repeat(heard.astype(np.float32)[:, None], 2, axis=1)


def in_a_hall(sound: Samples, seed: int) -> Samples:
    """With 100 echoes over 0.2 s, and what the wall takes away."""
    random = np.random.default_rng(seed)
    heard = sound.astype(np.float64)
    for delay, strength in zip(random.integers(200, 9600, 100), random.normal(0, 0.06, 100), strict=True):
        heard[delay:] += strength * np.exp(-delay / 4000) * sound[:-delay]
    return np.convolve(heard, [0.5, 0.3, 0.2], "same").astype(np.float32)


def recorder(sound: Samples, begin: float, seconds: float, ppm: float, seed: int) -> Samples:
    """From the second `begin` of the event on, by a clock that runs so many millionths fast."""
    moments = begin * RATE + np.arange(round(seconds * RATE)) / (1 + ppm / 1e6)
    heard = np.interp(moments[moments < len(sound) - 1], np.arange(len(sound)), sound)
    heard = 0.4 * heard + np.random.default_rng(seed).normal(0, 0.003, len(heard))
    return np.repeat(heard.astype(np.float32)[:, None], 2, axis=1)


def farthest_ms(found: Offset, begin: float, seconds: float, ppm: float) -> float:
    """How far off the line that was found is from the true one, at the worst of head, middle and tail."""
    pace, true = 1 + found.drift_ppm / 1e6, 1 + ppm / 1e6
    return max(abs(float(found.seconds) + at / pace - begin - at / true) * 1000 for at in (0.0, seconds / 2, seconds))


@pytest.mark.parametrize(
    ("begin_a", "begin_b", "gain", "noise"),
    [(0, 0, 1, 0), (0, 96_123, 1, 0.001), (48_007, 0, 0.2, 0.003), (0, 400_001, 3, 0.01), (12_345, 12_346, 1, 0.002)],
)
def test_an_offset_is_found_to_the_sample(begin_a: int, begin_b: int, gain: float, noise: float) -> None:
    sound = event(20)
    found = find_offset(
        microphone(sound, begin_a, len(sound), 1, 0.001, 2),
        microphone(sound, begin_b, len(sound) - 7_000, gain, noise, 3),
    )
    assert found
    assert abs(found.seconds * RATE - (begin_b - begin_a)) <= 1
    assert found.drift_ppm == 0


@pytest.mark.parametrize(
    ("ppm", "begin", "seconds"),
    [
        (0, 3.3, 10),
        (145, 3.3, 10),
        (-145, -2.1, 10),
        (1000, 3.3, 10),
        (2000, -2.1, 10),
        (145, -2.1, 40),
        (3000, 3.3, 20),
    ],
)
def test_a_clock_that_runs_fast_or_slow_is_found(ppm: float, begin: float, seconds: float) -> None:
    sound = event(seconds + 8)
    first = recorder(in_a_hall(sound, 4), 2.5, seconds, 0, 5)
    found = find_offset(first, recorder(in_a_hall(sound, 6), 2.5 + begin, seconds, ppm, 7))
    assert found
    assert abs(found.drift_ppm - ppm) <= 25
    assert farthest_ms(found, begin, seconds, ppm) < 0.3


@cache
def minute(number: int) -> Samples:
    return event(60, seed=1000 + number)


def long_recorder(path: Path, begin: float, minutes: int, ppm: float) -> Samples:
    """The same over so many minutes, on disk: it would not fit into memory."""
    made = np.memmap(path, np.float32, "w+", shape=(minutes * 60 * RATE, 2))
    for start in range(0, len(made), 20 * RATE):
        moments = begin * RATE + np.arange(start, start + 20 * RATE) / (1 + ppm / 1e6)
        first = int(moments[0]) // (60 * RATE)
        sound = np.concatenate([minute(first), minute(first + 1)])
        made[start : start + 20 * RATE] = np.interp(moments - first * 60 * RATE, np.arange(len(sound)), sound)[:, None]
        made[start : start + 20 * RATE] += np.random.default_rng(start).normal(0, 0.003, (20 * RATE, 1))
    return made


@pytest.mark.slow
@pytest.mark.parametrize(("ppm", "begin"), [(145, -20.25), (1000, 61.5)])
def test_a_take_of_three_quarters_of_an_hour(ppm: float, begin: float, tmp_path: Path) -> None:
    minutes = 44
    first = long_recorder(tmp_path / "first.f32", 30, minutes, 0)
    found = find_offset(first, long_recorder(tmp_path / "second.f32", 30 + begin, minutes, ppm))
    assert found
    assert abs(found.drift_ppm - ppm) <= 0.2
    assert farthest_ms(found, begin, 60 * minutes, ppm) < 0.5


def test_recordings_that_share_little_are_matched_there() -> None:
    """The one ends 15 s after the other began; each lasts a minute."""
    sound = event(105)
    found = find_offset(recorder(sound, 0, 60, 0, 2), recorder(sound, 45, 59, 0, 3))
    assert found
    assert abs(found.seconds * RATE - 45 * RATE) <= 1


def test_recordings_of_different_events_are_not_matched() -> None:
    one, other = event(15, seed=1), event(15, seed=9)
    assert find_offset(microphone(one, 0, len(one), 1, 0.001, 2), microphone(other, 0, len(other), 1, 0.001, 3)) is None


@pytest.mark.parametrize("seed", range(3))
def test_music_of_one_tempo_is_not_taken_for_another(seed: int) -> None:
    """Beats at the same distance, and nothing else in common."""

    def music(number: int) -> Samples:
        random = np.random.default_rng(number)
        sound = random.normal(0, 0.002, 40 * RATE)
        for beat in range(79):
            sound[beat * RATE // 2 : beat * RATE // 2 + 4800] += random.normal(0, random.uniform(0.02, 0.2), 4800)
        return np.repeat(sound.astype(np.float32)[:, None], 2, axis=1)

    assert find_offset(music(seed), music(seed + 100)) is None


@pytest.mark.parametrize("wired", [(1, -1), (-1, 1), (-1, -1)])
def test_a_microphone_that_is_wired_the_wrong_way_is_matched(wired: tuple[int, int]) -> None:
    """Of opposite sides the sum is silence; of a whole sound turned over, no wave agrees with the other."""
    sound = event(20)
    one = microphone(sound, 0, len(sound), 1, 0.001, 2)
    other = microphone(sound, 96_123, len(sound) - 7_000, 1, 0.001, 3) * np.array(wired, np.float32)
    found = find_offset(one, other)
    assert found
    assert abs(found.seconds * RATE - 96_123) <= 1


def test_silence_is_not_matched() -> None:
    silent = np.zeros((10 * RATE, 2), np.float32)
    assert find_offset(silent, silent) is None
