"""Waiting and trying again: one kind of policy for both, and a clock that a test can move.

retry(lambda: records.note(step), while_away(300.0, Transient))
wait_until(lambda: process.poll() is not None, Policy((0.05,), seconds=10.0))
"""

from __future__ import annotations

import logging
import math
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

Answer = TypeVar("Answer")

log = logging.getLogger("reel.patience")


@dataclass(frozen=True)
class Clock:
    """What tells the time and lets it pass."""

    now: Callable[[], float] = time.monotonic
    """Seconds since whenever."""
    sleep: Callable[[float], object] = time.sleep
    """Waits for so many seconds; a true answer says that it is not worth going on."""


SYSTEM = Clock()


@dataclass(frozen=True)
class Policy:
    """How long to wait between attempts, and when to give up."""

    delays: tuple[float, ...]
    """Seconds before the second attempt, before the third, and so on; the last stands for all that follow."""
    jitter: tuple[float, float] = (1.0, 1.0)
    """A delay is multiplied by a number between these, by chance: those who failed together should not come back together."""
    retries: Mapping[type[Exception], float] = field(default_factory=dict)
    """How often to try again after an error of each class, the first that fits; after others, never."""
    seconds: float = math.inf
    """How long after the first attempt another may begin."""

    def allows(self, failures: float, error: object) -> bool:
        """Whether to try again after so many failures, the last of which was `error`."""
        return failures <= next((times for kind, times in self.retries.items() if isinstance(error, kind)), 0)

    def delay_seconds(self, failures: float, chance: float | None = None) -> float:
        """How long to wait after so many failures (1 or more). `chance` is from 0 to 1; null: at random."""
        least, most = self.jitter
        share = random.random() if chance is None else chance
        return self.delays[int(min(failures, len(self.delays))) - 1] * (least + (most - least) * share)


def doubling(first: float, last: float) -> tuple[float, ...]:
    """Delays of which each is twice the one before, up to the last."""
    return (*(first * 2.0**number for number in range(math.ceil(math.log2(last / first)))), last)


def while_away(seconds: float, *errors: type[Exception]) -> Policy:
    """For a service that comes back: asked again soon, then every ten seconds, for so long as these errors may go on."""
    return Policy(doubling(0.5, 10.0), retries=dict.fromkeys(errors, math.inf), seconds=seconds)


def retry(
    call: Callable[[], Answer],
    policy: Policy,
    clock: Clock = SYSTEM,
    count: Callable[[float], float] = lambda failures: failures,
) -> Answer:
    """What a call returns, made again as often as its errors deserve; then the last error is raised.

    `count` is told how many failures there were and says for how many they count: one that got on counts as the first,
    and with one for which nothing can be hoped, infinitely many.
    """
    began, failures = clock.now(), 0.0
    while True:
        try:
            return call()
        except tuple(policy.retries) as error:
            failures = count(failures + 1)
            delay = policy.delay_seconds(failures)
            if not policy.allows(failures, error) or clock.now() + delay > began + policy.seconds:
                raise
            log.warning("%s; trying again in %.1f s", error, delay)
            if clock.sleep(delay):
                raise


def wait_until(condition: Callable[[], Answer | None], policy: Policy, clock: Clock = SYSTEM) -> Answer | None:
    """The first answer of `condition` that is neither null nor false; null where none comes in the policy's time."""
    began, looks = clock.now(), 0
    while (found := condition()) is None or found is False:
        looks += 1
        delay = policy.delay_seconds(looks)
        if clock.now() + delay > began + policy.seconds or clock.sleep(delay):
            return None
    return found
