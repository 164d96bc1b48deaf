"""What a plan will take on one machine, before any pixel is made.

    forecast = estimate(plan, made={...}, processors=4)
    print(f"{forecast.seconds:.0f} s, between {forecast.low_seconds:.0f} and {forecast.high_seconds:.0f}")
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from reel.plan.step import Plan, Work
from reel.values import Value

LOW, HIGH = 0.7, 1.8
"""The error band: true seconds as a factor of the predicted ones, on a machine like the one of `reel/plan/work.py` with
nothing else to do. Runs of six to twelve real clips came out at 1.1 to 1.3; the band leaves room for pictures that are
easier or harder to encode than those. Another processor moves both ends alike."""


class Estimate(Value):
    """What is left to do, and what it takes."""

    steps: int
    made: int
    """Steps that need no work, because their artefacts are in the store."""
    processors: int
    seconds: float
    """Wall clock."""
    low_seconds: float
    high_seconds: float
    processor_seconds: float
    """Processor time, of all processors together: what a machine by the second is paid for."""
    bytes: int
    """Size of the artefacts that are still to be made."""


def estimate(plan: Plan, made: Collection[str], processors: int) -> Estimate:
    """The estimate for `plan` on so many processors; `made` holds the keys of steps that are made already."""
    missing = [step for step in plan if step.key not in made]
    work = sum(step.work.seconds for step in missing)
    seconds = max(work / processors, critical_path(plan, made, processors))
    return Estimate(
        steps=len(plan.steps),
        made=len(plan.steps) - len(missing),
        processors=processors,
        seconds=round(seconds, 2),
        low_seconds=round(seconds * LOW, 2),
        high_seconds=round(seconds * HIGH, 2),
        processor_seconds=round(work, 2),
        bytes=sum(step.work.bytes for step in missing),
    )


def critical_path(plan: Plan, made: Collection[str], processors: int) -> float:
    """Seconds of the longest chain of steps that wait for each other: no number of processors can be faster."""
    ends: dict[str, float] = defaultdict(float)
    for step in plan:
        begin = max((ends[key] for key in step.needs), default=0.0)
        ends[step.key] = begin + (0.0 if step.key in made else wall_seconds(step.work, processors))
    return max(ends.values(), default=0.0)


def wall_seconds(work: Work, processors: int | None = None) -> float:
    """How long a step takes by itself, on the processors that it keeps busy, or on fewer where there are not so many."""
    return work.seconds / min(work.processors, processors or work.processors)
