"""How fast this installation is: what steps really took, against what they were weighed at, and what that says of the next.

Each generation that is done leaves, for each class of its steps, one number for processor time and one for bytes: the logarithm
of what they took together over what they were weighed at together. A class's pace is the weighted median of its newest ones, in
which each is worth half of one that is `HALF_LIFE` younger, so that a new machine, or a new version, is soon all that counts.
What is known of few is drawn towards what is known of more: the class at any size, of any codec, on any machine, and where
nothing is known at all the weights themselves (`PRIOR`).

One number for a generation, not for a step: its steps show the same footage, so that they are not worth more than one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

Quantity = Literal["cpu", "bytes", "seconds"]

HALF_LIFE = 12
"""Generations after which an observation is worth half."""
KEPT = 48
"""Observations that are kept of a class: what is older is worth a sixteenth."""


class PaceKey(NamedTuple):
    """A class of steps whose paces are taken to be alike; or, without an operation, whole plans."""

    quantity: Quantity
    machine: str
    operation: str = ""
    codec: str = ""
    effort: str = ""
    size: str = ""
    """Lines of the canvas, to the next usual number: `720p`."""

    def wider(self) -> tuple[PaceKey, ...]:
        """The classes that this one is a part of, the widest first, with itself."""
        any_size = self._replace(size=self.size and ANY)
        any_codec = any_size._replace(codec=self.codec and ANY, effort=self.effort and ANY)
        anywhere = any_codec._replace(machine=ANY)
        return tuple(dict.fromkeys((anywhere, any_codec, any_size, self)))


ANY = "*"


@dataclass(frozen=True)
class Pace:
    """What a quantity comes to, against what it was weighed at."""

    log: float
    """Natural logarithm of the factor: the median."""
    spread: float
    """Standard deviation of it."""
    known: float
    """How many observations stand behind it, the old ones counted for less."""

    @property
    def factor(self) -> float:
        return math.exp(self.log)


PRIOR = Pace(log=0.0, spread=0.5, known=0.0)
"""What is believed of a class that nothing is known of: its weight is right within a factor of 1.65, two times of three."""
LIKE_THE_WIDER = 1.0
"""How many observations what is known of the wider class is worth."""
LEAST_SPREAD = 0.03


def ages(count: int, half_life: float = HALF_LIFE) -> list[float]:
    """The worth of so many observations, oldest first."""
    return [0.5 ** ((count - 1 - place) / half_life) for place in range(count)]


def quantile(values: Sequence[float], worths: Sequence[float], share: float) -> float:
    """The quantile of weighted values: between the middles of their worths, straight lines. Raises `ValueError` for none."""
    if not values:
        raise ValueError("no values")
    pairs = sorted(zip(values, worths, strict=True))
    total, passed, before = sum(worths), 0.0, None
    for value, worth in pairs:
        middle = (passed + worth / 2) / total
        if middle >= share:
            if before is None:
                return value
            low, at = before
            return low + (value - low) * (share - at) / (middle - at)
        passed, before = passed + worth, (value, middle)
    return pairs[-1][0]


def narrowed(wider: Pace, observed: Sequence[float]) -> Pace:
    """What is believed of a class after these observations (oldest first), given what is known of the wider one."""
    if not observed:
        return wider
    worths = ages(len(observed))
    known = sum(worths)
    log = (known * quantile(observed, worths, 0.5) + LIKE_THE_WIDER * wider.log) / (known + LIKE_THE_WIDER)
    # The mean absolute deviation, as the standard deviation of what is normal: one that is far off counts once, not squared.
    deviation = (
        math.sqrt(math.pi / 2) * sum(w * abs(each - log) for each, w in zip(observed, worths, strict=True)) / known
    )
    spread = math.sqrt((known * deviation**2 + LIKE_THE_WIDER * wider.spread**2) / (known + LIKE_THE_WIDER))
    return Pace(log, max(spread, LEAST_SPREAD), known)


@dataclass(frozen=True)
class History:
    """What was observed, oldest first, by class."""

    observed: Mapping[PaceKey, Sequence[float]]

    def pace(self, key: PaceKey) -> Pace:
        """What is believed of a class of steps."""
        found = PRIOR
        for wider in key.wider():
            found = narrowed(found, self._wide.get(wider, ()))
        return found

    def scores(self, quantity: Quantity, machine: str) -> Sequence[float]:
        """By how many spreads the plans of this machine missed what was expected of them, oldest first."""
        return self.observed.get(PaceKey(quantity, machine), ())

    @cached_property
    def _wide(self) -> Mapping[PaceKey, Sequence[float]]:
        """Observations of each class and of the wider ones, mixed so that the newest come last."""
        found: dict[PaceKey, list[tuple[int, float]]] = {}
        for key, values in self.observed.items():
            if key.operation:
                for wider in key.wider():
                    found.setdefault(wider, []).extend((place - len(values), each) for place, each in enumerate(values))
        return {key: [each for _, each in sorted(placed)][-KEPT:] for key, placed in found.items()}


NO_HISTORY = History({})


def remembered(before: Sequence[float], new: Iterable[float]) -> list[float]:
    """The observations of a class with newer ones; the oldest are forgotten."""
    return [*before, *(round(each, 4) for each in new)][-KEPT:]
