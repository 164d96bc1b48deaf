"""Work that takes a processor: in threads, a few at a time, so that who only asks how things stand is answered meanwhile."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
Answer = TypeVar("Answer")

# Threads of Python take turns: more of them would make each request slow and none quick.
_THREADS = ThreadPoolExecutor(max(2, len(os.sched_getaffinity(0))), "work")


async def worked(do: Callable[P, Answer], *args: P.args, **options: P.kwargs) -> Answer:
    """What a function returns that reads, plans and checks."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_THREADS, partial(copy_context().run, do, *args, **options))
