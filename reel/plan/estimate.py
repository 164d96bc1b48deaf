"""What a plan will take, before any of it is made.

A plan's steps are weighed by their operations (`Work`), and each weight is corrected by what the class of the step took here
before (`reel.plan.pace`). The sum's spread follows from those of the classes, which have half of their causes in common: the
footage, the machine. By how many spreads plans miss their outlook is learnt too (`_margin`), so that p90 is what nine of ten
plans stay under on this installation, whatever its distribution.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

from pydantic import model_validator

from reel.plan.operations.expected import Sort
from reel.plan.pace import NO_HISTORY, History, Pace, PaceKey, Quantity, ages, quantile
from reel.plan.proving import Foreseen
from reel.plan.step import Plan, Step, seconds_by_step
from reel.values import Value

IN_COMMON = 0.5
"""Correlation of the errors of two classes within one plan."""
SCHEDULE_SPREAD = 0.35
"""Of the time by the clock: what else runs on the machine, beside what the processor time says."""
HALF_LIFE_OF_PLANS = 24
"""Plans after which a score is worth half. A share of one in ten wants more of them than a median."""
BELIEVED = [NormalDist().inv_cdf((number + 0.5) / 10) for number in range(10)]
"""Scores that stand in until plans have left their own: those of a normal distribution."""
BELIEVED_WORTH = 4.0
"""How many plans they are worth together."""


class Estimate(Value):
    """Expected figures of what is still to be made: the median, and what nine of ten such plans stay under (p90)."""

    seconds: float
    """By the clock, on that many processors."""
    seconds_p90: float
    cpu_seconds: float
    """Of processors."""
    cpu_seconds_p90: float
    bytes: int
    """Of all that the steps make; what is published is a part of it."""
    bytes_p90: int
    cost: float | None = None
    """By the prices of the settings; null where there are none."""
    cost_p90: float | None = None
    steps: int
    """How many steps are to be made; the others are there."""
    learnt: float = 0.0
    """Share of the expected processor time that this installation has made the like of before."""

    @model_validator(mode="before")
    @classmethod
    def _of_before(cls, document: Any) -> Any:
        """Reports that former versions have stored told a fixed band of the seconds."""
        if not isinstance(document, dict) or "seconds_high" not in document:
            return document
        kept = {name: value for name, value in document.items() if name not in ("seconds_low", "seconds_high")}
        unknown = {f"{name}_p90": document[name] for name in ("cpu_seconds", "bytes")}
        return {**kept, **unknown, "seconds_p90": document["seconds_high"]}


class Prices(Value):
    """What is paid, in whatever money."""

    processor_second: float = 0.0
    stored_gigabyte: float = 0.0
    """For 10^9 bytes, for as long as they are kept."""

    def of(self, cpu_seconds: float, size: float) -> float | None:
        """The cost; null where nothing has a price."""
        if not (self.processor_second or self.stored_gigabyte):
            return None
        return round(cpu_seconds * self.processor_second + size / 1e9 * self.stored_gigabyte, 6)


FREE = Prices()


@dataclass(frozen=True)
class Basis:
    """What an estimate rests on beside the plan: where it would be made, and what is known of that."""

    processors: int
    machine: str = ""
    history: History = NO_HISTORY
    prices: Prices = FREE


@dataclass(frozen=True)
class Expected:
    """A quantity as the paces of the steps alone have it."""

    value: float
    spread: float
    """Standard deviation of its logarithm."""


@dataclass(frozen=True)
class Outlook:
    """What is expected of a plan's missing steps, by quantity, before the scores of former plans are looked at."""

    steps: int
    cpu: Expected
    bytes: Expected
    seconds: Expected
    learnt: float


def urgency(plan: Plan, factors: Mapping[str, float] | None = None) -> Mapping[str, float]:
    """For each step, the seconds by the clock of the longest chain of work that begins with it (critical-path scheduling).

    A step that works on several processors takes as much less of them. Weights are corrected by `factors`, by key.
    """
    behind: dict[str, float] = defaultdict(float)
    for step in reversed(plan.steps):
        factor = factors[step.key] if factors else 1.0
        behind[step.key] += step.work.seconds * factor / step.work.processors
        for key in step.needs:
            behind[key] = max(behind[key], behind[step.key])
    return behind


def outlook(plan: Plan, made: Collection[str], basis: Basis, besides: Sequence[Foreseen] = ()) -> Outlook:
    """What making all steps but those in `made` takes, and some `besides` which the plan does not have yet: their work spread
    over the processors, but no less than the longest chain of steps that need each other."""
    missing = [step for step in plan.steps if step.key not in made]
    weights = seconds_by_step(missing)
    work = by_class("cpu", missing, weights, basis.machine)
    for kind, weight in besides:
        work[PaceKey("cpu", basis.machine, kind, *Sort())] += weight
    paces = {key: basis.history.pace(key) for key in work}
    cpu = _sum(work, paces)
    sizes = by_class("bytes", missing, {step.key: step.work.bytes for step in missing}, basis.machine)
    factors = {step.key: paces[class_of("cpu", step, basis.machine)].factor for step in missing}
    left = Plan(tools=plan.tools, steps=tuple(missing), outputs=())
    longest = max(urgency(left, factors).values(), default=0.0)
    known = sum(weight * paces[key].factor for key, weight in work.items() if paces[key].known)
    return Outlook(
        steps=len(missing) + len(besides),
        cpu=cpu,
        bytes=_sum(sizes, {key: basis.history.pace(key) for key in sizes}),
        seconds=Expected(max(cpu.value / basis.processors, longest), math.hypot(cpu.spread, SCHEDULE_SPREAD)),
        learnt=known / cpu.value if cpu.value else 0.0,
    )


def estimate(plan: Plan, made: Collection[str], basis: Basis, besides: Sequence[Foreseen] = ()) -> Estimate:
    """What making all steps but those in `made` takes, and those `besides`, at p50 and p90."""
    return settled(outlook(plan, made, basis, besides), basis)


def settled(expected: Outlook, basis: Basis) -> Estimate:
    """An outlook as an estimate: with what former outlooks missed."""
    seconds, cpu, size = (
        [_likely(each, basis.history.scores(quantity, basis.machine), share) for share in (0.5, 0.9)]
        for quantity, each in quantities_of(expected)
    )
    return Estimate(
        seconds=round(seconds[0], 2),
        seconds_p90=round(seconds[1], 2),
        cpu_seconds=round(cpu[0], 2),
        cpu_seconds_p90=round(cpu[1], 2),
        bytes=round(size[0]),
        bytes_p90=round(size[1]),
        cost=basis.prices.of(cpu[0], size[0]),
        cost_p90=basis.prices.of(cpu[1], size[1]),
        steps=expected.steps,
        learnt=round(expected.learnt, 2),
    )


def quantities_of(expected: Outlook) -> tuple[tuple[Quantity, Expected], ...]:
    """Each quantity of an outlook, by its name."""
    return ("seconds", expected.seconds), ("cpu", expected.cpu), ("bytes", expected.bytes)


def _likely(expected: Expected, scores: Sequence[float], share: float) -> float:
    return expected.value * math.exp(expected.spread * _margin(scores, share))


def _margin(scores: Sequence[float], share: float) -> float:
    """How many spreads above its outlook a plan lies that such a share of plans do not exceed (conformal prediction)."""
    worths = [BELIEVED_WORTH / len(BELIEVED)] * len(BELIEVED) + ages(len(scores), HALF_LIFE_OF_PLANS)
    return quantile([*BELIEVED, *scores], worths, share)


def class_of(quantity: Quantity, step: Step, machine: str) -> PaceKey:
    """The class of a step made on a machine."""
    sort = step.operation.sort()
    return PaceKey(quantity, machine, step.kind, sort.codec, sort.effort, sort.size)


def by_class(
    quantity: Quantity, steps: Iterable[Step], weights: Mapping[str, float], machine: str
) -> dict[PaceKey, float]:
    """What steps weigh, by class; `weights` go by key."""
    found: dict[PaceKey, float] = defaultdict(float)
    for step in steps:
        found[class_of(quantity, step, machine)] += weights[step.key]
    return found


def _sum(weights: Mapping[PaceKey, float], paces: Mapping[PaceKey, Pace]) -> Expected:
    """The sum of all classes. Half of the variance is theirs alone and averages out, half is common and does not."""
    means = {key: weight * paces[key].factor for key, weight in weights.items()}
    total = sum(means.values())
    if not total:
        return Expected(0.0, 0.0)
    deviations = [mean * paces[key].spread for key, mean in means.items()]
    alone, common = sum(each**2 for each in deviations), sum(deviations) ** 2
    return Expected(total, math.sqrt((1 - IN_COMMON) * alone + IN_COMMON * common) / total)
