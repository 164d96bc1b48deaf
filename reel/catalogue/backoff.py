"""When a webhook that was not taken is sent again."""

from __future__ import annotations

from datetime import timedelta

DELAYS = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
"""The schedule that the Standard Webhooks specification suggests; the first attempt comes at once, before these."""
JITTER = 0.2
"""Largest share of a delay that is added, so that what failed together does not come back together."""


def retry_delay(attempts: int, chance: float) -> timedelta | None:
    """How long to wait after the given number of failed attempts (1 or more); null when it is time to give up.

    `chance` is a random number from 0 to 1.
    """
    return DELAYS[attempts - 1] * (1 + JITTER * chance) if attempts <= len(DELAYS) else None
