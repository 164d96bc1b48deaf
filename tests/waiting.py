"""Waiting for what other processes do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from reel.patience import Clock

POLL_SECONDS = 0.05
PATIENCE_SECONDS = 300.0
"""Only what hangs takes so long, however slow or busy the machine is. Less than pytest's own limit, which tells nothing."""


def wait_for(
    condition: Callable[[], Any], what: str, seconds: float = PATIENCE_SECONDS, tell: Callable[[], str] = str
) -> Any:
    """The first true value of `condition`; `TimeoutError` where there is none in time, with what `tell` says then."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {seconds:g} s\n{tell()}")
        time.sleep(POLL_SECONDS)
    return found


class Passing:
    """A clock on which time passes only while somebody sleeps; it remembers how long each time."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> float:
        return sum(self.slept)

    def clock(self) -> Clock:
        return Clock(self.now, self.slept.append)
