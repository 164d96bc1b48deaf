"""Bringing a soundtrack to a loudness: measured, lifted or lowered as a whole, limited where peaks would be too high.

EBU R128 and ITU-R BS.1770-5: integrated loudness with both gates, true peak by four times oversampling, as FFmpeg's `ebur128`
measures them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from reel.ffmpeg.process import run
from reel.ffmpeg.sound import LEVELS_FILE, PEAKS, Gain, level_command, levels_command, read_levels
from reel.make.context import StepContext
from reel.make.encoding import Encoded, encode
from reel.make.mixing import decibels
from reel.plan.operations import SoundMix
from reel.plan.operations.sounds import LoudnessTarget
from reel.raw_samples import RawSamples, blocks_of

SILENT_LUFS = -69.0
"""The absolute gate is at -70: what measures no more than this has no loudness to speak of, and is left alone."""

CODEC_HEADROOM_DB = 0.8
"""AAC at 128 kbit/s gives back peaks up to this much higher than it was given; the limiter keeps below the asked by it."""

MOST_LIMITED_DB = 12.0
"""A limiter that takes more than this from the peaks is heard; a few clicks in silence then stay below the target."""

MOST_ROUNDS = 6
"""Limiting takes loudness away, and so does a codec that has few bits for the highest notes; the next round puts it back."""

CLOSE_LU = 0.3
CLOSE_BEFORE_LU = 0.1
"""Before the codec, a round takes half the time: what limiting takes is put back there, and leaves the codec room."""


@dataclass(frozen=True)
class Levels:
    """What a sound measures."""

    lufs: float
    true_peak_db: float


def measure_levels(
    sound: Path, context: StepContext, samples: int, *, raw: bool = False, gain: Gain | None = None
) -> Levels:
    """Loudness and true peak of so many samples, encoded; or `raw`, also as a gain would make them."""
    folder = context.folder.parent
    command = levels_command(str(sound), raw_samples=samples if raw else None, gain=gain)
    run(command, place=context.place, cwd=folder, cancelled=context.worker.cancelled, most_bytes=context.most_bytes)
    with (folder / LEVELS_FILE).open(encoding="ascii") as lines:
        found = {name: value for _, name, value in read_levels(lines, samples)}
    peak = max((value for name, value in found.items() if name.startswith(PEAKS)), default=0.0)
    return Levels(found.get("r128.I", -70.0), decibels(peak))


def encode_to_loudness(
    operation: SoundMix, target: LoudnessTarget, raw: Path, output: Path, context: StepContext
) -> tuple[Encoded, dict[str, float]]:
    """Encode raw samples at the target's loudness; what was measured before and after, and what was done."""
    before = measure_levels(raw, context, operation.samples, raw=True)
    made: Encoded | None = None

    def encoded(gain: Gain) -> Levels:
        nonlocal made
        level_to = raw.with_name("levelled.f32")
        command = level_command(str(raw), gain, operation.samples, str(level_to))
        run(command, place=context.place, cancelled=context.worker.cancelled, most_bytes=context.most_bytes)
        # What was chosen for the first round is right for a level that differs by a few tenths of a decibel.
        made = encode(
            operation, lambda: blocks_of(RawSamples(level_to)), output, context, made.search if made else None
        )
        return measure_levels(output, context, operation.samples)

    def levelled(gain: Gain) -> Levels:
        return measure_levels(raw, context, operation.samples, raw=True, gain=gain)

    if before.lufs <= SILENT_LUFS:
        return encode(operation, lambda: blocks_of(RawSamples(raw)), output, context), {"gain_db": 0.0}
    ceiling = target.true_peak_db - CODEC_HEADROOM_DB
    most_db = ceiling + MOST_LIMITED_DB - before.true_peak_db

    def gain_of(decibels: float) -> Gain:
        decibels = min(decibels, most_db)
        return Gain(decibels, ceiling if before.true_peak_db + decibels > ceiling else None)

    gain = gain_of(target.lufs - before.lufs)
    if gain.ceiling_db is not None:
        gain, _ = _settled(gain, target.lufs, CLOSE_BEFORE_LU, gain_of, levelled)
    gain, after = _settled(gain, target.lufs, CLOSE_LU, gain_of, encoded)
    assert made, "it was encoded at least once"
    return made, _told(before, gain, after)


def _settled(
    gain: Gain, lufs: float, close: float, gain_of: Callable[[float], Gain], heard: Callable[[Gain], Levels]
) -> tuple[Gain, Levels]:
    """The gain with which a sound is heard at a loudness, and what it measures then; as near as may be."""
    for rounds_left in reversed(range(MOST_ROUNDS)):
        found = heard(gain)
        better = gain_of(gain.db + lufs - found.lufs)
        if abs(lufs - found.lufs) <= close or not rounds_left or better == gain:
            return gain, found
        gain = better
    raise AssertionError("the last round returns")


def _told(before: Levels, gain: Gain, after: Levels) -> dict[str, float]:
    return {
        "lufs_before": round(before.lufs, 2),
        "gain_db": round(gain.db, 2),
        "lufs": round(after.lufs, 2),
        "true_peak_db": round(after.true_peak_db, 2),
    }
