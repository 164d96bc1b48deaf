"""Predictions: work shared by processors, but no faster than the longest chain."""

from __future__ import annotations

import pytest

from reel.plan.estimate import Basis, Estimate, Prices, estimate
from reel.plan.operations import Decode, TimeStretch
from reel.plan.operations.base import StreamSource
from reel.plan.operations.expected import Work
from reel.plan.step import Plan, Step
from tests.tools import TOOLS

SOURCE = StreamSource(asset="0" * 64, demuxer="mov", stream=0, codec="aac")
DECODE = Decode(source=SOURCE, zero=0, samples=1)


def step(key: str, seconds: float, after: str = "", processors: float = 1) -> Step:
    operation = TimeStretch(sound=after, first=0, speed=1, samples=1) if after else DECODE
    work = Work(seconds=seconds, bytes=100, memory_bytes=1, processors=processors)
    return Step(key=key, title=key, operation=operation, work=work)


def plan(*steps: Step) -> Plan:
    return Plan(tools=TOOLS, steps=steps, outputs=())


SIDE_BY_SIDE = plan(step("a", 4), step("b", 4), step("c", 4), step("d", 4))
CHAIN = plan(step("a", 4), step("b", 4, after="a"), step("c", 4, after="b"))
WIDE = plan(step("a", 8, processors=2))


@pytest.mark.parametrize(
    ("planned", "made", "processors", "seconds", "work"),
    [
        (SIDE_BY_SIDE, set(), 1, 16, 16),
        (SIDE_BY_SIDE, set(), 2, 8, 16),
        (SIDE_BY_SIDE, set(), 64, 4, 16),
        (SIDE_BY_SIDE, {"a", "b", "c"}, 4, 4, 4),
        (SIDE_BY_SIDE, {"a", "b", "c", "d"}, 4, 0, 0),
        (CHAIN, set(), 4, 12, 12),
        (CHAIN, {"a"}, 4, 8, 8),
        (WIDE, set(), 4, 4, 8),
        (WIDE, set(), 1, 8, 8),
        (plan(), set(), 4, 0, 0),
    ],
)
def test_estimate(planned: Plan, made: set[str], processors: int, seconds: float, work: float) -> None:
    expected = estimate(planned, made, Basis(processors))
    assert (expected.seconds, expected.cpu_seconds) == (seconds, work)
    assert expected.steps == len(planned.steps) - len(made)
    assert expected.bytes == 100 * expected.steps
    assert expected.learnt == 0
    if work:
        assert 1.5 * work < expected.cpu_seconds_p90 < 2.5 * work
        assert expected.seconds_p90 > expected.seconds
    else:
        assert expected.cpu_seconds_p90 == expected.seconds_p90 == expected.bytes_p90 == 0


@pytest.mark.parametrize(
    ("prices", "cost"),
    [
        (Prices(), None),
        (Prices(processor_second=0.5), 8.0),
        (Prices(stored_gigabyte=1e9), 400.0),
        (Prices(processor_second=0.5, stored_gigabyte=1e9), 408.0),
    ],
)
def test_cost(prices: Prices, cost: float | None) -> None:
    found = estimate(SIDE_BY_SIDE, (), Basis(1, prices=prices))
    assert found.cost == (cost if cost is None else pytest.approx(cost))
    assert (found.cost_p90 is None) == (cost is None)
    assert cost is None or (found.cost_p90 or 0) > cost


def test_what_former_versions_have_stored_is_read() -> None:
    document = {"seconds": 1, "seconds_low": 0.5, "seconds_high": 2.5, "cpu_seconds": 4, "bytes": 7, "steps": 3}
    assert Estimate.model_validate(document) == Estimate(
        seconds=1, seconds_p90=2.5, cpu_seconds=4, cpu_seconds_p90=4, bytes=7, bytes_p90=7, steps=3
    )
