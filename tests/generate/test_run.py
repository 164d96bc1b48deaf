"""The order in which steps are begun, whoever performs them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from fractions import Fraction

import pytest

from reel.artefact import Artefact
from reel.errors import BadMedia, Transient
from reel.generate.run import run_steps
from reel.make.perform import Made
from reel.make.worker import Worker
from reel.plan.operations import Decode, TimeStretch
from reel.plan.operations.base import Operation, StreamSource
from reel.plan.operations.expected import Work
from reel.plan.step import Plan, Step
from tests.tools import TOOLS

ROOTS = 40
"""More than any machine of a developer begins at once."""


def step(operation: Operation, seconds: float) -> Step:
    work = Work(seconds=seconds, bytes=1, memory_bytes=1)
    return Step(key=operation.key(TOOLS), title=f"{seconds:g}", operation=operation, work=work)


def decode(number: int, seconds: float) -> Step:
    source = StreamSource(asset=f"{number:064x}", demuxer="mov", stream=0, codec="aac")
    return step(Decode(source=source, zero=Fraction(0), samples=1), seconds)


def plan_of(*steps: Step) -> Plan:
    return Plan(tools=TOOLS, steps=steps, outputs=())


def made(step: Step) -> Made:
    return Made(Artefact(key=step.key, operation=step.kind, files=()), reused=False)


def done(value: Made | Exception) -> Future[Made]:
    future: Future[Made] = Future()
    if isinstance(value, Exception):
        future.set_exception(value)
    else:
        future.set_result(value)
    return future


def test_inputs_come_first_and_then_what_has_most_work_behind_it(worker: Worker) -> None:
    short, long = decode(1, 1), decode(2, 5)
    after_short = step(TimeStretch(sound=short.key, first=0, speed=Fraction(2), samples=1), 10)
    begun: list[Step] = []

    def begin(step: Step, siblings: Sequence[Step]) -> Future[Made]:
        begun.append(step)
        return done(made(step))

    results = run_steps(plan_of(long, short, after_short), worker, begin, lambda _, outcome: outcome)
    assert begun == [short, long, after_short]
    assert set(results) == {step.key for step in begun}


def test_light_steps_are_made_beside_those_that_fill_the_machine(worker: Worker) -> None:
    heavy, light = (
        [decode(number, 10) for number in range(ROOTS)],
        [decode(ROOTS + number, 1) for number in range(ROOTS)],
    )
    begun: list[Step] = []
    encoding: dict[Step, Future[Made]] = {}

    def begin(step: Step, siblings: Sequence[Step]) -> Future[Made]:
        begun.append(step)
        if step in light[:-1]:
            return done(made(step))
        if step is light[-1]:
            for each, future in encoding.items():
                future.set_result(made(each))
        if light[-1] in begun:
            return done(made(step))
        encoding[step] = Future()
        return encoding[step]

    run_steps(plan_of(*heavy, *light), worker, begin, lambda _, outcome: outcome)
    full = worker.room.processors + 1
    assert begun[:full] == heavy[:full]
    assert begun[full : full + ROOTS] == light


def test_after_a_failure_nothing_begins_and_what_is_under_way_finishes(worker: Worker) -> None:
    steps = [decode(number, 10 + number) for number in range(ROOTS)]
    begun: list[Step] = []
    settled: list[Step] = []

    def begin(step: Step, siblings: Sequence[Step]) -> Future[Made]:
        begun.append(step)
        return done(BadMedia.at(step.title, "is broken") if len(begun) < 3 else made(step))

    def settle(step: Step, outcome: Made) -> Made:
        settled.append(step)
        return outcome

    with pytest.raises(BadMedia) as caught:
        run_steps(plan_of(*steps), worker, begin, settle)
    at_once = worker.room.processors + 1
    assert len(begun) == at_once
    assert len(caught.value.problems) == 2
    assert len(settled) == at_once - 2
    assert not worker.cancelled.is_set()


def test_an_outcome_that_settles_to_an_error_is_a_failure(worker: Worker) -> None:
    def settle(step: Step, _: Made) -> Made:
        raise Transient.at(step.title, "is gone")

    only = decode(1, 1)
    with pytest.raises(Transient, match="is gone"):
        run_steps(plan_of(only), worker, lambda step, siblings: done(made(step)), settle)


def test_an_interrupt_calls_everything_off(worker: Worker) -> None:
    def begin(step: Step, siblings: Sequence[Step]) -> Future[Made]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_steps(plan_of(decode(1, 1)), worker, begin, lambda _, outcome: outcome)
    assert worker.cancelled.is_set()
    worker.cancelled.clear()
