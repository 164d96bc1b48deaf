"""By how much one recording began after another, by the sound that both heard.

Generalised cross-correlation with phase transform (Knapp and Carter, 1976): the spectra are whitened, so that only agreement in
time counts and not loudness, distance or colour of the microphones. First over all of both recordings at a low rate, then
about the best place at the full rate.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from reel.findings import Offset
from reel.time import SAMPLE_RATE

Sound = npt.NDArray[np.float32]
"""Stereo samples, shape (n, 2), 48 kHz."""

COARSE_RATE = 8_000
LONGEST_SECONDS = 1800
"""Of each recording that is listened to: half an hour, in which cameras of one event overlap."""

FINE_SECONDS = 20
"""Of sound that is compared at the full rate, about the middle of what both heard."""

LEAST_CONFIDENCE = 8.0
"""Best match against the spread of all others: unrelated recordings reach 6, a clap in a noisy hall 30."""


def find_offset(first: Sound, second: Sound) -> Offset | None:
    """Seconds after the begin of `first` at which `second` began (negative: before), to a sample.

    Null where nothing in common stands out.
    """
    coarse_a, coarse_b = _coarse(first), _coarse(second)
    if min(len(coarse_a), len(coarse_b)) < COARSE_RATE // 2:
        return None
    lag, confidence = _match(coarse_a, coarse_b)
    if confidence < LEAST_CONFIDENCE:
        return None
    samples = _refined(first, second, lag * (SAMPLE_RATE // COARSE_RATE))
    return Offset(seconds=Fraction(samples, SAMPLE_RATE), confidence=round(confidence, 1))


def _coarse(sound: Sound) -> npt.NDArray[np.float64]:
    """One channel at a low rate: means of neighbours, which also keep out what would alias."""
    step = SAMPLE_RATE // COARSE_RATE
    mono = np.asarray(sound[: LONGEST_SECONDS * SAMPLE_RATE].mean(axis=1), np.float64)
    return np.asarray(mono[: len(mono) // step * step].reshape(-1, step).mean(axis=1))


def _match(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> tuple[int, float]:
    """By how many samples `b` began after `a`, and how far that stands out."""
    size = 1 << (len(a) + len(b)).bit_length()
    cross = np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size))
    # A little of the spectrum's own size stays, or silence between would count as much as sound.
    cross /= np.abs(cross) + 1e-3 * float(np.abs(cross).mean()) + 1e-12
    correlation = np.fft.irfft(cross, size)
    best = int(correlation.argmax())
    spread = float(correlation.std()) or 1.0
    return (best if best < len(a) else best - size), float(correlation[best]) / spread


def _refined(first: Sound, second: Sound, lag: int) -> int:
    """The lag to the sample, from a piece of what both heard."""
    begin, end = max(0, lag), min(len(first), lag + len(second))
    middle, half = (begin + end) // 2, min(FINE_SECONDS * SAMPLE_RATE, end - begin) // 2
    if half < SAMPLE_RATE // 10:
        return lag
    a = np.asarray(first[middle - half : middle + half].mean(axis=1), np.float64)
    b = np.asarray(second[middle - half - lag : middle + half - lag].mean(axis=1), np.float64)
    finer, _ = _match(a, b)
    return lag + finer if abs(finer) < 10 * SAMPLE_RATE // COARSE_RATE else lag
