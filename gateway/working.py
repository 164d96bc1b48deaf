"""Work that takes a processor, or waits for somebody else's: in threads of its own, a few at a time, so that who only asks how
things stand is answered meanwhile.

A request is looked through and planned whole, of a day of video for seconds: so few may wait for it, and fewer of one tenant. A
webhook that is tried out may take its whole time: else a few that hang would hold all threads of the server.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

from gateway.problems import Refused

P = ParamSpec("P")
Answer = TypeVar("Answer")

# Threads of Python take turns: more of them would make each request slow and none quick.
_THREADS = ThreadPoolExecutor(max(2, len(os.sched_getaffinity(0))), "work")
# A table of ten thousand rows takes half a minute: orders do not wait behind some of them.
_TABLES = ThreadPoolExecutor(1, "tables")
# These only wait.
_TRIALS = ThreadPoolExecutor(8, "trials")


def tables(most: int, most_of_one: int) -> Work:
    """What a process takes on of batches, of all tenants and of one."""
    return Work(most, most_of_one, "taken in", _TABLES)


def trials() -> Work:
    """What a process takes on of webhooks that are tried out."""
    return Work(8, 2, "tried out", _TRIALS)


class Work:
    """What one process has taken on."""

    def __init__(self, most: int, most_of_one: int, what: str = "looked through", threads: Executor = _THREADS) -> None:
        """So much at a time, what waits included: of all tenants, and of one. `what` is done with requests, in words."""
        self._most, self._most_of_one, self._what, self._threads = most, most_of_one, what, threads
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    async def done(self, tenant: str, do: Callable[P, Answer], *args: P.args, **options: P.kwargs) -> Answer:
        """What a function returns that reads, plans and checks. Raises `Refused` where too much waits already."""
        with self._place(tenant):
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, partial(copy_context().run, do, *args, **options))

    @contextmanager
    def _place(self, tenant: str) -> Iterator[None]:
        with self._lock:
            if self._taken[tenant] >= self._most_of_one:
                detail = f"{self._most_of_one} requests of yours are being {self._what}: wait for their answers"
                raise Refused(429, detail, headers={"Retry-After": "2"})
            if self._taken.total() >= self._most:
                raise Refused(503, f"too many requests are being {self._what}", headers={"Retry-After": "5"})
            self._taken[tenant] += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken[tenant] -= 1
                self._taken += Counter()  # whoever has none is forgotten
