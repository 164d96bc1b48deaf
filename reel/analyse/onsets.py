"""What two microphones hear alike, at a hundredth of the rate of sound: how fast the level rises and falls in bands of pitch.

Neither gain nor the colour of a microphone is left in it, and recordings whose clocks differ by a few thousandths still match
over ten seconds, which their waves do not.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from reel.raw_samples import Sound, mono
from reel.time import SAMPLE_RATE

Onsets = npt.NDArray[np.float32]
"""Shape (steps, bands), each band of mean 0 and variance 1."""

RATE = 100
"""Steps per second."""

STEP = SAMPLE_RATE // RATE
LENGTH = 2 * STEP
"""Samples that a step looks at."""

EDGES = np.geomspace(150, 8000, 11)
"""Hertz, of the bands: what cameras and recorders both hear of speech and music."""

FLOOR = 1e-3
"""Of a band's mean power: changes far below it are the microphone's own noise."""

HIGHEST = 4.0
"""Standard deviations at which a change is cut: one slammed door must not outweigh a minute."""

BLOCK = 10 * RATE
"""Steps worked on at a time: a few megabytes, however long the recording."""


def onsets(sound: Sound) -> Onsets:
    """The onsets of stereo samples, shape (n, 2), 48 kHz; none where there are less than two steps."""
    count = max(0, (len(sound) - LENGTH) // STEP + 1)
    if count < 2:
        return np.zeros((0, len(EDGES) - 1), np.float32)
    power = np.concatenate([_power(sound, start, min(BLOCK, count - start)) for start in range(0, count, BLOCK)])
    power += FLOOR * power.mean(axis=0) + 1e-20
    changes = np.diff(np.log(power), axis=0)
    spread = changes.std(axis=0)
    even = (changes - changes.mean(axis=0)) / np.where(spread > 1e-6, spread, np.inf)
    return np.asarray(np.clip(even, -HIGHEST, HIGHEST), np.float32)


def _power(sound: Sound, start: int, count: int) -> npt.NDArray[np.float32]:
    """The power in each band, of `count` steps from the step `start` on."""
    heard = mono(sound[start * STEP : (start + count - 1) * STEP + LENGTH])
    frames = np.lib.stride_tricks.sliding_window_view(heard, LENGTH)[::STEP]
    spectrum = np.fft.rfft(frames * np.hanning(LENGTH).astype(np.float32))
    starts = np.round(EDGES * LENGTH / SAMPLE_RATE).astype(int)
    energy = spectrum.real**2 + spectrum.imag**2
    bands: npt.NDArray[np.float64] = np.add.reduceat(energy[:, : starts[-1]], starts[:-1], axis=1)
    return bands.astype(np.float32)
