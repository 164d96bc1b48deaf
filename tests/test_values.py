"""Values: a copy with other fields is another value, in all that is computed of it."""

from __future__ import annotations

from functools import cached_property

from reel.values import Value


class Sum(Value):
    numbers: tuple[int, ...]

    @cached_property
    def total(self) -> int:
        return sum(self.numbers)


def test_a_copy_keeps_nothing_that_was_computed_of_the_original() -> None:
    one = Sum(numbers=(1, 2))
    assert one.total == 3
    other = one.model_copy(update={"numbers": (4,)})
    assert (other.total, one.total) == (4, 3)
    assert one.model_copy() == one
