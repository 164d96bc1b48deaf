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
from reel.packets.hearing import HEARD_DB, STRETCH, Ear, Likeness, compare
from reel.plan.operations import SoundMix
from reel.raw_samples import Samples

Source = Callable[[], Iterable[Samples]]
"""Gives all samples of a soundtrack, block by block, anew at each call."""

LEVEL_TOLERANCE_DB = 2.0
"""How far the level of an encoded soundtrack may be from that of its samples, below the encoder's low-pass."""

BESIDE_OFFSET_DB = 40.0
"""So far below an offset from zero what coders leave of it themselves, where nothing else is there, says nothing of a level: of
an offset at full scale AAC leaves -50 dB, and Opus -51."""

PROMISING_DB = 0.5
"""A search that leaves not even so much less noise to hear where there is most of it is not tried on all of a sound. Of noise
both leave about as much (pink noise, 0.04 dB apart); of bare tones, `fast` leaves 16 dB more (`reel.codecs.aac`)."""


@dataclass(frozen=True)
class Encoded:
    """A soundtrack as it was encoded, and what it was encoded from."""

    asked: Ear
    found: Ear
    likeness: Likeness
    search: str

    @property
    def is_like(self) -> bool:
        """Whether it has its level, and sound wherever it had."""
        asked, found = self.likeness.asked_db, self.likeness.found_db
        silence = max(HEARD_DB, self.likeness.whole_db - BESIDE_OFFSET_DB)
        is_level = max(asked, found) <= silence or abs(asked - found) <= LEVEL_TOLERANCE_DB
        return is_level and not self.likeness.lost


def encode(
    operation: SoundMix, source: Source, output: Path, context: StepContext, search: str | None = None
) -> Encoded:
    """Encode a soundtrack to `output` and decode it again; by the search for quantisers that leaves less noise to hear, unless
    one is named.

    Raises `Internal` unless it has its length, its level, and sound wherever it had.
    """
    usual, *others = AUDIO_CODECS[operation.encoder.codec].searches
    making = _Encoding(operation, context)
    made = making.made(source, operation.samples, output, search or usual)
    other = output.with_name(f"other-{output.name}")
    for name in others if search is None else ():
        if made.is_like and not making.is_promising(name, made, source, other):
            continue
        again = making.made(source, operation.samples, other, name)
        if (not again.is_like, again.likeness.lack_db) < (not made.is_like, made.likeness.lack_db):
            made = again
            other.replace(output)
    other.unlink(missing_ok=True)
    _expect_like(operation, made, context.place)
    return made


@dataclass(frozen=True)
class _Encoding:
    operation: SoundMix
    context: StepContext

    def made(self, source: Source, samples: int, output: Path, search: str) -> Encoded:
        """Encode so many samples to `output`, and hold what that gives against them."""
        asked = Ear(samples)
        run(
            encode_command(self.operation.encoder, str(output), search),
            place=self.context.place,
            feed=_heard(source(), asked),
            cancelled=self.context.worker.cancelled,
            most_bytes=self.context.most_bytes,
        )
        found = measure_sound(output, self.context.place)
        return Encoded(asked, found, compare(asked, found, AUDIO_CODECS[self.operation.encoder.codec].cutoff), search)

    def is_promising(self, search: str, made: Encoded, source: Source, scratch: Path) -> bool:
        """Whether another search leaves less noise where there is most of it. Of a short sound all is tried at once."""
        begin = made.likeness.noisiest
        if begin is None or self.operation.samples <= 2 * STRETCH:
            return begin is not None
        usual, other = (
            self.made(lambda: _part(source(), begin, begin + STRETCH), STRETCH, scratch, name)
            for name in (made.search, search)
        )
        return other.likeness.lack_db < usual.likeness.lack_db - PROMISING_DB


def _part(blocks: Iterable[Samples], begin: int, end: int) -> Iterator[Samples]:
    """The samples from `begin` to `end`, which must be there, of blocks one after another."""
    at = 0
    for block in blocks:
        if at >= end:
            return
        if at + len(block) > begin:
            yield block[max(0, begin - at) : end - at]
        at += len(block)


def _heard(blocks: Iterable[Samples], ear: Ear) -> Iterator[memoryview]:
    for block in blocks:
        ear.hear(block)
        yield np.ascontiguousarray(block).data.cast("B")


def _expect_like(operation: SoundMix, made: Encoded, place: str) -> None:
    if made.found.samples != operation.samples:
        raise Internal.at(place, f"has {made.found.samples} samples instead of {operation.samples}", "report this")
    if made.is_like:
        return
    if made.likeness.lost:
        raise Internal.at(place, f"lost its sound at {made.likeness.lost[0]:.3f} s by being encoded", "report this")
    asked, found = made.likeness.asked_db, made.likeness.found_db
    raise Internal.at(place, f"is at {found:.1f} dB; its samples are at {asked:.1f} dB", "report this")
