"""Encoding a soundtrack: once with the usual search for quantisers, again with the other where noise would be heard."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reel.codecs import AUDIO_CODECS
from reel.errors import Internal
from reel.ffmpeg.process import run
from reel.ffmpeg.sound import encode_command
from reel.make.context import StepContext
from reel.packets.apart import measure_sound
from reel.packets.hearing import HEARD_DB, Ear, Likeness, Samples, compare
from reel.plan.operations import SoundMix

Source = Callable[[], Iterable[Samples]]
"""Gives all samples of a soundtrack, block by block, anew at each call."""

LEVEL_TOLERANCE_DB = 2.0
"""How far the level of an encoded soundtrack may be from that of its samples, below the encoder's low-pass."""

NOISY_SHARE = 0.005
"""Where noise is heard in more of a sound than this, the other search is tried: a beep of half a second in a minute."""


@dataclass(frozen=True)
class Encoded:
    """A soundtrack as it was encoded, and what it was encoded from."""

    asked: Ear
    found: Ear
    likeness: Likeness
    search: str


def encode(
    operation: SoundMix, source: Source, output: Path, context: StepContext, search: str | None = None
) -> Encoded:
    """Encode a soundtrack to `output` and decode it again; by the search for quantisers that leaves less noise, unless
    one is named.

    Raises `Internal` unless it has its length, its level, and sound wherever it had.
    """
    usual, *others = AUDIO_CODECS[operation.encoder.codec].searches
    made = _encoded(operation, source, output, context, search or usual)
    for name in others if search is None and made.likeness.lacking > NOISY_SHARE else ():
        other = output.with_name(f"other-{output.name}")
        again = _encoded(operation, source, other, context, name)
        if again.likeness.lack_db < made.likeness.lack_db:
            made = again
            other.replace(output)
        other.unlink(missing_ok=True)
    _expect_like(operation, made, context.place)
    return made


BLOCK = 10 * 48_000
"""Samples at a time: 4 MB, whatever the length of the video."""


def blocks_of(path: Path) -> Iterator[Samples]:
    """Raw samples of a file, block by block."""
    samples = open_raw(path)
    for start in range(0, len(samples), BLOCK):
        yield samples[start : start + BLOCK]


def open_raw(path: Path) -> Samples:
    """Raw samples of a file, which stay there."""
    if path.stat().st_size == 0:
        return np.zeros((0, 2), np.float32)
    return np.memmap(path, np.float32, "r").reshape(-1, 2)


def _encoded(operation: SoundMix, source: Source, output: Path, context: StepContext, search: str) -> Encoded:
    asked = Ear(operation.samples)
    command = encode_command(operation.encoder, str(output), search)
    run(
        command,
        place=context.place,
        feed=_heard(source(), asked),
        cancelled=context.worker.cancelled,
        most_bytes=context.most_bytes,
    )
    found = measure_sound(output, context.place)
    return Encoded(asked, found, compare(asked, found, AUDIO_CODECS[operation.encoder.codec].cutoff), search)


def _heard(blocks: Iterable[Samples], ear: Ear) -> Iterator[memoryview]:
    for block in blocks:
        ear.hear(block)
        yield np.ascontiguousarray(block).data.cast("B")


def _expect_like(operation: SoundMix, made: Encoded, place: str) -> None:
    if made.found.samples != operation.samples:
        raise Internal.at(place, f"has {made.found.samples} samples instead of {operation.samples}", "report this")
    asked, found = made.likeness.asked_db, made.likeness.found_db
    if max(asked, found) > HEARD_DB and abs(asked - found) > LEVEL_TOLERANCE_DB:
        raise Internal.at(place, f"is at {found:.1f} dB; its samples are at {asked:.1f} dB", "report this")
    if made.likeness.lost:
        raise Internal.at(place, f"lost its sound at {made.likeness.lost[0]:.3f} s by being encoded", "report this")
