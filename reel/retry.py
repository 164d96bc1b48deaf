"""Which errors are worth another try, and when. The same rule with Prefect and without."""

from __future__ import annotations

import itertools
import logging
import random
import time
from collections.abc import Callable
from typing import TypeVar

from reel.errors import Damaged, Internal, ReelError, Resource, Transient

Answer = TypeVar("Answer")

log = logging.getLogger("reel.retry")

RETRIES: dict[type[BaseException], int] = {Damaged: 0, Transient: 4, Resource: 2, Internal: 1}
"""How often a step is tried again after an error of each class, the first that fits; classes that are not named never are.
A step whose input is damaged cannot mend it: the plan is gone through again (`mended`).

The outside world mends itself often, a full machine sometimes; an error of ours once in a while (a neighbour's doing)."""

MOST_RETRIES = max(RETRIES.values())
FIRST_DELAY_SECONDS = 2.0
JITTER = 0.5
"""Delays are longer by chance, by up to this share: those who failed together should not come back together."""
MOST_MENDINGS = 3
"""How often a plan is gone through again; each time finds at least one more damaged artefact."""


def worth_retrying(error: BaseException, attempts: int) -> bool:
    """Whether to try again after `attempts` tries, the last of which ended with `error`."""
    allowed = next((times for kind, times in RETRIES.items() if isinstance(error, kind)), 0)
    return attempts <= allowed


def tried(call: Callable[[], Answer], pause: Callable[[float], object] = time.sleep) -> Answer:
    """What a call returns; made again as often as its errors deserve. For what is no step, so that nobody else repeats it."""
    for attempts in itertools.count(1):
        try:
            return call()
        except ReelError as error:
            if not worth_retrying(error, attempts):
                raise
            log.warning("%s; attempt %d is not the last", error, attempts)
        pause(delay_seconds(attempts) * random.uniform(1, 1 + JITTER))
    raise AssertionError("counting has no end")


def mended(perform: Callable[[], Answer]) -> Answer:
    """What performing a plan returns; gone through again where artefacts that it rests on turn out to be damaged."""
    for _ in range(MOST_MENDINGS):
        try:
            return perform()
        except Damaged as error:
            log.warning("%s", error)
    return perform()


def delay_seconds(attempts: int) -> float:
    """How long to wait after `attempts` tries: twice as long each time."""
    return FIRST_DELAY_SECONDS * 2.0 ** (attempts - 1)
