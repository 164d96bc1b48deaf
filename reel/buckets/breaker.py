"""Circuit breakers: a service that is down is not asked by everybody, again and again, until one has seen that it is back.

After M. Nygard, "Release It!" (2007), chapter "Stability Patterns".
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

from reel.errors import Transient

FAILURES_IN_ROW = 8
"""So many show that it is the service and not one request; several threads ask it at a time."""
OPEN_SECONDS = 3.0
"""How long nobody is let through then; shorter than what callers are patient for."""


class Breaker:
    """Lets calls through until several in a row have failed; then none for a while, then one, to see. Safe from all threads.

    Only `Transient` is a failure: whatever else a service says, it is there.
    """

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._clock = clock
        self._failures = 0
        self._open_until = 0.0
        self._lock = threading.Lock()

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """For one call. Raises `Transient` at once where the service is known to be down."""
        self._enter()
        try:
            yield
        except Transient:
            self._note(failed=True)
            raise
        except BaseException:
            self._note(failed=False)
            raise
        self._note(failed=False)

    def _enter(self) -> None:
        with self._lock:
            if self._failures < FAILURES_IN_ROW:
                return
            now = self._clock()
            if now < self._open_until:
                what = f"failed {self._failures} times in a row, and is not asked for {self._open_until - now:.1f} s"
                raise Transient.at(self._name, what)
            # This one sees whether it is back; the others wait for what it finds.
            self._open_until = now + OPEN_SECONDS

    def _note(self, *, failed: bool) -> None:
        with self._lock:
            self._failures = self._failures + 1 if failed else 0
            if failed:
                self._open_until = self._clock() + OPEN_SECONDS


@cache
def breaker_of(service: str) -> Breaker:
    """The breaker of a service in this process, by its address."""
    return Breaker(service)
