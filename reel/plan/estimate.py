"""What a plan will take, before any of it is made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from reel.plan.step import Plan, seconds_of
from reel.values import Value

LOWEST, HIGHEST = 0.5, 2.5
"""The error band: real seconds lie between these multiples of the expected ones. Footage differs that much (grain and
water against a still), and so do machines from the one that `reel.plan.operations.work` was fitted on."""


class Estimate(Value):
    """Expected figures of what is still to be made."""

    seconds: float
    """By the clock, on that many processors."""
    seconds_low: float
    seconds_high: float
    cpu_seconds: float
    bytes: int
    steps: int
    """How many steps are to be made; the others are there."""


def urgency(plan: Plan) -> Mapping[str, float]:
    """For each step, the seconds by the clock of the longest chain of work that begins with it (critical-path scheduling).

    A step that works on several processors takes as much less of them.
    """
    behind: dict[str, float] = defaultdict(float)
    for step in reversed(plan.steps):
        behind[step.key] += step.work.seconds / step.work.processors
        for key in step.needs:
            behind[key] = max(behind[key], behind[step.key])
    return behind


def estimate(plan: Plan, made: Collection[str], processors: int) -> Estimate:
    """What making all steps but those in `made` takes: their work spread over the processors, but no less than the longest
    chain of steps that need each other."""
    missing = [step for step in plan.steps if step.key not in made]
    work = seconds_of(missing)
    left = Plan(tools=plan.tools, steps=tuple(missing), outputs=())
    longest = max(urgency(left).values(), default=0.0)
    seconds = max(work / processors, longest)
    return Estimate(
        seconds=round(seconds, 1),
        seconds_low=round(seconds * LOWEST, 1),
        seconds_high=round(seconds * HIGHEST, 1),
        cpu_seconds=round(work, 1),
        bytes=sum(step.work.bytes for step in missing),
        steps=len(missing),
    )
