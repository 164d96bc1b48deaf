"""Making and verifying sound: decoded, stretched, mixed on one line of samples, and encoded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from reel.damage import DAMAGE, Damage
from reel.errors import Cancelled, Internal
from reel.ffmpeg.process import run
from reel.ffmpeg.sound import reclock_command
from reel.make.composed import damage_measured
from reel.make.context import Measured, StepContext
from reel.make.decoding import decode
from reel.make.encoding import Encoded, encode
from reel.make.loudness import encode_to_loudness
from reel.make.makers import makes
from reel.make.mixing import decibels, mixed, peak
from reel.make.stretching import stretched
from reel.packets.hearing import HEARD_DB
from reel.plan.operations import Decode, Reclock, SoundMix, TimeStretch
from reel.plan.operations.base import RawSound
from reel.raw_samples import SAMPLE_BYTES, RawSamples, Samples


@makes(Decode)
def make_decoded(operation: Decode, context: StepContext) -> Measured:
    """Decode an asset's sound to raw samples."""
    output = context.folder / operation.file
    damage = decode(operation, context.asset(operation.source.asset), output, context)
    return {**_checked_raw(output, operation.samples, context), **damage_measured(damage)}


@makes(TimeStretch)
def make_stretched(operation: TimeStretch, context: StepContext) -> Measured:
    """Play raw samples faster or slower."""
    output = context.folder / operation.file
    sound = RawSamples(context.sound(operation.sound))
    with output.open("wb") as file:
        for block in stretched(sound, operation):
            if context.worker.cancelled.is_set():
                raise Cancelled.at(context.place, "cancelled")
            file.write(block.data)
    return {
        **_checked_raw(output, operation.samples + 2 * operation.margin, context),
        **_damage_of([operation.sound], context),
    }


@makes(Reclock)
def make_reclocked(operation: Reclock, context: StepContext) -> Measured:
    """Put raw samples on another clock."""
    output = context.folder / operation.file
    sound = context.sound(operation.sound)
    command = reclock_command(operation, str(sound), str(output))
    run(command, place=context.place, cancelled=context.worker.cancelled, most_bytes=context.most_bytes)
    return {**_checked_raw(output, operation.samples, context), **_damage_of([operation.sound], context)}


def _checked_raw(path: Path, samples: int, context: StepContext) -> Measured:
    found = path.stat().st_size / SAMPLE_BYTES
    if found != samples:
        raise Internal.at(context.place, f"has {found:g} samples instead of {samples}", "report this")
    return {"samples": samples}


@makes(SoundMix)
def make_mixed(operation: SoundMix, context: StepContext) -> Measured:
    """Mix all parts and encode them in one go; then decode the result and hold it against what was mixed."""
    output = context.folder / operation.file
    sounds = {part.sound: RawSamples(context.sound(part.sound)) for part in operation.parts}
    clipped = _Clipped()
    levels: dict[str, float] = {}
    if operation.loudness is None:
        made = encode(operation, lambda: clipped.kept(mixed(operation, sounds, context.place)), output, context)
    else:
        raw = context.folder.parent / "mix.f32"
        with raw.open("wb") as file:
            for block in mixed(operation, sounds, context.place):
                file.write(block.data)
        made, levels = encode_to_loudness(operation, operation.loudness, raw, output, context)
    return {
        "samples": made.found.samples,
        "rms_db": round(decibels(made.found.rms), 2),
        "peak_db": round(decibels(made.found.peak), 2),
        "clipped_samples": clipped.samples,
        "coder": made.search,
        "noise_db": round(made.likeness.noise_db, 1),
        **_silence(operation, made),
        **levels,
        **_damage_of([part.sound for part in operation.parts], context),
    }


def _damage_of(sounds: Iterable[str], context: StepContext) -> Measured:
    """What was damaged of the sounds that something is made of."""
    found = (each for sound in dict.fromkeys(sounds) for each in context.measured(sound, RawSound).get(DAMAGE, ()))
    return damage_measured(Damage(**each) for each in found)


def _silence(operation: SoundMix, made: Encoded) -> dict[str, str]:
    """Why a silent soundtrack is silent: nothing was to be heard, or its sources are silent where they are heard."""
    if decibels(made.asked.rms) > HEARD_DB:
        return {}
    audible = 10 ** (HEARD_DB / 20)
    is_planned = any(key.gain > audible for part in operation.parts for key in part.gain)
    return {"silent": "sources" if is_planned else "plan"}


class _Clipped:
    """Keeps samples within full scale, and counts those that were not."""

    def __init__(self) -> None:
        self.samples = 0

    def kept(self, blocks: Iterable[Samples]) -> Iterator[Samples]:
        """The blocks within full scale; they may come several times, whole or in part."""
        count = 0
        for block in blocks:
            if peak(block) > 1:
                count += int((np.abs(block) > 1).any(axis=1).sum())
                np.clip(block, -1, 1, out=block)
            self.samples = max(self.samples, count)
            yield block
