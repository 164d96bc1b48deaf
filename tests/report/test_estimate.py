"""Predictions: work shared by processors, but no faster than the longest chain."""

from __future__ import annotations

import pytest

from reel.plan.estimate import HIGHEST, LOWEST, estimate
from reel.plan.operations import Decode, TimeStretch
from reel.plan.operations.base import StreamSource, Work
from reel.plan.step import Plan, Step
from tests.tools import TOOLS

SOURCE = StreamSource(asset="0" * 64, demuxer="mov", stream=0, codec="aac")
DECODE = Decode(source=SOURCE, channels=2, zero=0, samples=1)


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
    expected = estimate(planned, made, processors)
    assert (expected.seconds, expected.cpu_seconds) == (seconds, work)
    assert expected.steps == len(planned.steps) - len(made)
    assert expected.bytes == 100 * expected.steps
    assert (expected.seconds_low, expected.seconds_high) == (seconds * LOWEST, seconds * HIGHEST)
