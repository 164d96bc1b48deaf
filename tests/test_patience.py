"""Trying again and waiting, by a clock that only sleeping moves: nothing here takes any time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import pytest

from reel.patience import Clock, Policy, doubling, retry, wait_until, while_away
from tests.waiting import Passing


class Busy(Exception):
    pass


class VeryBusy(Busy):
    pass


class Broken(Exception):
    pass


@pytest.fixture
def time() -> Passing:
    return Passing()


def failing(*errors: Exception) -> Callable[[], str]:
    """A call that raises these, one each time, and then answers."""
    left: Iterator[Exception] = iter(errors)

    def call() -> str:
        if error := next(left, None):
            raise error
        return "answer"

    return call


TWICE = Policy((1.0, 5.0), retries={VeryBusy: 0, Busy: 2})


@pytest.mark.parametrize(
    ("policy", "errors", "ends", "slept"),
    [
        (TWICE, [], None, []),
        (TWICE, [Busy()] * 2, None, [1, 5]),
        (TWICE, [Busy()] * 3, Busy, [1, 5]),
        (TWICE, [Busy(), VeryBusy()], VeryBusy, [1]),
        (TWICE, [Broken()], Broken, []),
        (Policy((1.0, 2.0), retries={Busy: 5}), [Busy()] * 5, None, [1, 2, 2, 2, 2]),
        (Policy((4.0,), retries={Busy: math.inf}, seconds=10.0), [Busy()] * 9, Busy, [4, 4]),
        (while_away(60.0, Busy), [Busy()] * 99, Busy, [0.5, 1, 2, 4, 8, 10, 10, 10, 10]),
    ],
)  # fmt: skip
def test_how_often_a_call_is_made_again(
    time: Passing, policy: Policy, errors: list[Exception], ends: type[Exception] | None, slept: list[float]
) -> None:
    call = failing(*errors)
    if ends:
        with pytest.raises(Exception) as raised:  # noqa: PT011 - the type is what is compared
            retry(call, policy, time.clock())
        assert type(raised.value) is ends
    else:
        assert retry(call, policy, time.clock()) == "answer"
    assert time.slept == slept


def test_an_attempt_that_got_on_counts_as_the_first(time: Passing) -> None:
    counts = iter([1, 2, 1, 2, 1, 2])
    assert retry(failing(*[Busy()] * 6), TWICE, time.clock(), lambda _: next(counts)) == "answer"
    assert time.slept == [1, 5, 1, 5, 1, 5]
    with pytest.raises(Busy):
        retry(failing(Busy()), TWICE, time.clock(), lambda _: math.inf)


def test_whoever_is_called_off_while_waiting_does_not_try_again() -> None:
    with pytest.raises(Busy):
        retry(failing(Busy()), TWICE, Clock(sleep=lambda _: True))


def test_each_failure_is_told(time: Passing, caplog: pytest.LogCaptureFixture) -> None:
    retry(failing(Busy("all lines are taken")), TWICE, time.clock())
    assert caplog.messages == ["all lines are taken; trying again in 1.0 s"]


def test_what_comes_in_time_is_waited_for(time: Passing) -> None:
    looks = iter([None, False, ""])
    assert wait_until(lambda: next(looks), Policy((0.5,), seconds=60.0), time.clock()) == ""
    assert time.slept == [0.5, 0.5]


def test_what_does_not_come_is_not_waited_for_longer(time: Passing) -> None:
    assert wait_until(lambda: None, Policy((4.0,), seconds=10.0), time.clock()) is None
    assert time.slept == [4, 4]


def test_delays() -> None:
    assert doubling(2.0, 16.0) == (2, 4, 8, 16)
    assert doubling(0.5, 10.0) == (0.5, 1, 2, 4, 8, 10)
    spread = Policy((2.0, 10.0), jitter=(0.5, 1.5))
    assert [spread.delay_seconds(2, chance) for chance in (0, 0.5, 1)] == [5, 10, 15]
    by_chance = {spread.delay_seconds(1) for _ in range(50)}
    assert len(by_chance) > 1
    assert all(1 <= seconds <= 3 for seconds in by_chance)
