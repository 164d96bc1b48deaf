"""What proving a plan is expected to take, of one that has no proofs: where nothing is performed, nobody chooses frames."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from reel.plan.operations import Bind, Compose, Join, ProvePicture, ProveSound, Remux, SoundMix
from reel.plan.operations.base import Segment
from reel.plan.operations.proofs import (
    BIND_SECONDS,
    FRAME_SECONDS,
    LISTENED_SECONDS,
    MOST_FRAMES,
    MOST_WINDOWS,
    PROOF_SECONDS,
    SHARE,
    looked_seconds,
)
from reel.plan.step import Plan, Step

LEAST_FRAMES = 2
"""Of a segment that are looked at, though its share pays for none: each clip is seen once."""


class Foreseen(NamedTuple):
    """A step that a plan will have besides."""

    kind: str
    seconds: float
    """Of a processor."""


def foreseen_proofs(plan: Plan) -> Iterator[Foreseen]:
    """The proofs of a plan that has none: one for each segment and soundtrack, and one that binds each video to its own."""
    joins = [step.operation for step in plan.steps if isinstance(step.operation, Join)]
    remuxes = [step.operation for step in plan.steps if isinstance(step.operation, Remux)]
    for key in dict.fromkeys(part for muxed in (*joins, *remuxes) for part in muxed.needs()):
        made = plan.by_key[key].operation
        if isinstance(made, Segment):
            yield Foreseen(ProvePicture.kind, _picture_seconds(plan.by_key[key], made))
        elif isinstance(made, SoundMix):
            windows = min(MOST_WINDOWS, 3 * len(made.parts))
            yield Foreseen(ProveSound.kind, PROOF_SECONDS * bool(made.parts) + windows * LISTENED_SECONDS)
    yield from (Foreseen(Bind.kind, BIND_SECONDS) for _ in joins)


def _picture_seconds(step: Step, made: Segment) -> float:
    clips = len(made.layers) if isinstance(made, Compose) else 1
    paid = int((step.work.seconds * SHARE - PROOF_SECONDS) / FRAME_SECONDS)
    reader = PROOF_SECONDS * bool(made.assets())
    return reader + min(MOST_FRAMES, max(LEAST_FRAMES, paid)) * looked_seconds(made.canvas, clips)
