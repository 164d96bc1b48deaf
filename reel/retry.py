"""Which errors are worth another try, and when. The same rule with Prefect and without."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from reel.errors import Damaged, Internal, Resource, Transient
from reel.patience import SYSTEM, Clock, Policy, doubling, retry
from reel.settings import settings

Answer = TypeVar("Answer")

DELAYS = doubling(2.0, 16.0)
JITTER = 0.5
"""Delays are longer by chance, by up to this share."""
MENDING = Policy((0.0,), retries={Damaged: 3})
"""A plan is gone through again at once, so often; each time finds at least one more damaged artefact."""


def by_class() -> Policy:
    """The rule of all steps: the class of an error decides how often it is tried again.

    The outside world mends itself often, a full machine sometimes; an error of ours once in a while (a neighbour's doing).
    A step whose input is damaged cannot mend it: the plan is gone through again (`mended`).
    """
    own = settings()
    retries: dict[type[Exception], float] = {
        Damaged: 0,
        Transient: own.retries_transient,
        Resource: own.retries_resource,
        Internal: own.retries_internal,
    }
    return Policy(DELAYS, (1.0, 1.0 + JITTER), retries)


def tried(call: Callable[[], Answer], clock: Clock = SYSTEM) -> Answer:
    """What a call returns; made again as often as its errors deserve. For what nobody else repeats."""
    return retry(call, by_class(), clock)


def mended(perform: Callable[[], Answer]) -> Answer:
    """What performing a plan returns; gone through again where artefacts that it rests on turn out to be damaged."""
    return retry(perform, MENDING)
