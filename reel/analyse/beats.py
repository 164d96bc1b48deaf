"""Where the beats of a piece of music fall.

librosa hears the onsets; the beats are then chosen so that they lie on onsets and are evenly spaced, by dynamic programming
(D. Ellis, "Beat Tracking by Dynamic Programming", 2007). Three things are done otherwise than in `librosa.beat.beat_track`:
the tempo is followed through the piece (a path through the autocorrelation of successive windows), so that it may change;
half and double tempo are compared on the whole piece; and the beats are moved to where the sound really rises, because
onsets in a spectrum are late by a part of its window.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from reel.analyse.envelope import HOP, PER_SECOND, Envelope, onset_envelope
from reel.findings import Beats
from reel.raw_samples import Sound, blocks_of, mono
from reel.time import SAMPLE_RATE

SLOWEST_BPM, FASTEST_BPM = 50.0, 215.0
USUAL_BPM, OCTAVES = 118.0, 0.9
"""Tempos are likely as a log-normal distribution about this one, that wide (as librosa's, fitted to dance music)."""

TEMPO_WINDOW_SECONDS, TEMPO_HOP_SECONDS = 8.0, 1.0

STEADINESS = 400.0
"""Weight of a change of tempo, squared in octaves, between two windows: 5 % in a second cost 2.0."""

TIGHTNESS = 80.0
"""Weight of a beat that comes early or late against how strong its onset is (Ellis's alpha)."""

SILENT = 1e-4
"""Peak of a sound, of full scale, below which there is nothing to hear."""


SHORTEST_SECONDS = 3.0
LEAST_CONFIDENCE = 0.4
"""Beats that are hardly stronger than what lies between them are no beats: noise reaches 0.32, music has 0.6 and more."""


def find_beats(samples: Sound, bpm: float | None = None) -> Beats:
    """The beats of stereo samples (shape (n, 2), 48 kHz), in seconds from the first sample.

    `bpm` overrules the tempo that is heard; the beats then keep near to it. No beats, and the reason, where there are none.
    """
    if len(samples) < SHORTEST_SECONDS * SAMPLE_RATE:
        return Beats(reason=f"the music is shorter than {SHORTEST_SECONDS:g} s")
    if max(float(np.abs(block).max(initial=0)) for block in blocks_of(samples)) < SILENT:
        return Beats(reason="the music is silent")
    envelope = onset_envelope(samples)
    periods = _periods(envelope, bpm)
    frames = _track(envelope, periods)
    confidence = _confidence(envelope, frames)
    if confidence < LEAST_CONFIDENCE or len(frames) < 4:
        return Beats(reason="no steady beat was found", confidence=round(max(0.0, confidence), 3))
    times = _placed(samples, frames)
    strengths = _strengths(envelope, frames)
    return Beats(
        times=tuple(round(float(time), 4) for time in times),
        strengths=tuple(round(float(strength), 3) for strength in strengths),
        downbeats=tuple(_downbeats(strengths)),
        bpm=round(60 * (len(times) - 1) / float(times[-1] - times[0]), 2),
        confidence=round(min(1.0, confidence), 3),
    )


def _grid() -> Envelope:
    """Beat periods to choose from, in hops, half a per cent apart."""
    fastest, slowest = 60 * PER_SECOND / FASTEST_BPM, 60 * PER_SECOND / SLOWEST_BPM
    return np.geomspace(fastest, slowest, round(np.log(slowest / fastest) / np.log(1.005)))


def _periods(envelope: Envelope, bpm: float | None) -> Envelope:
    """The beat period in hops, for each hop: a smooth path through the best of all windows."""
    grid = _grid()
    size, hop = round(TEMPO_WINDOW_SECONDS * PER_SECOND), round(TEMPO_HOP_SECONDS * PER_SECOND)
    padded = np.pad(envelope, size // 2)
    centres = np.arange(0, len(envelope), hop)
    scores = np.array([_salience(padded[centre : centre + size], grid) for centre in centres])
    usual = 60 * PER_SECOND / (bpm or USUAL_BPM)
    likely = -0.5 * (np.log2(grid / usual) / (0.04 if bpm else OCTAVES)) ** 2
    path = _smoothest(scores * 4 + likely, np.log2(grid))
    return np.asarray(np.interp(np.arange(len(envelope)), centres, grid[path]))


def _salience(window: Envelope, grid: Envelope) -> Envelope:
    """How well each period explains a window: the mean of its autocorrelation at one to four periods, less that at odd
    halves, which a period of twice the length would explain as well."""
    window = window - window.mean()
    spectrum = np.fft.rfft(window * np.hanning(len(window)), 2 * len(window))
    correlation = np.fft.irfft(np.abs(spectrum) ** 2)[: len(window)]
    correlation /= correlation[0] + 1e-9
    lags = np.arange(len(window))
    multiples = [np.interp(grid * multiple, lags, correlation) for multiple in (1, 2, 3, 4)]
    weights = np.array([0.4, 0.3, 0.15, 0.15])
    return np.asarray(np.tensordot(weights, multiples, 1))


def _smoothest(scores: npt.NDArray[np.float64], octaves: Envelope) -> npt.NDArray[np.intp]:
    """The path through the windows with the highest sum of scores less its changes of tempo (Viterbi)."""
    change = STEADINESS * (octaves[:, None] - octaves[None, :]) ** 2
    total, back = scores[0], []
    for row in scores[1:]:
        reached = total[None, :] - change
        back.append(reached.argmax(axis=1))
        total = row + reached.max(axis=1)
    path = [int(total.argmax())]
    for choice in reversed(back):
        path.append(int(choice[path[-1]]))
    return np.array(path[::-1])


def _track(envelope: Envelope, periods: Envelope) -> npt.NDArray[np.intp]:
    """The hops of the beats: on onsets, and as far apart as the period says (Ellis's dynamic programming)."""
    total = envelope.copy()
    back = np.full(len(envelope), -1)
    for hop in range(len(envelope)):
        period = periods[hop]
        first, last = max(0, hop - round(2 * period)), hop - round(period / 2)
        if last <= 0:
            continue
        gaps = hop - np.arange(first, last)
        reached = total[first:last] - TIGHTNESS * np.log(gaps / period) ** 2
        best = int(reached.argmax())
        if reached[best] > 0:
            total[hop] += reached[best]
            back[hop] = first + best
    end = max(0, len(envelope) - round(periods[-1]))
    beats = [end + int(total[end:].argmax())]
    while back[beats[-1]] >= 0:
        beats.append(int(back[beats[-1]]))
    return _trimmed(np.array(beats[::-1]), envelope)


def _trimmed(beats: npt.NDArray[np.intp], envelope: Envelope) -> npt.NDArray[np.intp]:
    """Without beats before the music begins and after it ends, where there is nothing to hear."""
    near = np.array([envelope[max(0, beat - 8) : beat + 9].max() for beat in beats])
    heard = np.flatnonzero(near > 0.3 * np.median(near))
    return beats[heard[0] : heard[-1] + 1] if len(heard) else beats[:0]


def _confidence(envelope: Envelope, beats: npt.NDArray[np.intp]) -> float:
    """How much more begins on beats than on the average, as a share of the most that could."""
    if len(beats) < 4:
        return 0.0
    on_beats = np.array([envelope[max(0, beat - 3) : beat + 4].max() for beat in beats])
    elsewhere = np.array([envelope[max(0, place - 3) : place + 4].max() for place in range(0, len(envelope), 7)])
    return float((on_beats.mean() - elsewhere.mean()) / (on_beats.mean() + elsewhere.mean() + 1e-9))


def _strengths(envelope: Envelope, beats: npt.NDArray[np.intp]) -> Envelope:
    strengths = np.array([envelope[max(0, beat - 4) : beat + 5].max() for beat in beats])
    return np.asarray(strengths / max(1e-9, float(np.percentile(strengths, 95)))).clip(0, 1)


def _downbeats(strengths: Envelope) -> list[bool]:
    """Beats that begin bars: of bars of two, three and four beats, and of all places to begin, the one whose first beats are
    strongest against the others. Where none stands out, there are no downbeats."""
    best, choice = 0.06, (0, 0)
    for metre in (4, 3, 2):
        for phase in range(metre):
            on = np.arange(len(strengths)) % metre == phase
            if on.any() and not on.all():
                contrast = float(strengths[on].mean() - strengths[~on].mean())
                if contrast > best + 0.03:
                    best, choice = contrast, (metre, phase)
    metre, phase = choice
    return [bool(metre) and place % metre == phase for place in range(len(strengths))]


RISE = 96
"""Samples over which the loudness of the sound itself is summed: 2 ms."""


def _placed(samples: Sound, beats: npt.NDArray[np.intp]) -> Envelope:
    """The beats in seconds, each moved to the steepest rise of the sound within 30 ms, where it rises at all."""
    times = []
    for beat in beats:
        centre = int(beat) * HOP
        first = max(0, centre - 30 * SAMPLE_RATE // 1000)
        near = np.asarray(mono(samples[first : centre + 30 * SAMPLE_RATE // 1000]), np.float64)
        times.append(_rise(near, first, centre) / SAMPLE_RATE)
    return _steadied(np.array(times))


def _rise(near: Envelope, first: int, centre: int) -> float:
    power = (near[: len(near) // RISE * RISE].reshape(-1, RISE) ** 2).sum(axis=1)
    if len(power) < 4:
        return float(centre)
    rises = np.diff(np.log(power + 0.02 * power.max() + 1e-12))
    place = int(rises.argmax())
    return float(first + (place + 1) * RISE) if rises[place] > 0.7 else float(centre)


def _steadied(times: Envelope) -> Envelope:
    """A beat that is off the line through its neighbours by more than 15 ms was moved to something else than the beat."""
    if len(times) < 5:
        return times
    middle = times.copy()
    expected = (times[:-4] + times[1:-3] + times[3:-1] + times[4:]) / 4
    off = np.abs(times[2:-2] - expected) > 0.015
    middle[2:-2][off] = expected[off]
    return middle
