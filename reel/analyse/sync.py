"""When one recording began against another, and how much faster its clock runs, by the sound that both heard.

Recorders count seconds by crystals of their own: of two, one runs up to 100 parts per million faster, cheap ones more. So what
is sought is a line, not a moment: the second `u` of the one recording is the second `begin + pace * u` of the other. A wave
matches another only as long as both clocks agree to a fraction of it, so the line is found in three steps, each finer:

1. *Search*: ten seconds of the one recording in all of the other, by their onsets (`reel.analyse.onsets`).
2. *Follow*: from there to the head and the tail of what both heard, at evenly spaced places, by onsets too.
3. *Refine*: at each place, generalised cross-correlation with phase transform (Knapp and Carter, 1976) of the waves themselves,
   with the one recording put on the other's clock by the line so far: the spectra are whitened, so that only agreement in time
   counts and not loudness, distance or colour of the microphones. Each round's line allows longer windows in the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice

import numpy as np
import numpy.typing as npt

from reel.analyse.lines import SHORTEST_SECONDS, STEEPEST, Line, SyncPoint, fitted
from reel.analyse.onsets import RATE, Onsets, onsets
from reel.findings import Offset
from reel.raw_samples import Sound, mono
from reel.time import SAMPLE_RATE

Wave = npt.NDArray[np.float64]

WINDOW_SECONDS = 10.0
"""Of sound that is sought or followed: long enough to be told from all other, short enough that a clock that is off by 5,000
parts per million has moved by 50 ms within it."""

MOST_SEARCHES = 120
"""How many windows are sought, at most, before two recordings are said to have nothing in common."""

MOST_PLACES = 24
"""At which what both heard is compared."""

LEAST_CONFIDENCE = 7.0
"""Of onsets: best match against the spread of all others. Music of the same tempo reaches 9, and is told by its waves."""

MOST_SEEDS = 6
"""How many of the places that stand out are looked at more closely."""

LEAST_SHARE = 4
"""One in so many places must match by its waves."""

LEAST_AGREEMENT = 6.0
"""The same of waves, at a place of which it is known to some milliseconds where it must match: others reach 4.5."""

ROUNDS = ((0.03, 0.010), (0.004, 0.001), (0.001, 0.0003))
"""Of refining: seconds about the line in which a place is looked for, and seconds from the line at which it is left out."""

LONGEST_WAVE, SHORTEST_WAVE = 2.0, 0.25
"""Seconds of the windows whose waves are compared."""

SMEAR = 0.5e-3
"""Seconds by which both clocks may run apart within such a window, as far as is known."""

LEAST_EFFECT = 0.5e-3
"""Seconds: where all of a recording runs less than that apart, its clock counts as right."""


def find_offset(first: Sound, second: Sound) -> Offset | None:
    """When `second` began in seconds of `first` (negative: before), to a sample, and how much faster its clock runs.

    Null where nothing in common stands out. Memory is bounded by what a hundredth of the sound takes.
    """
    if min(len(first), len(second)) < SHORTEST_SECONDS * SAMPLE_RATE:
        return None
    ones, others = onsets(first), onsets(second)
    for seed, confidence in islice(_sought(ones, others), MOST_SEEDS):
        line = fitted(list(_followed(ones, others, seed)), tolerance=0.03, doubt_of_each=0.005)
        agreeing = 0
        for radius, tolerance in ROUNDS:
            places = list(_refined(first, second, line, radius))
            if len(places) * LEAST_SHARE < len(_centres(first, second, line)):
                break
            line = fitted(places, tolerance, doubt_of_each=tolerance / 4)
            agreeing = sum(abs(place.of_first - line.at(place.of_second)) <= tolerance for place in places)
        if agreeing:
            return _offset(line, len(second) / SAMPLE_RATE, confidence, agreeing)
    return None


def _offset(line: Line, seconds: float, confidence: float, places: int) -> Offset:
    """What is told of a line, where that is more than what cannot be heard or was not measured for certain."""
    drift = 1 / line.pace - 1
    certain = abs(drift) > 2 * line.doubt and abs(drift) * seconds > LEAST_EFFECT
    begin = line.begin if certain else line.begin + (line.pace - 1) * seconds / 2
    return Offset(
        seconds=Fraction(round(begin * SAMPLE_RATE), SAMPLE_RATE),
        confidence=round(confidence, 1),
        drift_ppm=round(drift * 1e6, 1) if certain else 0.0,
        places=places,
    )


def _sought(ones: Onsets, others: Onsets) -> Iterator[tuple[SyncPoint, float]]:
    """Places that both may have heard, and how far each stands out: windows of the second recording in all of the first."""
    window = min(len(others), round(WINDOW_SECONDS * RATE))
    size = 1 << (len(ones) + window).bit_length()
    spectrum = np.fft.rfft(ones, size, axis=0)
    for start in _spread(len(others) - window, window):
        sought = np.fft.rfft(others[start : start + window], size, axis=0)
        match = np.fft.irfft(np.einsum("fb,fb->f", spectrum, sought.conj()), size)
        best = int(match.argmax())
        confidence = float(match[best] / (match.std() or 1.0))
        if confidence >= LEAST_CONFIDENCE:
            begin = best if best < len(ones) else best - size
            yield SyncPoint((begin + window / 2) / RATE, (start + window / 2) / RATE), confidence


def _spread(last: int, step: int) -> list[int]:
    """Starts of windows from 0 to `last`: the middle first, then each time between those before, as a bisection goes."""
    count = min(MOST_SEARCHES, -(-last // step) + 1)
    starts = [round(last * number / max(1, count - 1)) for number in range(count)] if count > 1 else [last // 2]
    bits = count.bit_length()
    order = sorted(range(count), key=lambda number: int(format(number, f"0{bits}b")[::-1], 2))
    return [starts[(number + count // 2) % count] for number in order]


def _centres(first: Sound, second: Sound, line: Line, window: float = 0.0) -> list[float]:
    """Seconds of the second recording, evenly from head to tail of what both heard, half a window inside."""
    begin = max(0.0, -line.begin / line.pace) + window / 2
    end = min(len(second) / SAMPLE_RATE, (len(first) / SAMPLE_RATE - line.begin) / line.pace) - window / 2
    if end <= begin:
        return [(begin + end) / 2]
    return [float(second) for second in np.linspace(begin, end, min(MOST_PLACES, 3 + int((end - begin) // 1)))]


def _followed(ones: Onsets, others: Onsets, seed: SyncPoint) -> Iterator[SyncPoint]:
    """Places from the seed on to both ends, each looked for where the ones before it lead to."""
    yield seed
    begin = max(0.0, seed.of_second - seed.of_first)
    end = min(len(others) / RATE, begin + len(ones) / RATE, seed.of_second + len(ones) / RATE - seed.of_first)
    window = min(WINDOW_SECONDS, max(SHORTEST_SECONDS, (end - begin) / 4))
    inside = np.linspace(
        begin + window / 2, end - window / 2, min(MOST_PLACES, max(2, int(2 * (end - begin) / window)))
    )
    for side in (
        [float(at) for at in inside if at > seed.of_second],
        [float(at) for at in inside[::-1] if at < seed.of_second],
    ):
        last = seed
        for at in side:
            expected = last.of_first + at - last.of_second
            radius = 0.05 + STEEPEST * abs(at - last.of_second)
            if (found := _matched(ones, others, at, expected, window, radius)) is not None:
                last = SyncPoint(found, at)
                yield last


def _matched(ones: Onsets, others: Onsets, at: float, expected: float, window: float, radius: float) -> float | None:
    """The second of the first recording that the second `at` of the other matches best; null where none does."""
    half, reach = round(window * RATE / 2), round(radius * RATE) + 2
    middle, about = round(at * RATE), round(expected * RATE)
    half = min(half, middle, len(others) - middle)
    begin = about - half - reach
    field = ones[max(0, begin) : max(0, about + half + reach)]
    sought = others[middle - half : middle + half]
    if half < 10 or len(field) < len(sought):
        return None
    match = sum(np.correlate(field[:, band], sought[:, band], "valid") for band in range(field.shape[1]))
    assert isinstance(match, np.ndarray)
    best = int(match.argmax())
    # Of unrelated sound, sums of so many products of two numbers of variance 1 spread by the root of their number.
    if match[best] < LEAST_AGREEMENT * np.sqrt(sought.size):
        return None
    return (max(0, begin) + best + _between(match, best) + half) / RATE + at - middle / RATE


def _between(match: npt.NDArray[np.floating], best: int) -> float:
    """Where the peak lies between samples: the vertex of the parabola through its three highest."""
    if not 0 < best < len(match) - 1:
        return 0.0
    before, peak, after = (float(match[place]) for place in (best - 1, best, best + 1))
    bend = before - 2 * peak + after
    return 0.5 * (before - after) / bend if bend < 0 else 0.0


def _refined(first: Sound, second: Sound, line: Line, radius: float) -> Iterator[SyncPoint]:
    """Places at which the waves match, near the line."""
    window = min(LONGEST_WAVE, max(SHORTEST_WAVE, SMEAR / max(line.doubt, 1e-9)))
    for at in _centres(first, second, line, window + 2 * radius):
        half = round(window * SAMPLE_RATE / 2)
        middle = round(line.at(at) * SAMPLE_RATE)
        begin = max(0, middle - half)
        a = _mono(first, begin, middle + half)
        moments = (np.arange(begin, begin + len(a)) / SAMPLE_RATE - line.begin) / line.pace * SAMPLE_RATE
        if len(a) < SHORTEST_WAVE * SAMPLE_RATE / 2 or moments[-1] < 0 or moments[0] > len(second):
            continue
        earliest = max(0, int(moments[0]))
        heard = _mono(second, earliest, int(moments[-1]) + 2)
        if len(heard) < len(a) / 2:
            continue
        b = np.interp(moments - earliest, np.arange(len(heard)), heard, left=0.0, right=0.0)
        lag, confidence = _match(a, b, round(radius * SAMPLE_RATE))
        if confidence >= LEAST_AGREEMENT:
            moment = (begin + len(a) / 2) / SAMPLE_RATE
            yield SyncPoint(moment + lag / SAMPLE_RATE, (moment - line.begin) / line.pace)


def _mono(sound: Sound, begin: int, end: int) -> Wave:
    return np.asarray(mono(sound[max(0, begin) : max(0, end)]), np.float64)


def _match(a: Wave, b: Wave, reach: int) -> tuple[float, float]:
    """By how many samples `a` comes after `b`, at most `reach`, and how far that stands out."""
    size = 1 << (len(a) + round(ROUNDS[0][0] * SAMPLE_RATE) - 1).bit_length()
    cross = np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size))
    # A little of the spectrum's own size stays, or silence between would count as much as sound.
    cross /= np.abs(cross) + 1e-3 * float(np.abs(cross).mean()) + 1e-12
    correlation = np.fft.irfft(cross, size)
    # Against what lies near: two bursts of noise that are nothing to each other agree about as well wherever they overlap, and
    # not at all elsewhere.
    about = round(ROUNDS[0][0] * SAMPLE_RATE)
    field = np.concatenate([correlation[-about:], correlation[: about + 1]])
    near = field[about - reach : about + reach + 1]
    # One of both microphones may be wired the wrong way.
    near = near if near.max() >= -near.min() else -near
    best = int(near.argmax())
    return best - reach + _between(near, best), float(near[best]) / (float(field.std()) or 1.0)
