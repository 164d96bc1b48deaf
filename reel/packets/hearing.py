"""What a sound holds, and how near an encoded one is to what was encoded.

Levels are of all samples. Spectra are of windows, spread evenly over the sound: all of a minute, a part of an hour.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reel.raw_samples import Samples
from reel.time import SAMPLE_RATE

WINDOW = 2048
"""Samples of a window: 43 ms, within which a sound hardly changes."""

MOST_WINDOWS = 1400
"""Of a sound: one minute without gaps, and 23 MB."""

AT_A_TIME = 64
"""Windows whose spectra are made at a time: a few megabytes, which stay near the processor."""

EDGE = 500
"""Hertz below an encoder's low-pass from which on it may take something away."""

UNHEARD = 2
"""Bins from 0 Hz on that say nothing of a level: a constant offset lies in them, under a window, and what is below 35 Hz. Opus
has none of the one (it begins at 3 Hz), and little of the other is heard."""

HEARD_DB = -60.0
"""Windows that are softer say nothing."""

BAREST, BARE_NEEDS_DB, BARE_SLOPE_DB = 4.0, 48.0, 36.0
"""A pure tone fills four bins of a windowed spectrum and masks nothing beside it: noise has to be 48 dB below. What fills ten
times as many needs 36 dB less; speech and music hide noise at 10 to 20 dB, which any coder at our rate keeps."""

FEWEST_NEEDS_DB = 6.0


NOISE_HEARD_DB = 6.0
"""Above what is there hides, noise is heard."""

STRETCH = 5 * SAMPLE_RATE
"""Samples: long enough that an encoder's reservoir of bits runs dry, a twelfth of a minute."""


class Ear:
    """Listens to samples on their way: their level, and windows of them."""

    def __init__(self, samples: int) -> None:
        """`samples`: how many will come; what comes beyond them is left out."""
        count = min(MOST_WINDOWS, max(1, samples // WINDOW))
        self.samples = 0
        self.peak = 0.0
        self.starts = [number * samples // count for number in range(count)]
        self.windows = np.zeros((count, WINDOW, 2), np.float32)
        self._left = samples
        self._square = 0.0

    def hear(self, block: Samples) -> None:
        """Take the next samples."""
        self.samples += len(block)
        block = block[: self._left]
        begin, self._left = self.samples - len(block), self._left - len(block)
        self._square += float(np.einsum("ij,ij->", block, block, dtype=np.float64))
        self.peak = max(self.peak, float(block.max(initial=0.0)), -float(block.min(initial=0.0)))
        for number in self._touched(begin, begin + len(block)):
            start = self.starts[number]
            first, end = max(start, begin), min(start + WINDOW, begin + len(block))
            self.windows[number, first - start : end - start] = block[first - begin : end - begin]

    def _touched(self, begin: int, end: int) -> range:
        first = np.searchsorted(self.starts, begin - WINDOW, side="right")
        return range(int(first), int(np.searchsorted(self.starts, end, side="left")))

    @property
    def rms(self) -> float:
        """Root mean square over both channels; full scale is 1."""
        return math.sqrt(self._square / (2 * self.samples)) if self.samples else 0.0


@dataclass(frozen=True)
class Likeness:
    """How an encoded sound compares with what was encoded, below the encoder's low-pass."""

    asked_db: float
    """Level of what is heard of the one, in dB of full scale."""
    found_db: float
    whole_db: float
    """Level of all that was encoded, with an offset from zero, which nobody hears."""
    noise_db: float
    """Of the difference of both."""
    lack_db: float
    """By how much noise is above what is there hides, on the average of all windows."""
    noisiest: int | None
    """The sample at which the `STRETCH` begins in which it is most so; null where noise is heard nowhere."""
    lost: tuple[float, ...]
    """Seconds at which windows begin in which there was sound, and is no more."""


def compare(asked: Ear, found: Ear, cutoff: int) -> Likeness:
    """Hold what an encoder gave, which leaves out what is above `cutoff` hertz, against what it was given."""
    shape = np.hanning(WINDOW).astype(np.float32)
    coded = (cutoff - EDGE) * WINDOW // SAMPLE_RATE
    parts = range(0, len(asked.windows), AT_A_TIME)
    # Of a windowed spectrum's power to that of the samples: Parseval, and the mean square of the window.
    table = np.concatenate(
        [_powers(asked.windows[n : n + AT_A_TIME], found.windows[n : n + AT_A_TIME], shape, coded) for n in parts]
    )
    table[:, :4] /= WINDOW * float((shape**2).sum())
    given_power, got_power, whole_power, noise_power, needs = table.T
    heard = _decibels(whole_power) > HEARD_DB
    lack = np.where(heard, np.maximum(0, needs - (_decibels(whole_power) - _decibels(noise_power))), 0)
    gone = (_decibels(given_power) > LOUD_DB) & (_decibels(got_power) < _decibels(given_power) - LOST_DB)
    return Likeness(
        asked_db=float(_decibels(given_power.mean())),
        found_db=float(_decibels(got_power.mean())),
        whole_db=float(_decibels(whole_power.mean())),
        noise_db=float(_decibels(noise_power.mean())),
        lack_db=float(lack.mean()),
        noisiest=_noisiest(lack, asked) if (lack > NOISE_HEARD_DB).any() else None,
        lost=tuple(asked.starts[number] / SAMPLE_RATE for number in np.flatnonzero(gone)),
    )


def _powers(asked: Samples, found: Samples, shape: Samples, coded: int) -> npt.NDArray[np.float64]:
    """Of each window, in the bins that are coded: the power of what is heard of what was asked and found, that of all that was
    asked, that of their difference, and what is needed of the first."""
    given, got = (np.fft.rfft(_each_channel(windows) * shape)[..., :coded] for windows in (asked, found))
    power = _power(given)
    parts = (power[:, UNHEARD:], _power(got)[:, UNHEARD:], power, _power(got - given))
    totals = (each.sum(axis=1, dtype=np.float64) for each in parts)
    return np.stack([*totals, _needs(power)], axis=1)


def _power(spectra: npt.NDArray[np.complexfloating[Any, Any]]) -> npt.NDArray[np.float32]:
    """Of each bin, of both channels together."""
    return np.asarray((spectra.real**2 + spectra.imag**2).sum(axis=1))


def _each_channel(windows: Samples) -> Samples:
    """Shape (windows, 2, samples): what is transformed lies one after the other."""
    return np.ascontiguousarray(windows.transpose(0, 2, 1))


def _noisiest(lack: npt.NDArray[np.float64], asked: Ear) -> int:
    """Where the stretch begins in whose windows there is most noise to hear, and around it."""
    windows = max(1, min(len(lack), STRETCH * len(lack) // max(1, asked.samples)))
    first = int(np.convolve(lack, np.ones(windows), "valid").argmax())
    return max(0, min(asked.starts[first], asked.samples - STRETCH))


LOUD_DB, LOST_DB = -45.0, 20.0
"""Sound that was this loud and has become softer by this much is lost: no codec at our rate does that."""


def _needs(power: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Which signal to noise each window needs, by how many bins its power fills (the exponential of its entropy)."""
    share = power / np.maximum(power.sum(axis=1, dtype=np.float64), 1e-20)[:, None]
    filled = np.exp(-(share * np.log(share + 1e-20)).sum(axis=1))
    needs = BARE_NEEDS_DB - BARE_SLOPE_DB * np.log10(np.maximum(1.0, filled / BAREST))
    return np.asarray(np.maximum(FEWEST_NEEDS_DB, needs))


def _decibels(power: npt.NDArray[np.float64] | np.float64) -> npt.NDArray[np.float64]:
    return np.asarray(10 * np.log10(np.maximum(power, 1e-12)))
