"""First passes over segments, and sharing one budget out to all of them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

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

STEP = 1_000
"""Bits a second that shares are rounded to."""


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
    costs = seen[: shown.frames]
    return {
        "frames": len(costs),
        "bits": sum(costs),
        "bits_per_second": _rate(sum(costs), len(costs), shown.canvas.rate),
    }


_BITS = re.compile(r"\b(tex|mv|misc):(\d+)")


def frame_bits(path: Path) -> list[int]:
    """The bits of each frame, in the statistics of x264 and x265 (`x264/encoder/ratecontrol.c`: texture, motion, the rest)."""
    lines = (line for line in path.read_text("utf-8", "replace").splitlines() if line.startswith("in:"))
    return [sum(int(bits) for _, bits in _BITS.findall(line)) for line in lines]


def _rate(bits: int, frames: int, rate: object) -> int:
    return round(bits / frames * float(rate))  # type: ignore[arg-type]


@makes(ShareBits)
def make_shares(operation: ShareBits, context: StepContext) -> Measured:
    """Bits a second for each segment."""
    rate = operation.canvas.rate
    costs = [context.measured(each.first_pass, FirstPass)["bits"] for each in operation.stretches]
    seconds = [float(each.frames / rate) for each in operation.stretches]
    shares = shared_out(costs, seconds, operation.bits_per_second, operation.cap)
    decided = {"bits_per_second": shares, "first_pass_bits": costs, "seconds": seconds}
    (context.folder / operation.file).write_text(json.dumps(decided, indent=1), "utf-8")
    total = sum(share * each for share, each in zip(shares, seconds, strict=True)) / sum(seconds)
    return {"mean": round(total), "least": min(shares), "most": max(shares)}


def shared_out(costs: Sequence[float], seconds: Sequence[float], mean: int, cap: int) -> list[int]:
    """Bits a second for stretches that cost so many bits at one quality, and last so long.

    Each has its part of a budget of `mean` bits a second for all, none more than the cap allows, none nothing. What the cap
    keeps from one goes to the others.
    """
    most = max(LEAST_BITS, round(cap * UNDER_THE_CAP))
    budget = mean * sum(seconds)
    wanted = [cost / each for cost, each in zip(costs, seconds, strict=True)]

    def shares(factor: float) -> list[float]:
        return [min(max(factor * each, LEAST_BITS), most) for each in wanted]

    def spent(factor: float) -> float:
        return sum(share * each for share, each in zip(shares(factor), seconds, strict=True))

    low, high = 0.0, most / max(min((each for each in wanted if each > 0), default=1.0), 1e-9)
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if spent(middle) < budget else (low, middle)
    return [max(LEAST_BITS, round(share / STEP) * STEP) for share in shares(high)]
