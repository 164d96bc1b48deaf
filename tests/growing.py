"""How the time that a reader takes grows with what it is given."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from reel.confinement.refusal import Refusal
from reel.errors import ReelError

Make = Callable[[int], Any]
SHORTEST, LONGEST = 1 << 8, 1 << 20
LEAST_SECONDS = 0.02
"""What takes less says nothing of how it grows."""
TRIES = 4


@dataclass(frozen=True)
class Parser:
    read: Callable[[Any], object]
    texts: tuple[Make, ...]


def repeated(*pieces: str, before: str = "", after: str = "") -> tuple[Make, ...]:
    """Texts of one piece, over and over."""
    return tuple(lambda n, piece=piece: before + piece * (n // len(piece)) + after for piece in pieces)


def seconds(parser: Parser, given: Any) -> float:
    begun = time.process_time()
    # What is wrong is told, in words: nothing else may come of it.
    with suppress(ReelError, ValueError, Refusal):
        parser.read(given)
    return time.process_time() - begun


def grows_like_a_square(parser: Parser, make: Make) -> str:
    """What was seen of a text that takes three or four times as long when it is doubled, each time; empty where none does."""
    n, took = SHORTEST, 0.0
    while n < LONGEST and took < LEAST_SECONDS:
        n *= 2
        took = seconds(parser, make(n))
    if took < LEAST_SECONDS:
        return ""
    seen = ""
    for _ in range(TRIES):
        # Of several tries the least: whatever else a machine does takes time and gives none.
        sizes = [n // 2, n, 2 * n]
        least = [min(seconds(parser, make(size)) for _ in range(3)) for size in sizes]
        ratios = [after / max(before, 1e-9) for before, after in pairwise(least)]
        seen = f"{sizes} characters took {[round(each, 4) for each in least]} s"
        if min(ratios) < 3:
            return ""
    return seen
