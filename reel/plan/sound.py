"""From a timeline's sounds to the steps of its soundtrack."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

from reel.curves import is_constant, value_at
from reel.media import AudioFacts, MediaFacts
from reel.plan.layers import Known
from reel.plan.operations import Decode, GainKey, Loudness, Reclock, SoundMix, SoundPart, StreamSource, Stretch
from reel.presets import AudioEncoder
from reel.time import SAMPLE_RATE, round_half_up, sample_at, samples_between
from reel.timeline import SoundClip, Timeline

CURVE_FRAMES = 2
"""Distance of the points by which an eased volume curve is drawn: straight lines between them differ by less than is heard."""


def add_soundtrack(
    timeline: Timeline, window: tuple[int, int], encoder: AudioEncoder, loudness: Loudness | None, known: Known
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
        for part in _declicked([_part(clip, rate, known) for clip in clips])
    )
    mix = SoundMix(samples=end - first, parts=parts, encoder=encoder, loudness=loudness)
    return known.keyed.add(f"sound of {timeline.name}", mix)


def decode_of(facts: MediaFacts, audio: AudioFacts) -> Decode:
    """Decoding all of an asset's sound."""
    return Decode(
        source=StreamSource(asset=facts.sha256, demuxer=facts.demuxer, stream=audio.index, codec=audio.codec),
        channels=audio.channels,
        zero=facts.zero,
        samples=math.ceil(max(facts.duration, audio.start + audio.duration - facts.zero) * SAMPLE_RATE),
    )


def _part(clip: SoundClip, rate: Fraction, known: Known) -> SoundPart:
    facts, name = known.assets[clip.asset], known.names[clip.asset]
    assert facts.audio, "compilers sound only assets with sound"
    sound = known.keyed.add(f"sound of {name}", decode_of(facts, facts.audio))
    if clip.clock != 1:
        samples = math.ceil(decode_of(facts, facts.audio).samples / clip.clock)
        reclock = Reclock(sound=sound, clock=clip.clock, samples=samples)
        sound = known.keyed.add(f"sound of {name} on the project's clock", reclock)
    first = round_half_up(clip.media_in / clip.clock * SAMPLE_RATE)
    if clip.speed != 1:
        longest = math.ceil(clip.frames * SAMPLE_RATE / rate)
        stretch = Stretch(sound=sound, first=first, speed=clip.speed, samples=longest)
        sound, first = known.keyed.add(f"sound of {name} at {float(clip.speed):g}x", stretch), 0
    return SoundPart(
        sound=sound,
        first=first,
        at=sample_at(clip.start, rate),
        samples=samples_between(clip.start, clip.end, rate),
        gain=tuple(_gain(clip, rate)),
        fade_in=samples_between(clip.start, clip.start + clip.fade_in, rate),
        fade_out=samples_between(clip.end - clip.fade_out, clip.end, rate),
    )


def _gain(clip: SoundClip, rate: Fraction) -> Iterator[GainKey]:
    """The volume curve in linear gains at samples, its easings as short straight lines."""
    if is_constant(clip.gain_db):
        yield GainKey(sample=0, gain=_linear(clip.gain_db[0].value))
        return
    keys = {key.frame for key in clip.gain_db}
    for frame in range(min(keys), max(keys) + 1):
        if frame in keys or frame % CURVE_FRAMES == 0:
            yield GainKey(sample=round_half_up(frame * SAMPLE_RATE / rate), gain=_linear(value_at(clip.gain_db, frame)))


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
