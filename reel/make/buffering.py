"""Following a player's buffer through videos that are joined of segments, and encoding anew where it would run dry."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from reel.errors import UnmetQuality
from reel.make.composed import encode
from reel.make.context import Measured, StepContext
from reel.make.makers import COMPOSERS, makes
from reel.packets.apart import packet_bits
from reel.plan.operations import CheckBuffer, FillBuffer, Join, Refit
from reel.plan.operations.base import Segment
from reel.plan.operations.buffers import Buffer

FIRST_FILL = 0.9
"""Of the buffer, before the first frame is taken: what x264 and x265 take for granted at the begin of whatever they encode."""

STEPS = 20
"""Fills are told in so many parts, rounded down: a little more or less of a segment changes nothing of the next."""

LEAST_FILL = 0.1
"""That an encoder is told; with less it would have nothing for its first frame."""


class Filled(NamedTuple):
    """A buffer that frames were taken out of."""

    end: float
    """How full it is after that."""
    lowest: float
    """Below 0: by so much of itself it would have run dry, at worst."""
    at: int
    """The frame after which it was so."""


def followed(bits: Sequence[int], buffer: Buffer, fill: float) -> Filled:
    """The buffer of a decoder that takes out frame after frame, each at once, and is fed meanwhile (ITU-T H.264, annex C).

    Where it is dry the player waits, and goes on with none.
    """
    fed = buffer.bits_per_second / float(buffer.rate) / buffer.bits
    lowest, at = fill, 0
    for number, size in enumerate(bits):
        fill -= size / buffer.bits
        if fill < lowest:
            lowest, at = fill, number
        fill = min(1.0, max(0.0, fill) + fed)
    return Filled(fill, lowest, at)


def begin_fills(segments: Sequence[Sequence[int]], buffer: Buffer) -> Iterator[float | None]:
    """Of each segment in which the buffer would run dry, how full it is at its begin; null of the others.

    What is encoded anew is taken to end as it does now.
    """
    fill = FIRST_FILL
    for number, bits in enumerate(segments):
        found = followed(bits, buffer, fill)
        dry = found.lowest < 0 and number > 0
        yield max(LEAST_FILL, int(fill * STEPS) / STEPS) if dry else None
        fill = found.end


@makes(FillBuffer)
def make_fills(operation: FillBuffer, context: StepContext) -> Measured:
    """For each segment, a fill or null."""
    segments = [packet_bits(context.segment(key), context.place) for key in operation.segments]
    fills = [*begin_fills(segments, operation.buffer)]
    (context.folder / operation.file).write_text(json.dumps(fills), "utf-8")
    return {"segments": len(fills), "dry": sum(fill is not None for fill in fills)}


@makes(Refit)
def make_refit(operation: Refit, context: StepContext) -> Measured:
    """The segment's own bytes, or others."""
    fills = json.loads(context.made(operation.fills, FillBuffer, FillBuffer.file).read_text("utf-8"))
    fill, output = fills[operation.place], context.folder / operation.file
    if fill is None:
        shutil.copyfile(context.segment(operation.segment), output)
        return dict(context.measured(operation.segment, Segment))
    rendition, shown = operation.shown.rendition, operation.shown
    fuller = rendition.encoder.model_copy(update={"start_fill": fill})
    encode(shown, {output: rendition.model_copy(update={"encoder": fuller})}, context)
    return {**COMPOSERS[type(shown)].check(shown, context), "start_fill": fill}


@makes(CheckBuffer)
def make_checked(operation: CheckBuffer, context: StepContext) -> Measured:
    """How full the buffer is at the least. Raises `UnmetQuality` where it runs dry."""
    buffer = operation.buffer
    found = followed(packet_bits(context.made(operation.video, Join, Join.stem), context.place), buffer, FIRST_FILL)
    seconds = float(found.at / buffer.rate)
    if found.lowest < 0:
        what = (
            f"a player that is fed {buffer.bits_per_second:,} bits a second waits at {seconds:.3f} s, for "
            f"{-found.lowest * buffer.bits:,.0f} bits"
        )
        raise UnmetQuality.at(operation.name, what, "raise `cap`, or ask for a worse quality or fewer bits")
    told = {
        "lowest_fill": round(found.lowest, 4),
        "at_seconds": round(seconds, 6),
        "buffer_bits": buffer.bits,
        "bits_per_second": buffer.bits_per_second,
    }
    (context.folder / operation.file).write_text(json.dumps(told), "utf-8")
    return told
