"""From a timeline's sounds to the steps of its soundtrack."""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from reel.curves import is_constant, value_at
from reel.media import AudioFacts, MediaFacts
from reel.plan.layers import PlanContext
from reel.plan.operations import Decode, Reclock, SoundMix, TimeStretch
from reel.plan.operations.base import StreamSource
from reel.plan.operations.sounds import GainKey, LoudnessTarget, SoundPart
from reel.presets import AudioEncoder
from reel.time import SAMPLE_RATE, round_half_up, sample_at, samples_between
from reel.timeline import SoundClip, Timeline

STEP_SAMPLES = 240
"""Over 5 ms from its moment on a gain jumps, where a volume key is held until the next: at once, it would click."""

MARGIN = 480
"""Samples on both sides of stretched sound (10 ms): what tells whether a wave is cut through at its ends."""


def add_soundtrack(
    timeline: Timeline,
    window: tuple[int, int],
    encoder: AudioEncoder,
    loudness: LoudnessTarget | None,
    known: PlanContext,
) -> str:
    """Add the steps of the sound of some frames of a timeline; returns the key of the soundtrack."""
    rate = timeline.canvas.rate
    first, end = (sample_at(frame, rate) for frame in window)
    clips = sorted(
        (clip for clip in timeline.sounds if clip.start < window[1] and clip.end > window[0]),
        key=lambda clip: clip.start,
    )
    parts = tuple(
        part.model_copy(update={"at": part.at - first})
        for part in _declicked([part for clip in clips for part in _parts(clip, rate, known)])
        if part.at < end and part.at + part.samples > first
    )
    mix = SoundMix(samples=end - first, parts=parts, encoder=encoder, loudness=loudness)
    return known.keyed.add(f"sound of {timeline.name}", mix)


def decode_of(facts: MediaFacts, audio: AudioFacts) -> Decode:
    """Decoding all of an asset's sound."""
    return Decode(
        source=StreamSource(asset=facts.sha256, demuxer=facts.demuxer, stream=audio.index, codec=audio.codec),
        zero=audio.start,
        samples=math.ceil(audio.duration * SAMPLE_RATE),
        turns_back=audio.turns_back,
    )


def _parts(clip: SoundClip, rate: Fraction, known: PlanContext) -> Iterator[SoundPart]:
    """The periods of a sound, each from the sample at which its first frame begins."""
    period = clip.period or clip.frames
    sound, first = _samples_of(clip, period, rate, known)
    gain = tuple(_gain(clip, rate))
    for start in range(clip.start, clip.end, period):
        end = min(start + period, clip.end)
        before, samples = samples_between(clip.start, start, rate), samples_between(start, end, rate)
        yield SoundPart(
            sound=sound,
            first=first,
            at=sample_at(start, rate),
            samples=samples,
            gain=_since(gain, before, samples),
            before=before,
            after=samples_between(end, clip.end, rate),
            fade_in=samples_between(clip.start, clip.start + clip.fade_in, rate),
            fade_out=samples_between(clip.end - clip.fade_out, clip.end, rate),
        )


def _samples_of(clip: SoundClip, period: int, rate: Fraction, known: PlanContext) -> tuple[str, int]:
    """The step that makes the samples of a sound's periods, and the first of them to take."""
    facts, name = known.assets[clip.asset], known.names[clip.asset]
    track = facts.sound(clip.stream)
    assert track, "compilers sound only assets with sound"
    decode = decode_of(facts, track)
    sound = known.keyed.add(f"sound of {name}", decode)
    if clip.clock != 1:
        samples = math.ceil(decode.samples / clip.clock)
        reclock = Reclock(sound=sound, clock=clip.clock, samples=samples)
        sound = known.keyed.add(f"sound of {name} on the project's clock", reclock)
    first = round_half_up((clip.media_in - facts.sound_begin(track)) / clip.clock * SAMPLE_RATE)
    if clip.speed == 1:
        return sound, first
    longest = math.ceil(period * SAMPLE_RATE / rate)
    stretch = TimeStretch(sound=sound, first=first, speed=clip.speed, samples=longest, margin=MARGIN)
    return known.keyed.add(f"sound of {name} at {float(clip.speed):g}x", stretch), MARGIN


def _gain(clip: SoundClip, rate: Fraction) -> Iterator[GainKey]:
    """The volume curve in linear gains at samples of the clip: right at each frame, straight between two. An easing that swings
    within a few frames would be cut short by longer lines."""
    if is_constant(clip.gain_db):
        yield GainKey(sample=0, gain=_linear(clip.gain_db[0].value))
        return
    yield GainKey(sample=_key_sample(clip, clip.gain_db[0].frame, rate), gain=_linear(clip.gain_db[0].value))
    for here, there in pairwise(clip.gain_db):
        at, value = _key_sample(clip, there.frame, rate), _linear(there.value)
        if here.easing == "hold":
            yield GainKey(sample=at, gain=_linear(here.value))
            at += STEP_SAMPLES
        else:
            for frame in range(here.frame + 1, there.frame):
                eased = _linear(value_at(clip.gain_db, frame))
                yield GainKey(sample=_key_sample(clip, frame, rate), gain=eased)
        yield GainKey(sample=at, gain=value)


def _key_sample(clip: SoundClip, frame: int, rate: Fraction) -> int:
    return samples_between(clip.start, clip.start + frame, rate)


def _since(keys: tuple[GainKey, ...], begin: int, samples: int) -> tuple[GainKey, ...]:
    """Those of a clip's keys that shape one of its periods, counted from the period's begin."""
    first = max(0, bisect.bisect_right(keys, begin, key=lambda key: key.sample) - 1)
    end = bisect.bisect_left(keys, begin + samples, key=lambda key: key.sample) + 1
    return tuple(GainKey(sample=key.sample - begin, gain=key.gain) for key in keys[first:end])


def _linear(decibels: float) -> float:
    return 10 ** (decibels / 20) if decibels > -90 else 0.0


def _declicked(parts: list[SoundPart]) -> Iterator[SoundPart]:
    """Parts that know where they are cut: everywhere but where one goes on what another left off."""
    begins = {(part.sound, part.first, part.at) for part in parts}
    ends = {(part.sound, part.first + part.samples, part.at + part.samples) for part in parts}
    for part in parts:
        goes_on = (part.sound, part.first, part.at) in ends
        is_continued = (part.sound, part.first + part.samples, part.at + part.samples) in begins
        yield part.model_copy(update={"declick_in": not goes_on, "declick_out": not is_continued})
