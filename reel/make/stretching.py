"""Playing sound faster or slower at its own pitch, every sample where it belongs.

Waveform-similarity overlap-add (WSOLA; Verhelst and Roelands, 1993): the sound is put together of short pieces of the
source, each cross-faded to the next at a place near the wanted one where the waves look alike. Two things are our own, for
what is seen and heard must meet: a piece may be moved by no more than 2 ms of what is heard (by more, half a period, only where
the sound is periodic, and so has no place), and where something strikes (a beat, a click, the begin of a word), the piece is
put exactly where that belongs, is heard once, and is not faded through.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from reel.plan.operations import TimeStretch
from reel.raw_samples import BLOCK, Samples, Sound
from reel.time import SAMPLE_RATE, round_half_up

MS = SAMPLE_RATE // 1000
"""Samples of a millisecond."""

FADE = 10 * MS
"""Of one piece to the next: a period of 100 Hz, so that low voices have a wave in it to be matched."""

HOP = 14 * MS
"""From the begin of one piece to that of the next. The ends of a piece lie off by half its length times the change of speed."""

OFF = 2 * MS
"""By how much a piece may be moved, as heard."""

LOWEST = 25 * MS
"""A period of 40 Hz, the lowest pitch that is kept: over so much waves are compared, and so far away one that repeats is looked
for."""

WIDE = LOWEST // 2
"""By how much a piece may be moved where the sound is periodic: half a period each way, so that one that fits is in reach."""

ALIKE, PERIODIC, BETTER = 0.98, 0.9, 3.0
"""Correlations. A match under the first is looked for further away: the pieces of a low tone lie close enough by 2 ms to look
alike, and yet a row of them has another pitch. One above the second is found in periodic sound alone. To be moved further, it
has to leave so many times less unlike: what is said in a low voice would else lose its time for little."""

SLOW = 3 * MS
"""Nearer each other than this, places look alike for being slow; further away, from 25 Hz on, only for being periodic."""

AS_GOOD = 0.1
"""Of correlation, by which a match may be worse than the best and count as good: of several the nearest is taken."""

LOUDER = 4.0
"""A strike has so many times the energy of each millisecond in `QUIET_BEFORE` (6 dB)."""

QUIET_BEFORE = 25
"""Milliseconds: longer than a period of the lowest voice, whose every pulse would be a strike else."""

FLOOR = 1e-5
"""Mean square (-50 dB) under which nothing strikes."""

GUARD, STRIKE_FADE, STRIKE = MS // 2, 2 * MS, 4 * MS
"""Before a strike the source is heard as it is for so long, faded in over so much; and nothing of so much behind it is heard
again."""


@dataclass(frozen=True)
class _Source:
    """Samples that are silent beyond both their ends."""

    samples: Sound

    def take(self, first: int, count: int) -> Samples:
        begin, end = max(0, first), min(len(self.samples), first + count)
        if begin == first and end == first + count:
            return np.asarray(self.samples[begin:end])
        taken = np.zeros((count, 2), np.float32)
        if begin < end:
            taken[begin - first : end - first] = self.samples[begin:end]
        return taken


def stretched(sound: Sound, operation: TimeStretch) -> Iterator[Samples]:
    """The samples of a stretch with its margins, in blocks."""
    source = _Source(sound)
    total = operation.samples + 2 * operation.margin
    waiting: list[Samples] = []
    count = 0
    for piece in _pieces(source, operation):
        piece = piece[: total - count]
        waiting.append(piece)
        count += len(piece)
        if sum(map(len, waiting)) >= BLOCK or count == total:
            yield np.concatenate(waiting)
            waiting = []
        if count == total:
            return


def _pieces(source: _Source, operation: TimeStretch) -> Iterator[Samples]:
    """Stretches of sound one after another, without end: copied from the source, and cross-fades between them.

    `heard` counts samples as they are heard, from the begin of the margin; `playing` is the sample of the source that is next.
    """
    speed = operation.speed
    begin = operation.first - operation.margin * speed
    strikes = deque(_strikes(source, begin, operation))
    heard, playing = 0, round_half_up(begin)
    struck = -(1 << 62)
    middle = Fraction(HOP + FADE, 2)
    while True:
        switch, strike = heard + HOP - FADE, None
        if strikes and strikes[0][1] - GUARD - STRIKE_FADE < switch + HOP // 2:
            strike = strikes.popleft()
            switch = max(heard, strike[1] - GUARD - STRIKE_FADE)
        yield source.take(playing, switch - heard)
        playing, heard = playing + switch - heard, switch
        if strike:
            at, when = strike
            begins, fade = at - (when - heard), max(0, min(STRIKE_FADE, when - heard))
            yield _faded(source.take(playing, fade), source.take(begins, fade), 0.0)
            struck = at
        else:
            wanted, fade = round_half_up(begin + (heard + middle) * speed - middle), FADE
            latest = 1 << 62
            if strikes:
                at, when = strikes[0]
                latest = at - 1 - max(0, min(HOP + FADE, when - GUARD - heard))
            begins, alike = _matched(source, playing, wanted, (struck + STRIKE, latest), float(speed))
            yield _faded(source.take(playing, fade), source.take(begins, fade), alike)
        heard, playing = heard + fade, begins + fade


def _matched(source: _Source, playing: int, wanted: int, bounds: tuple[int, int], speed: float) -> tuple[int, float]:
    """Where near `wanted` the source goes on most like what is playing, and how alike it is (0..1)."""
    wanted = min(max(wanted, bounds[0]), max(bounds))
    wanted = min(wanted, bounds[1])
    near = min(4 * MS, max(MS // 2, round(OFF * speed)))
    template = _one_channel(source.take(playing, LOWEST))
    if float(template @ template) < FLOOR:
        return wanted, 0.0
    moved, alike = _best(*_likeness(source, template, wanted, near, bounds), near)
    if alike < ALIKE:
        moves, likeness = _likeness(source, template, wanted, LOWEST, bounds)
        further, how = _best(moves, likeness, WIDE)
        elsewhere = likeness[np.abs(wanted + moves - playing) > SLOW]
        if 1 - how < (1 - alike) / BETTER and min(how, elsewhere.max(initial=0)) > PERIODIC:
            moved, alike = further, how
    return wanted + moved, max(0.0, min(1.0, alike))


def _likeness(
    source: _Source, template: npt.NDArray[np.float32], wanted: int, reach: int, bounds: tuple[int, int]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Moves from `wanted`, within reach and bounds, and how alike the source is there (-1..1)."""
    back, on = min(reach, max(0, wanted - bounds[0])), min(reach, max(0, bounds[1] - wanted))
    there = _one_channel(source.take(wanted - back, back + on + len(template)))
    length = 1 << (len(there) - 1).bit_length()
    spectrum = np.fft.rfft(there, length) * np.conj(np.fft.rfft(template, length))
    products = np.fft.irfft(spectrum, length)[: back + on + 1]
    energy = np.concatenate(([0.0], np.cumsum(there.astype(np.float64) ** 2)))
    energies = (energy[len(template) :] - energy[: -len(template)]) * float(template @ template)
    return np.arange(-back, on + 1), products / np.sqrt(energies + 1e-9)


def _best(moves: npt.NDArray[np.int64], likeness: npt.NDArray[np.float64], reach: int) -> tuple[int, float]:
    """The best move within reach, and how alike it is there: of crests as good as each other the nearest."""
    inside = np.flatnonzero(np.abs(moves) <= reach)
    there = likeness[inside]
    around = np.pad(there, 1, constant_values=-2)
    peaks = (there >= around[:-2]) & (there > around[2:]) & (there > there.max() - AS_GOOD)
    place = min(inside[peaks], key=lambda each: abs(int(moves[each])))
    return int(moves[place]), float(likeness[place])


def _one_channel(samples: Samples) -> npt.NDArray[np.float32]:
    return np.asarray(samples[:, 0] + np.float32(0.8) * samples[:, 1])


def _faded(old: Samples, new: Samples, alike: float) -> Samples:
    """From one piece to another: what is alike adds up, what is not adds its power; both keep their level."""
    rising = np.sin((np.arange(len(old), dtype=np.float32) + 0.5) * np.float32(math.pi / 2 / max(1, len(old)))) ** 2
    falling = 1 - rising
    level = 1 / np.sqrt(rising**2 + falling**2 + 2 * alike * rising * falling)
    return np.asarray((old * falling[:, None] + new * rising[:, None]) * level[:, None], np.float32)


def _strikes(source: _Source, begin: Fraction, operation: TimeStretch) -> Iterator[tuple[int, int]]:
    """Where something strikes, in samples of the source and as heard."""
    first = math.floor(begin)
    count = math.ceil((operation.samples + 2 * operation.margin) * operation.speed) + HOP
    last = first - BLOCK
    for at in range(first, first + count, BLOCK):
        lead = (QUIET_BEFORE + 1) * MS
        block = source.take(at - lead, min(BLOCK, first + count - at) + lead + 2 * MS)
        for place in _strikes_in(block):
            place += at - lead
            if place - last > QUIET_BEFORE * MS and place > first:
                last = place
                yield place, round_half_up((place - begin) / operation.speed)


def _strikes_in(block: Samples) -> Iterator[int]:
    """The samples at which something strikes, behind the first `QUIET_BEFORE` milliseconds."""
    whole = len(block) // MS
    power = (block[: whole * MS] ** 2).sum(axis=1).reshape(whole, MS).mean(axis=1)
    before = np.lib.stride_tricks.sliding_window_view(power, QUIET_BEFORE).max(axis=1)[:-1]
    for number in np.flatnonzero((power[QUIET_BEFORE:] > LOUDER * before) & (power[QUIET_BEFORE:] > FLOOR)):
        start = (int(number) + QUIET_BEFORE) * MS
        near = np.abs(block[start - MS : start + 2 * MS]).max(axis=1)
        yield start - MS + int(np.argmax(near > 0.1 * near.max()))
