"""Decoding an asset's sound, whatever happens to its format and its time stamps on the way."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from reel.damage import Damage
from reel.ffmpeg.process import run
from reel.ffmpeg.sound import STAMPS_FILE, decode_command, is_stampless, runs_command
from reel.make.context import StepContext
from reel.packets.damage import damage_of
from reel.plan.operations import Decode
from reel.raw_samples import SAMPLE_BYTES, RawSamples, blocks_of
from reel.stamps import SOUND_GAP
from reel.time import SAMPLE_RATE, round_half_up

LASTS = Fraction(1024, SAMPLE_RATE)
"""About how long a packet of sound is."""

NEAR_SAMPLES = int(SOUND_GAP * SAMPLE_RATE)
"""A run of samples that is said to begin this near to where the last one ended goes on from there."""


def decode(operation: Decode, source: Path, output: Path, context: StepContext) -> list[Damage]:
    """Decode a whole audio stream to exactly as many raw samples as are asked for; where it is damaged."""
    damaged: list[int] = []
    run(
        decode_command(operation, str(source), str(output)),
        place=context.place,
        cancelled=context.worker.cancelled,
        most_bytes=context.most_bytes,
        on_damage=damaged.append,
    )
    if not is_stampless(operation) and output.stat().st_size != operation.samples * SAMPLE_BYTES:
        _decode_runs(operation, source, output, context)
    # What a damaged file lacks at its end is silence; the file system makes it of nothing.
    os.truncate(output, operation.samples * SAMPLE_BYTES)
    end = operation.zero + Fraction(operation.samples, SAMPLE_RATE)
    return damage_of(source, operation.source, operation.zero, end, seek=None, lasts=LASTS) if damaged else []


def _decode_runs(operation: Decode, source: Path, output: Path, context: StepContext) -> None:
    """Decode a stream whose format changes on the way: each run of one format lies where its time stamps say."""
    folder = context.folder.parent
    raw = folder / "runs.f32"
    command = runs_command(operation, str(source), str(raw))
    run(command, place=context.place, cwd=folder, cancelled=context.worker.cancelled, most_bytes=context.most_bytes)
    samples = RawSamples(raw)
    zero = round_half_up(operation.zero * SAMPLE_RATE)
    with output.open("wb") as file:
        for at, first, end in _runs(folder / STAMPS_FILE, zero):
            skipped = max(0, -at)
            file.seek(max(0, at) * SAMPLE_BYTES)
            for block in blocks_of(samples, first + skipped, end):
                file.write(block.data)


def _runs(stamps: Path, zero: int) -> Iterator[tuple[int, int, int]]:
    """Where each run goes (in samples from zero), and which of the samples it is."""
    blocks = [tuple(map(int, line.split())) for line in stamps.read_text().splitlines()]
    at = first = end = 0
    for begin, count in blocks:
        if abs(begin - zero - (at + end - first)) > NEAR_SAMPLES or end == 0:
            if end > first:
                yield at, first, end
            at, first = begin - zero, end
        end += count
    if end > first:
        yield at, first, end
