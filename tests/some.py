"""Which of many like parameters `make test` tries: a few, spread evenly. The others are `slow`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

import pytest


def some(values: Iterable[Any], one_in: int, *, name: Callable[[Any], str] = str) -> list[Any]:
    """Parameters of one argument: one in so many is quick, beginning with the first."""
    return [
        pytest.param(value, id=name(value), marks=[] if number % one_in == 0 else [pytest.mark.slow])
        for number, value in enumerate(values)
    ]


def some_pairs(ones: Iterable[Any], others: Iterable[Any], one_in: int) -> list[Any]:
    """Parameters of two arguments, each with each: quick are one in so many of each row and of each column, so that each value
    is tried with some of the others."""
    return [
        pytest.param(one, other, id=f"{one}-{other}", marks=[] if (row + column) % one_in == 0 else [pytest.mark.slow])
        for (row, one), (column, other) in product(enumerate(ones), enumerate(others))
    ]
