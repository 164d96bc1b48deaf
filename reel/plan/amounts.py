"""How much a plan delivers, as far as that can be said before: what quotas are of."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from reel.plan.estimate import Basis, class_of
from reel.plan.operations import Animated, Fragment, Join, Remux, SoundFile, SoundMix
from reel.plan.operations.locked import Locked
from reel.plan.step import Plan, PlannedOutput


class Amounts(NamedTuple):
    """Of all outputs together."""

    seconds: float = 0.0
    """Of variants: of each, its longest video or sound."""
    bytes: int = 0
    pixels: int = 0
    """Of all frames of all videos."""


def amounts_of(plan: Plan, basis: Basis) -> Amounts:
    """Lengths and frames are those of the plan; sizes are corrected by what was learnt of them."""
    seconds: dict[int, float] = defaultdict(float)
    files, joins = {(each.variant, each.step) for each in plan.outputs}, set[tuple[int, str]]()
    for output in plan.outputs:
        key = _put_together(output, plan)
        made = plan.by_key[key].operation
        if isinstance(made, Join):
            seconds[output.variant] = max(seconds[output.variant], float(made.frames / made.canvas.rate))
            joins.add((output.variant, key))
        elif isinstance(made, SoundMix):
            seconds[output.variant] = max(seconds[output.variant], made.samples / made.sample_rate)
    size = sum(_bytes(key, plan, basis) for _, key in files)
    return Amounts(sum(seconds.values()), round(size), sum(_pixels(key, plan) for _, key in joins))


def _put_together(output: PlannedOutput, plan: Plan) -> str:
    """The step that put the packets of an output together; of others, what makes it."""
    key = output.step
    while isinstance(made := plan.by_key[key].operation, Animated | Fragment | Locked | SoundFile | Remux):
        key = made.source
    return key


def _bytes(key: str, plan: Plan, basis: Basis) -> float:
    step = plan.by_key[key]
    return step.work.bytes * basis.history.pace(class_of("bytes", step, basis.machine)).factor


def _pixels(key: str, plan: Plan) -> int:
    made = plan.by_key[key].operation
    return made.frames * made.canvas.pixels if isinstance(made, Join) else 0
