"""How much memory this process holds."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LOOK_SECONDS = 0.005


@dataclass
class Held:
    """Most memory above that of the beginning, in bytes."""

    bytes: int = 0


@contextmanager
def most_held() -> Iterator[Held]:
    """Looks at this process's memory (proportional set size) as long as the context lasts."""
    begin, found, over = _held(), Held(), threading.Event()

    def look() -> None:
        while not over.wait(LOOK_SECONDS):
            found.bytes = max(found.bytes, _held() - begin)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield found
    finally:
        over.set()
        looking.join()


def _held() -> int:
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
