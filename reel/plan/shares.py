"""A plan's work in shares for several machines, so that each has about as much to do."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable

from reel.plan.step import Plan, Step, seconds_of

OPERATION = "shares"
"""Under which plans that travel lie in the store."""


def shares_of(
    plan: Plan, made: Collection[str], number: int, start_seconds: float = 0.0
) -> tuple[tuple[str, ...], ...]:
    """Keys of steps for each of at most `number` machines, the first of which owns the plan; no other's share is empty.

    Steps that need each other stay together, as each would have to be made wherever one of them is, and so do those of one
    composition, which is made once for all of them. The longest bundles are
    dealt first, each to whoever is done first (Graham's LPT rule, SIAM J. Appl. Math. 17, 1969: at most a third above the
    best possible). Machines other than the owner's have lost `start_seconds` of work before they begin. Keys break ties, so
    that one plan always gives one answer.
    """
    bundles = _bundles(step for step in plan.steps if step.operation.spreads and step.key not in made)
    hands: list[tuple[float, int, list[Step]]] = [(start_seconds * (order > 0), order, []) for order in range(number)]
    for bundle in sorted(bundles, key=lambda bundle: (-seconds_of(bundle), bundle[0].key)):
        seconds, order, held = hands[0]
        heapq.heapreplace(hands, (seconds + seconds_of(bundle), order, [*held, *bundle]))
    own, *others = sorted(hands, key=lambda hand: hand[1])
    return tuple(tuple(step.key for step in held) for _, _, held in (own, *(hand for hand in others if hand[2])))


def part_of(plan: Plan, keys: Collection[str]) -> Plan:
    """The plan of these steps and all that they need, without outputs."""
    reached = plan.reached_from(keys)
    return Plan(tools=plan.tools, steps=tuple(step for step in plan.steps if step.key in reached), outputs=())


def _bundles(steps: Iterable[Step]) -> list[list[Step]]:
    """Steps, given in the order of the plan, in groups that need nothing of each other."""
    holding: dict[str, list[Step]] = {}
    for step in steps:
        near = (*step.needs, *((step.composition,) if step.composition else ()))
        needed = {id(bundle): bundle for key in near if (bundle := holding.get(key))}
        first, *others = sorted(needed.values(), key=len, reverse=True) or [[]]
        first.append(step)
        for other in others:
            first.extend(other)
        for one in (step, *(one for other in others for one in other)):
            holding[one.key] = first
            if one.composition:
                holding[one.composition] = first
    return list({id(bundle): bundle for bundle in holding.values()}.values())
