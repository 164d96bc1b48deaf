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
from reel.stamps import heard_at
from reel.time import SAMPLE_RATE, round_half_up

LASTS = Fraction(1024, SAMPLE_RATE)
"""About how long a packet of sound is."""


def decode(operation: Decode, source: Path, output: Path, context: StepContext) -> list[Damage]:
    """Decode a whole audio stream to exactly as many raw samples as are asked for; where it is damaged."""
    damaged: list[int] = []
    decoder = _decode_runs if operation.turns_back else _decode_steady
    decoder(operation, source, output, context, damaged)
    # What a damaged file lacks at its end is silence; the file system makes it of nothing.
    os.truncate(output, operation.samples * SAMPLE_BYTES)
    end = operation.zero + Fraction(operation.samples, SAMPLE_RATE)
    return damage_of(source, operation.source, operation.zero, end, seek=None, lasts=LASTS) if damaged else []


def _decode_steady(operation: Decode, source: Path, output: Path, context: StepContext, damaged: list[int]) -> None:
    """Decode a stream whose time stamps rise."""
    run(
        decode_command(operation, str(source), str(output)),
        place=context.place,
        cancelled=context.worker.cancelled,
        most_bytes=context.most_bytes,
        on_damage=damaged.append,
    )
    if not is_stampless(operation) and output.stat().st_size != operation.samples * SAMPLE_BYTES:
        _decode_runs(operation, source, output, context, [])


def _decode_runs(operation: Decode, source: Path, output: Path, context: StepContext, damaged: list[int]) -> None:
    """Decode a stream whose format changes on the way, or whose time stamps turn back: what goes on without a jump lies where
    its time stamps say. Of two that overlap, the later one is cut."""
    folder = context.folder.parent
    raw = folder / "runs.f32"
    run(
        runs_command(operation, str(source), str(raw)),
        place=context.place,
        cwd=folder,
        cancelled=context.worker.cancelled,
        most_bytes=context.most_bytes,
        on_damage=damaged.append,
    )
    samples = RawSamples(raw)
    done = 0
    with output.open("wb") as file:
        for at, first, end in _runs(folder / STAMPS_FILE, round_half_up(operation.zero * SAMPLE_RATE)):
            cut = max(0, done - at)
            file.seek((at + cut) * SAMPLE_BYTES)
            for block in blocks_of(samples, min(first + cut, end), end):
                file.write(block.data)
            done = max(done, at + end - first)


def _runs(stamps: Path, zero: int) -> Iterator[tuple[int, int, int]]:
    """Where each run goes (in samples from zero), and which of the samples it is."""
    blocks = [tuple(map(int, line.split())) for line in stamps.read_text().splitlines()]
    lengths = [count for _, count in blocks]
    at = first = end = 0
    for heard, count in zip(
        heard_at([begin - zero for begin, _ in blocks], lengths, SAMPLE_RATE), lengths, strict=True
    ):
        if heard != at + end - first:
            if end > first:
                yield at, first, end
            at, first = heard, end
        end += count
    if end > first:
        yield at, first, end
