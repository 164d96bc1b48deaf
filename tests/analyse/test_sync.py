"""Recordings of one event are put in time by their sound, to the sample; others are not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from reel.analyse.sync import find_offset

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


def test_recordings_of_different_events_are_not_matched() -> None:
    one, other = event(15, seed=1), event(15, seed=9)
    assert find_offset(microphone(one, 0, len(one), 1, 0.001, 2), microphone(other, 0, len(other), 1, 0.001, 3)) is None


def test_silence_is_not_matched() -> None:
    silent = np.zeros((10 * RATE, 2), np.float32)
    assert find_offset(silent, silent) is None
