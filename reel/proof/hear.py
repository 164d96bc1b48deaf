"""Stretches of a soundtrack against the sounds that it was to be mixed of: is each there, as loud as asked, and in time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from reel.curves import value_at
from reel.time import SAMPLE_RATE, sample_at
from reel.timeline import SoundClip, Timeline

Samples = npt.NDArray[np.float64]
"""Shape (samples, 2): left and right, full scale 1."""

LOW_HZ, HIGH_HZ = 60.0, 4000.0
"""What is compared: below, filters for loudness work; above, lossy coders put noise of the same energy where it was."""
LEVEL_LOW_HZ, LEVEL_HIGH_HZ = 20.0, 19_500.0
"""What the level of is compared where samples are not known: all that is heard, as far as the coder carries it (to 20 kHz)."""
LAG_SAMPLES = 960
"""How far a sound is looked for, each way: 20 ms."""
MOST_LAG = 96
"""Samples that a sound may lie off: 2 ms."""
CLEARLY_BETTER = 1.1
"""How much better a sound has to fit elsewhere to be called late or early: a lasting tone fits in many places."""
GAIN_DB = 0.5
"""How far off a gain may be where coding leaves no doubt."""
LOUD_PEAK, LOUD_LOSS_DB = 0.7, 1.5
"""Of sound whose peak is over the one, FFmpeg's AAC takes up to the other and leaves no noise that would tell: windows over
0.95 it brings down to that (0.45 dB), and great numbers it rounds down. Measured over tones, chords, waves, noise, speech and
music at full scale: 1.2 dB of chords, 1.0 of other waves, 0.6 of bare tones, 0.5 of what is real; under that peak 0.2."""
MOST_DOUBT_DB = 3.0
"""What coding may leave in doubt or take at most, all together: a gain that is halved (6 dB) is always told."""
LIMITER_DB = 12.0
"""How much a limiter may take away."""
LEAST_RMS = 10 ** (-50 / 20)
"""A quieter sound is not measured."""
LEAST_SHARE = 0.05
"""Of a stretch's energy, that a sound has to have to be measured: what is drowned by others cannot be told."""
LEAST_SIDES = 0.1
"""How much of the difference between left and right is there at least: 0 is mono, -1 has them the other way round. Of files of
the corpus at 32 kbit/s, where coders give up much of it, 0.19 is left (AAC; Opus 0.48, MP3 0.83), at 64 kbit/s 0.79."""
MOST_CREST = 10.0
"""Peak by root mean square, above which a stretch is a click and tells nothing: music and speech stay below it."""
DECLICK_SAMPLES = 480
"""10 ms, over which a sound that is cut rises or falls."""
STRETCHED_DB = 4.0
"""How far the level of a sound may be off that was made faster or slower: its samples are others."""


@dataclass(frozen=True)
class MixedRun:
    """A stretch of a sound that runs on without a jump."""

    clip: SoundClip
    begin: int
    """First sample of the timeline."""
    end: int


@dataclass(frozen=True)
class ExpectedSound:
    """One sound of a stretch, as it was to be mixed."""

    clip: SoundClip
    samples: Samples
    exact: bool
    """Whether its very samples are known; else only how loud it is: they are the source's, as many as it takes of them, for at
    its own pace it has its own pitch."""
    edges: tuple[int, ...] = ()
    """Where the run begins or ends within the stretch: there it may be declicked."""


@dataclass(frozen=True)
class WrongSound:
    """Something that is not to be heard as asked."""

    what: str
    place: str


def heard_at(timeline: Timeline, first: int, end: int) -> Iterator[MixedRun]:
    """The runs of clips that sound in some samples, or part of them."""
    rate = timeline.canvas.rate
    for clip in timeline.sounds:
        length = clip.period or clip.frames
        for start in range(clip.start, clip.end, length):
            run = MixedRun(clip, sample_at(start, rate), sample_at(min(start + length, clip.end), rate))
            if run.begin < end and run.end > first:
                yield run


def moment_at(run: MixedRun, sample: int) -> Fraction:
    """Seconds into an asset, from its zero, that a clip plays at a sample of the timeline."""
    clip = run.clip
    return clip.media_in + Fraction(sample - run.begin, SAMPLE_RATE) * clip.speed * clip.clock


def shaped(run: MixedRun, source: Samples, first: int, rate: Fraction) -> Samples:
    """What a run adds to a soundtrack from its sample `first` on, made of its source's samples there."""
    clip = run.clip
    places = np.arange(first, first + len(source))
    begin, end = sample_at(clip.start, rate), sample_at(clip.end, rate)
    coarse = places[:: max(1, len(places) // 64)]
    decibels = [value_at(clip.gain_db, float(Fraction(int(place) - begin) * rate / SAMPLE_RATE)) for place in coarse]
    gain = np.interp(places, coarse, [10 ** (each / 20) if each > -90 else 0.0 for each in decibels])
    gain = gain * ((places >= run.begin) & (places < run.end))
    for frames, passed in ((clip.fade_in, places - begin), (clip.fade_out, end - 1 - places)):
        if frames:
            length = float(frames * SAMPLE_RATE / rate)
            gain = gain * np.sin(np.clip((passed + 0.5) / length, 0, 1) * (math.pi / 2))
    return np.asarray(source * gain[:, None], np.float64)


def wrong_stretch(made: Samples, parts: Sequence[ExpectedSound], gain: float, *, limited: bool) -> Iterator[WrongSound]:
    """What of a stretch is not as asked. `gain` is what the whole soundtrack was multiplied by; `limited`: and then perhaps
    limited."""
    exact = [part for part in parts if part.exact]
    if len(exact) < len(parts):
        yield from _wrong_levels(made, parts, gain, limited=limited)
        return
    spectrum = _banded(made)
    sounds = [_banded(_aligned(made, part.samples) * gain) for part in exact]
    energy = _energy(sum(sounds, np.zeros_like(spectrum)))
    whole = sum((part.samples for part in exact), np.zeros_like(made))
    if energy < LEAST_RMS**2 or _is_a_click(whole):
        return
    loss = LOUD_LOSS_DB if np.abs(whole).max() * gain > LOUD_PEAK else 0
    losses = [_edge_loss(part) for part in exact]
    loud = [number for number, sound in enumerate(sounds) if _energy(sound) > LEAST_SHARE * energy]
    shares, doubt, holes = _least_squares(spectrum, sounds)
    for number in loud:
        share = float(shares[number])
        decibels = 20 * math.log10(max(share, 1e-3))
        coded = min(doubt[number] + holes[number] + loss, MOST_DOUBT_DB)
        least = -(GAIN_DB + coded + losses[number] + (LIMITER_DB if limited else 0))
        if not least <= decibels <= GAIN_DB + doubt[number]:
            what = "is not to be heard" if decibels < -20 else f"is {decibels:+.1f} dB off its volume"
            yield WrongSound(what, exact[number].clip.place)
    if sides := _wrong_sides(made, sum((_aligned(made, part.samples) * gain for part in exact), np.zeros_like(made))):
        yield WrongSound(sides, exact[loud[0]].clip.place)
    lag = _lag(made, whole)
    if abs(lag) > MOST_LAG:
        late = f"{abs(lag) / SAMPLE_RATE * 1000:.1f} ms {'late' if lag > 0 else 'early'}"
        yield WrongSound(f"is heard {late}", exact[loud[0]].clip.place)


def _wrong_sides(made: Samples, asked: Samples) -> str | None:
    """What is wrong with how left and right differ; null where nothing is, or where they hardly do."""
    difference, found = (_banded((samples[:, :1] - samples[:, 1:]) / 2 * [1, 1]) for samples in (asked, made))
    energy = _energy(difference)
    if energy < max(LEAST_RMS**2, LEAST_SHARE * _energy(_banded(asked))):
        return None
    share = float(difference @ found) / float(difference @ difference)
    if share < -LEAST_SIDES:
        return "has left and right the other way round"
    return None if share > LEAST_SIDES else "is the same on the left and on the right, and should not be"


def _edge_loss(part: ExpectedSound) -> float:
    """How many decibels quieter a sound is in a stretch, at most, for being declicked at its edges there: it rises and falls
    over 10 ms wherever what is cut off goes on."""
    if not part.edges:
        return 0.0
    places, level = np.arange(len(part.samples)), np.ones(len(part.samples))
    for edge in part.edges:
        level *= np.sin(np.clip(np.abs(places - edge) / DECLICK_SAMPLES, 0, 1) * (math.pi / 2))
    whole, faded = _banded(part.samples), _banded(part.samples * level[:, None])
    share = float(whole @ faded) / max(float(whole @ whole), 1e-12)
    return -20 * math.log10(min(max(share, 1e-2), 1.0))


def _is_a_click(samples: Samples) -> bool:
    """Whether most of a stretch is in a moment of it: what is cut or coded otherwise there is all there is."""
    return float(np.abs(samples).max(initial=0)) > MOST_CREST * float(np.sqrt(np.square(samples).mean() + 1e-12))


def _wrong_levels(made: Samples, parts: Sequence[ExpectedSound], gain: float, *, limited: bool) -> Iterator[WrongSound]:
    """Where samples are not known: whether the stretch is as loud as all of it together."""
    levels = [_mean_square(part.samples * gain) for part in parts]
    asked, found = sum(levels), _mean_square(made)
    loudest = parts[levels.index(max(levels))]
    if asked < LEAST_RMS**2 or _is_a_click(loudest.samples):
        return
    decibels = 10 * math.log10(max(found, 1e-12) / asked)
    # A beat keeps its length, and is rarer or more frequent: by so much the level of a stretch with few of them is another.
    apart = STRETCHED_DB + max(abs(10 * math.log10(float(part.clip.speed))) for part in parts)
    if decibels > apart or decibels < -apart - (LIMITER_DB if limited else 0):
        what = "is not to be heard" if decibels < -30 else f"is {decibels:+.1f} dB off its level"
        yield WrongSound(what, loudest.clip.place)


def _mean_square(samples: Samples) -> float:
    """Of both channels together, whatever their length, in the band whose level is compared."""
    return _energy(_banded(samples, LEVEL_LOW_HZ, LEVEL_HIGH_HZ))


def _banded(samples: Samples, low: float = LOW_HZ, high: float = HIGH_HZ) -> Samples:
    """The samples' spectrum in a band, that which is compared, left and right one after the other: real numbers."""
    spectrum = np.fft.rfft(samples * np.hanning(len(samples))[:, None], axis=0)
    hertz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)
    kept = spectrum[(hertz >= low) & (hertz <= high)].ravel() / len(samples)
    return np.concatenate([kept.real, kept.imag])


def _energy(spectrum: Samples) -> float:
    # Twice, as frequencies below zero are left out; of two channels; a Hann window keeps 3/8 of the energy.
    return float(np.square(spectrum).sum()) * 2 / 2 / 0.375


def _least_squares(made: Samples, sounds: Sequence[Samples]) -> tuple[Samples, Samples, Samples]:
    """How many times each sound is there, by how many decibels that is in doubt for what the sounds do not explain, and how
    many fewer it may be for what a coder left out."""
    matrix = np.stack(sounds, axis=1)
    shares, *_ = np.linalg.lstsq(matrix, made, rcond=1e-6)
    rest = made - matrix @ shares
    # The variance of estimates by least squares; noise of a coder is spread over all that is compared.
    noise = float(np.square(rest).mean())
    spread = np.sqrt(np.maximum(np.diag(np.linalg.pinv(matrix.T @ matrix)) * noise, 0))
    doubt = 20 * np.log10(1 + 4 * spread / np.maximum(np.abs(shares), 1e-3))
    # A coder leaves holes where it hears nothing, in quiet noise most of all. What leaves out a share z of a sound's energy
    # gives its projection 1 - z and a rest of z: so the rest bounds the loss. Quantisers that round down lose up to twice that.
    lost = np.square(rest).sum() / np.maximum(np.square(matrix).sum(axis=0), 1e-20)
    holes = -20 * np.log10(np.maximum(1 - 2 * lost, 0.1))
    return np.asarray(shares), np.asarray(np.minimum(doubt, MOST_DOUBT_DB)), np.asarray(holes)


def _aligned(made: Samples, asked: Samples) -> Samples:
    """A sound where it fits best, within what containers round their time stamps by."""
    found = _correlation(made, asked)
    near = found[LAG_SAMPLES - MOST_LAG : LAG_SAMPLES + MOST_LAG + 1]
    return np.roll(asked, int(np.argmax(near)) - MOST_LAG, axis=0)


def _correlation(made: Samples, asked: Samples) -> Samples:
    """How well a sound fits, made so many samples later: from `LAG_SAMPLES` earlier on."""
    size = len(made) + LAG_SAMPLES
    # Each side by itself: of sides that are opposite, as where a microphone was wired so, nothing is left in their sum.
    product = (np.fft.rfft(made, size, axis=0) * np.conj(np.fft.rfft(asked, size, axis=0))).sum(axis=1)
    hertz = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    product[(hertz < LOW_HZ) | (hertz > HIGH_HZ)] = 0
    found = np.fft.irfft(product, size)
    return np.concatenate([found[-LAG_SAMPLES:], found[: LAG_SAMPLES + 1]])


def _lag(made: Samples, asked: Samples) -> int:
    """By how many samples what was made comes later than what was asked for; 0 where it fits there as well as anywhere."""
    near = _correlation(made, asked)
    best = int(np.argmax(near))
    at_home = near[LAG_SAMPLES - MOST_LAG : LAG_SAMPLES + MOST_LAG + 1].max()
    return 0 if near[best] < CLEARLY_BETTER * max(at_home, 0) else best - LAG_SAMPLES
