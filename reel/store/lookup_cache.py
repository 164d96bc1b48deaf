"""Artefacts that this process has seen in a store lately: it need not ask again for the same."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from reel.artefact import Artefact

MOST_KNOWN = 10_000


class LookupCache:
    """Artefacts by operation and key, each for so many seconds; 0: for none.

    What is *not* there is never cached: others may make it.
    """

    def __init__(self, seconds: float, most: int = MOST_KNOWN, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._most = most
        self._clock = clock
        self._held: dict[tuple[str, str], tuple[float, Artefact]] = {}
        self._lock = threading.Lock()

    def recall(self, key: str, operation: str) -> Artefact | None:
        """The artefact, where it was seen lately."""
        until, artefact = self._held.get((operation, key), (0.0, None))
        return artefact if self._clock() < until else None

    def remember(self, artefact: Artefact) -> None:
        """The artefact was seen to be whole; the one that was seen first makes room where there is none."""
        name = (artefact.operation, artefact.key)
        if not self._seconds:
            return
        with self._lock:
            self._held.pop(name, None)
            if len(self._held) >= self._most:
                del self._held[next(iter(self._held))]
            self._held[name] = (self._clock() + self._seconds, artefact)

    def forget(self, key: str, operation: str) -> None:
        """The artefact was removed."""
        with self._lock:
            self._held.pop((operation, key), None)

    def clear(self) -> None:
        """Something turned out to be gone, so anything may be."""
        with self._lock:
            self._held.clear()
