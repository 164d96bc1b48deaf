"""A plan's work in shares for several machines, so that each has about as much to do."""

from __future__ import annotations

import heapq
from collections.abc import Collection

from reel.plan.step import Plan, Step

SPREAD_KINDS = frozenset({"picture", "compose", "copied", "decode", "stretch", "soundtrack"})
"""Steps that are worth another machine's while. What they need is made where they are made; what comes after them
(joining, stills) takes next to nothing, and is left to the machine that owns the plan."""


def shares_of(plan: Plan, made: Collection[str], number: int) -> tuple[tuple[str, ...], ...]:
    """Keys of steps for each of at most `number` machines, the largest share first; none is empty.

    The longest steps are dealt first, each to whoever has the least so far (Graham's LPT rule, SIAM J. Appl. Math. 17,
    1969: at most a third above the best possible). Keys break ties, so that one plan always gives one answer.
    """
    steps = [step for step in plan.steps if step.kind in SPREAD_KINDS and step.key not in made]
    hands: list[tuple[float, int, list[Step]]] = [(0.0, order, []) for order in range(number)]
    for step in sorted(steps, key=lambda step: (-step.work.seconds, step.key)):
        seconds, order, held = heapq.heappop(hands)
        heapq.heappush(hands, (seconds + step.work.seconds, order, [*held, step]))
    dealt = sorted((hand for hand in hands if hand[2]), key=lambda hand: (-hand[0], hand[1]))
    return tuple(tuple(step.key for step in held) for _, _, held in dealt)


def part_of(plan: Plan, keys: Collection[str]) -> Plan:
    """The plan of these steps and all that they need, without outputs."""
    reached = plan.reached_from(keys)
    return Plan(build=plan.build, steps=tuple(step for step in plan.steps if step.key in reached), outputs=())
