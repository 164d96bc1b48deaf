"""How the time that a reader takes grows with what it is given."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from reel.confinement.refusal import Refusal
from reel.errors import ReelError

Make = Callable[[int], Any]
SHORTEST, LONGEST = 1 << 8, 1 << 20
LEAST_SECONDS = 0.01
"""What takes less says nothing of how it grows."""
TIMES = 8
"""How much longer the longer of two texts is: it takes 8 times as long where time grows with length, and 64 times where it
grows with its square. What a machine does beside it makes neither of them 24."""
SQUARE = 24
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
    """What was seen of a text whose time grows like its square, each time; empty where it does not."""
    n, took = SHORTEST, 0.0
    while n < LONGEST and took < LEAST_SECONDS:
        n *= 2
        took = seconds(parser, make(n))
    if took < LEAST_SECONDS:
        return ""
    seen, shorter, longer = "", n // 2, n // 2 * TIMES
    for _ in range(TRIES):
        # The least of several: whatever else a machine does takes time and gives none.
        least = min(seconds(parser, make(shorter)) for _ in range(3))
        took = seconds(parser, make(longer))
        if took < SQUARE * least:
            return ""
        seen = f"{shorter} characters took {least:.4f} s, {longer} took {took:.4f} s"
    return seen
