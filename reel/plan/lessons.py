"""What a generation took, and what that teaches."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Protocol

from reel.plan.estimate import Outlook, Prices, class_of, quantities_of
from reel.plan.pace import PaceKey, Quantity
from reel.plan.step import Plan, seconds_by_step
from reel.values import Value


class Taken(Protocol):
    """What a step took: its artefact says so."""

    @property
    def cpu_seconds(self) -> float: ...

    @property
    def bytes(self) -> int: ...

    @property
    def machine(self) -> str: ...


class Actual(Value):
    """What the steps took that were made, and the generation by the clock."""

    seconds: float
    cpu_seconds: float
    bytes: int
    cost: float | None = None


def actual_of(
    plan: Plan, artefacts: Mapping[str, Taken], reused: Collection[str], seconds: float, prices: Prices
) -> Actual:
    """What was made, summed; `seconds` is what the generation took by the clock."""
    made = [artefacts[step.key] for step in plan.steps if step.key not in reused]
    cpu, size = sum(each.cpu_seconds for each in made), sum(each.bytes for each in made)
    return Actual(seconds=round(seconds, 3), cpu_seconds=round(cpu, 3), bytes=size, cost=prices.of(cpu, size))


LEAST_WEIGHT = 0.05
"""Seconds: a class that weighs less in a plan says nothing, and is no part of its sum that one would notice."""


def lessons_of(
    plan: Plan,
    artefacts: Mapping[str, Taken],
    reused: Collection[str],
    expected: Outlook,
    actual: Actual,
    machine: str,
) -> dict[PaceKey, float]:
    """What a generation teaches: of each class of the steps that it made, wherever they were made, how they went against their
    weights; and of the plan as a whole, by how many spreads the outlook of this machine was missed."""
    return {**_paces(plan, artefacts, reused), **_scores(expected, actual, machine)}


def _paces(plan: Plan, artefacts: Mapping[str, Taken], reused: Collection[str]) -> dict[PaceKey, float]:
    # What a former version made, beside this one, says nothing of its processor time.
    made = [step for step in plan.steps if step.key not in reused and artefacts[step.key].cpu_seconds]
    expected = seconds_by_step(made)
    weights: dict[PaceKey, float] = defaultdict(float)
    took: dict[PaceKey, float] = defaultdict(float)
    seconds: dict[PaceKey, float] = defaultdict(float)
    for step in made:
        artefact = artefacts[step.key]
        spent: tuple[tuple[Quantity, float, float], ...] = (
            ("cpu", expected[step.key], artefact.cpu_seconds),
            ("bytes", step.work.bytes, artefact.bytes),
        )
        for quantity, weight, value in spent:
            key = class_of(quantity, step, artefact.machine)
            weights[key] += weight
            took[key] += value
            seconds[key] += expected[step.key]
    heavy = [key for key, weight in weights.items() if weight > 0 and took[key] > 0 and seconds[key] >= LEAST_WEIGHT]
    return {key: math.log(took[key] / weights[key]) for key in heavy}


def _scores(expected: Outlook, actual: Actual, machine: str) -> dict[PaceKey, float]:
    came_to = {"seconds": actual.seconds, "cpu": actual.cpu_seconds, "bytes": actual.bytes}
    return {
        PaceKey(quantity, machine): math.log(came_to[quantity] / each.value) / each.spread
        for quantity, each in quantities_of(expected)
        if each.value > 0 and each.spread > 0 and came_to[quantity] > 0
    }
