"""First passes over segments, and sharing one budget out to all of them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from reel.errors import Internal
from reel.ffmpeg.encoder import first_pass_command
from reel.make.composed import run_frames
from reel.make.context import Measured, StepContext
from reel.make.makers import COMPOSERS, makes
from reel.plan.operations import FirstPass, ShareBits

LEAST_BITS = 10_000
"""A second, of any segment: of black too."""

UNDER_THE_CAP = 0.9
"""A segment that has the cap for its mean leaves its encoder nothing to share out between its own frames."""

LEAST_SECONDS = 1.0
"""A shorter video has the bits of one second: the note that x264 puts in front is 7,000 bits, and a frame's budget less."""

STEP = 1_000
"""Bits a second that shares are rounded to."""

HEADROOM = 1.02, 2 * STEP
"""Over what is fixed, as a factor and in bits a second: encoders refuse a budget below it, and count in whole kilobits."""


class FrameBits(NamedTuple):
    """What a frame cost in a first pass."""

    varying: int
    """Of texture and motion: fewer with another quantiser."""
    fixed: int
    """Of headers, and of blocks that are skipped: as many whatever the quality."""


@makes(FirstPass)
def make_first_pass(operation: FirstPass, context: StepContext) -> Measured:
    """What the frames of a segment cost at one quality, as its encoder writes it down for itself."""
    shown = operation.shown
    frames = COMPOSERS[type(shown)].frames(shown, context)
    run_frames(frames, first_pass_command(frames.video, shown.canvas, shown.rendition), context, context.folder)
    seen, expected = frame_bits(context.folder / operation.file), shown.frames + shown.encoder.copies_after
    if len(seen) != expected:
        raise Internal.at(context.place, f"{len(seen)} frames were seen, not {expected}", "report this")
    # In the order of decoding, in which copies of the last frame are a group of their own behind the others.
    costs = [each.varying + each.fixed for each in seen[: shown.frames]]
    return {
        "frames": len(costs),
        "bits": sum(costs),
        "bits_per_second": _rate(sum(costs), len(costs), shown.canvas.rate),
    }


_BITS = re.compile(r"\b(tex|mv|misc):(\d+)")


def frame_bits(path: Path) -> list[FrameBits]:
    """The bits of each frame, in the statistics of x264 and x265 (`x264/encoder/ratecontrol.c`: texture, motion, the rest)."""
    lines = (line for line in path.read_text("utf-8", "replace").splitlines() if line.startswith("in:"))
    noted = ({name: int(bits) for name, bits in _BITS.findall(line)} for line in lines)
    return [FrameBits(each.get("tex", 0) + each.get("mv", 0), each.get("misc", 0)) for each in noted]


def _rate(bits: int, frames: int, rate: object) -> int:
    return round(bits / frames * float(rate))  # type: ignore[arg-type]


@makes(ShareBits)
def make_shares(operation: ShareBits, context: StepContext) -> Measured:
    """Bits a second for each segment."""
    rate = operation.canvas.rate
    noted = [frame_bits(context.made(each.first_pass, FirstPass, FirstPass.file)) for each in operation.stretches]
    varying = [
        sum(frame.varying for frame in frames[: each.frames])
        for frames, each in zip(noted, operation.stretches, strict=True)
    ]
    # Of copies behind the end too: they are paid for out of the same share.
    fixed = [sum(frame.fixed for frame in frames) for frames in noted]
    seconds = [float(each.frames / rate) for each in operation.stretches]
    shares = shared_out(varying, fixed, seconds, operation.bits_per_second, operation.cap)
    costs = [context.measured(each.first_pass, FirstPass)["bits"] for each in operation.stretches]
    decided = {"bits_per_second": shares, "first_pass_bits": costs, "seconds": seconds}
    (context.folder / operation.file).write_text(json.dumps(decided, indent=1), "utf-8")
    total = sum(share * each for share, each in zip(shares, seconds, strict=True)) / sum(seconds)
    return {"mean": round(total), "least": min(shares), "most": max(shares)}


def shared_out(
    varying: Sequence[float], fixed: Sequence[float], seconds: Sequence[float], mean: int, cap: int
) -> list[int]:
    """Bits a second for stretches that last so long, and at one quality cost so many bits that vary with it beside those that
    are fixed.

    Each has what is fixed, and its part of what is left of a budget of `mean` bits a second for all; none more than the cap
    allows, none nothing. What the cap keeps from one goes to the others. What is fixed they have whatever the budget and the
    cap: encoders do with no less.
    """
    factor, more = HEADROOM
    most = max(LEAST_BITS, round(cap * UNDER_THE_CAP))
    budget = mean * max(LEAST_SECONDS, sum(seconds))
    base = [bits / each for bits, each in zip(fixed, seconds, strict=True)]
    wanted = [bits / each for bits, each in zip(varying, seconds, strict=True)]
    least = [max(LEAST_BITS, factor * bits + more) if bits else LEAST_BITS for bits in base]

    def shares(quality: float) -> list[float]:
        return [
            max(lowest, min(bits + quality * each, most))
            for lowest, bits, each in zip(least, base, wanted, strict=True)
        ]

    def spent(quality: float) -> float:
        return sum(share * each for share, each in zip(shares(quality), seconds, strict=True))

    low, high = 0.0, most / max(min((each for each in wanted if each > 0), default=1.0), 1e-9)
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if spent(middle) < budget else (low, middle)
    return [max(LEAST_BITS, round(share / STEP) * STEP) for share in shares(high)]
