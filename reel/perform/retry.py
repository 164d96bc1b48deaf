"""Which errors are worth another try, and when. The same rule with Prefect and without."""

from __future__ import annotations

from reel.errors import Internal, Resource, Transient

RETRIES: dict[type[BaseException], int] = {Transient: 4, Resource: 2, Internal: 1}
"""How often a step is tried again after an error of each class; classes that are not named never are.

The outside world mends itself often, a full machine sometimes; an error of ours once in a while (a neighbour's doing)."""

MOST_RETRIES = max(RETRIES.values())
FIRST_DELAY_SECONDS = 2.0


def worth_retrying(error: BaseException, attempts: int) -> bool:
    """Whether to try again after `attempts` tries, the last of which ended with `error`."""
    allowed = next((times for kind, times in RETRIES.items() if isinstance(error, kind)), 0)
    return attempts <= allowed


def delay_seconds(attempts: int) -> float:
    """How long to wait after `attempts` tries: twice as long each time."""
    return FIRST_DELAY_SECONDS * 2.0 ** (attempts - 1)
