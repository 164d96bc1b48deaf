"""Making and verifying sound: decoded, stretched, and mixed on one line of samples."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reel.errors import Internal
from reel.ffmpeg.process import run
from reel.ffmpeg.sound import decode_command, encode_command, reclock_command, stretch_command
from reel.packets.check import measure_sound
from reel.perform.bench import Bench, Measured
from reel.perform.loudness import MOST_LIMITED_DB, encode_to_loudness
from reel.plan.operations import Decode, Reclock, SoundMix, SoundPart, Stretch

Samples = npt.NDArray[np.float32]
"""Shape (samples, 2): left and right, full scale 1."""

FRAME_BYTES = 8
"""One sample of both channels."""

BLOCK = 10 * 48_000
"""Samples mixed at a time: 4 MB, whatever the length of the video."""

DECLICK_SAMPLES = 480
"""10 ms: too short to be heard as a fade, long enough that no click is left."""

NEAR_SAMPLES = 48
"""The millisecond beyond a cut that tells whether a wave is cut through there."""

QUIET = 0.01
"""-40 dB of full scale: a wave that breaks off below it is lost in what it belongs to, and codecs smear a loud beat that far
before it."""

SILENCE_DB = -90.0
"""Below the noise of 16-bit sound: what is quieter counts as silent."""

RMS_TOLERANCE_DB = 1.5
"""How far the level of an encoded soundtrack may be from that of its samples."""


def make_decoded(operation: Decode, bench: Bench) -> Measured:
    """Decode an asset's sound to raw samples."""
    output = bench.folder / "sound.f32"
    source = bench.asset(operation.source.asset)
    command = decode_command(operation, str(source), str(output))
    run(command, place=bench.place, cancelled=bench.worker.cancelled)
    return _checked_raw(output, operation.samples, bench)


def make_stretched(operation: Stretch, bench: Bench) -> Measured:
    """Play raw samples faster or slower."""
    output = bench.folder / "sound.f32"
    sound = bench.sound(operation.sound)
    command = stretch_command(operation, str(sound), str(output))
    run(command, place=bench.place, cancelled=bench.worker.cancelled)
    return _checked_raw(output, operation.samples, bench)


def make_reclocked(operation: Reclock, bench: Bench) -> Measured:
    """Put raw samples on another clock."""
    output = bench.folder / "sound.f32"
    sound = bench.sound(operation.sound)
    command = reclock_command(operation, str(sound), str(output))
    run(command, place=bench.place, cancelled=bench.worker.cancelled)
    return _checked_raw(output, operation.samples, bench)


def _checked_raw(path: Path, samples: int, bench: Bench) -> Measured:
    found = path.stat().st_size / FRAME_BYTES
    if found != samples:
        raise Internal.at(bench.place, f"has {found:g} samples instead of {samples}", "report this")
    return {"samples": samples}


def make_mixed(operation: SoundMix, bench: Bench) -> Measured:
    """Mix all parts and encode them in one go; then decode the result and compare its length and level."""
    output = bench.folder / "sound.m4a"
    meter = _Meter()
    sounds = {part.sound: _open_raw(bench.sound(part.sound)) for part in operation.parts}
    blocks = mixed(operation, sounds)
    levels: dict[str, float] = {}
    if operation.loudness is None:
        command = encode_command(operation, str(output))
        run(command, place=bench.place, feed=meter.clip(blocks), cancelled=bench.worker.cancelled)
    else:
        raw = bench.folder.parent / "mix.f32"
        with raw.open("wb") as file:
            for block in meter.watch(blocks):
                file.write(block.data)
        levels = encode_to_loudness(operation, operation.loudness, raw, output, bench)
    return _checked(operation, output, meter, levels, bench)


def _checked(
    operation: SoundMix, output: Path, meter: _Meter, levels: dict[str, float], bench: Bench
) -> dict[str, float]:
    found = measure_sound(output, bench.place)
    if found.samples != operation.samples:
        raise Internal.at(bench.place, f"has {found.samples} samples instead of {operation.samples}", "report this")
    asked_db, found_db = decibels(meter.rms) + levels.get("gain_db", 0.0), decibels(found.rms)
    # A limiter lowers the level of what it works on; it never lifts it.
    tolerance = RMS_TOLERANCE_DB + (MOST_LIMITED_DB if "lufs" in levels else 0)
    is_off = found_db - asked_db > RMS_TOLERANCE_DB or asked_db - found_db > tolerance
    if max(asked_db, found_db) > SILENCE_DB + 30 and is_off:
        raise Internal.at(bench.place, f"is at {found_db:.1f} dB; its samples are at {asked_db:.1f} dB", "report this")
    return {
        "samples": found.samples,
        "rms_db": round(found_db, 2),
        "peak_db": round(decibels(found.peak), 2),
        "clipped_samples": 0 if levels else meter.clipped,
        **levels,
    }


def mixed(operation: SoundMix, sounds: dict[str, Samples]) -> Iterator[Samples]:
    """The soundtrack in blocks: every part at its place, added up. Memory does not grow with the number of parts."""
    parts = sorted(operation.parts, key=lambda part: part.at)
    playing: list[SoundPart] = []
    coming = iter(parts)
    upcoming = next(coming, None)
    for start in range(0, operation.samples, BLOCK):
        end = min(start + BLOCK, operation.samples)
        while upcoming and upcoming.at < end:
            playing.append(_declicked(upcoming, sounds[upcoming.sound]))
            upcoming = next(coming, None)
        block = np.zeros((end - start, 2), np.float32)
        for part in playing:
            _add(block, start, part, sounds[part.sound])
        playing = [part for part in playing if part.at + part.samples > end]
        yield block


def _add(block: Samples, start: int, part: SoundPart, sound: Samples) -> None:
    """Add to `block`, whose first sample is `start`, what it shares with `part`. Beyond its end, a sound is silent."""
    first = max(start, part.at)
    end = min(start + len(block), part.at + part.samples)
    taken = sound[part.first + first - part.at : part.first + end - part.at]
    since = first - part.at
    shaped = _at_gain(taken, part, since)
    _fade(shaped, part, since)
    block[first - start : first - start + len(taken)] += shaped


def _declicked(part: SoundPart, sound: Samples) -> SoundPart:
    """A part with short fades where it is cut out of a sound: where a wave would break off, one would hear a click.

    Where the sound is silent just before, it begins by itself, and a fade would only take its first beat.
    """
    fades = {}
    shortest = min(DECLICK_SAMPLES, part.samples // 2)
    if part.declick_in and _peak(sound[max(0, part.first - NEAR_SAMPLES) : max(0, part.first)]) > QUIET:
        fades["fade_in"] = max(part.fade_in, shortest)
    last = part.first + part.samples
    if part.declick_out and _peak(sound[max(0, last) : max(0, last) + NEAR_SAMPLES]) > QUIET:
        fades["fade_out"] = max(part.fade_out, shortest)
    return part.model_copy(update=fades)


def _peak(samples: Samples) -> float:
    return float(np.abs(samples).max(initial=0.0))


def _at_gain(taken: Samples, part: SoundPart, since: int) -> Samples:
    """Samples of a part from its sample `since` on, at its gain, which runs straight between its keys."""
    if len(part.gain) == 1:
        return taken * np.float32(part.gain[0].gain)
    keys = [key.sample for key in part.gain], [key.gain for key in part.gain]
    gain = np.interp(np.arange(since, since + len(taken)), *keys).astype(np.float32)
    return np.asarray(taken * gain[:, None])


def _fade(shaped: Samples, part: SoundPart, since: int) -> None:
    """Fade samples of a part in and out, where they lie in its fades: along a quarter of a sine, so that two sounds that
    cross keep their power together."""
    fading_in = np.arange(since, min(since + len(shaped), part.fade_in))
    if len(fading_in):
        shaped[: len(fading_in)] *= _quarter(fading_in, part.fade_in)
    left = part.samples - 1 - np.arange(max(since, part.samples - part.fade_out), since + len(shaped))
    if len(left):
        shaped[len(shaped) - len(left) :] *= _quarter(left, part.fade_out)


def _quarter(passed: npt.NDArray[np.int64], length: int) -> Samples:
    return np.sin((passed + 0.5) / length * (math.pi / 2)).astype(np.float32)[:, None]


def _open_raw(path: Path) -> Samples:
    if path.stat().st_size == 0:
        return np.zeros((0, 2), np.float32)
    return np.memmap(path, np.float32, "r").reshape(-1, 2)


class _Meter:
    """Measures samples on their way, and can keep them within full scale."""

    def __init__(self) -> None:
        self.clipped = 0
        self._square = 0.0
        self._count = 0

    def watch(self, blocks: Iterable[Samples]) -> Iterator[Samples]:
        """The blocks as they are."""
        for block in blocks:
            self._square += float(np.einsum("ij,ij->", block, block, dtype=np.float64))
            self._count += block.size
            yield block

    def clip(self, blocks: Iterable[Samples]) -> Iterator[memoryview]:
        """The blocks, kept within full scale, as bytes."""
        for block in self.watch(map(self._clipped, blocks)):
            yield block.data.cast("B")

    def _clipped(self, block: Samples) -> Samples:
        if max(float(block.max(initial=0.0)), -float(block.min(initial=0.0))) <= 1:
            return block
        self.clipped += int((np.abs(block) > 1).any(axis=1).sum())
        return np.clip(block, -1, 1, out=block)

    @property
    def rms(self) -> float:
        return math.sqrt(self._square / self._count) if self._count else 0.0


def decibels(level: float) -> float:
    """A linear level in dB of full scale; silence is -120."""
    return 20 * math.log10(max(level, 1e-6))
