"""How many bytes a second go out: to one address, and in all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

from starlette.concurrency import iterate_in_threadpool

from gateway.limiting import network_of

BURST_SECONDS = 1.0
"""What was not used of this long may be caught up on: a player that begins is not made to wait."""
MOST_ADDRESSES = 10_000
"""That are remembered; past these, those that wait for nothing are forgotten."""


class Throttle:
    """Lets bytes go at a pace. Of one event loop."""

    def __init__(self, per_address: int | None, in_all: int | None, clock: Callable[[], float] | None = None) -> None:
        """Bytes a second; null: any number."""
        self._per_address, self._in_all = per_address, in_all
        self._clock = clock or (lambda: asyncio.get_running_loop().time())
        self._free: dict[str, float] = {}

    async def paced(self, address: str, found: Iterator[bytes]) -> AsyncIterator[bytes]:
        """Blocks as they may go. They are read in threads."""
        async for block in iterate_in_threadpool(found):
            wait = self.wait_for(address, len(block))
            if wait > 0:
                await asyncio.sleep(wait)
            yield block

    def wait_for(self, address: str, size: int) -> float:
        """Count bytes that are about to go; how many seconds they have to wait."""
        return max(
            self._booked(network_of(address), self._per_address, size),
            # No address is called so.
            self._booked("", self._in_all, size),
        )

    def _booked(self, whose: str, rate: int | None, size: int) -> float:
        """Each books the time that its bytes take, after what was booked before: so many at once share it fairly."""
        if not rate:
            return 0.0
        now = self._clock()
        start = max(self._free.get(whose, 0.0), now - BURST_SECONDS)
        self._free[whose] = start + size / rate
        if len(self._free) > MOST_ADDRESSES:
            self._free = {name: free for name, free in self._free.items() if free > now - BURST_SECONDS}
        return start - now
