"""Progress tells the truth: it rises, it weighs by work, it is not at its end before the end."""

from __future__ import annotations

from reel.artefact import Artefact
from reel.generate.progress import LAST_SHARE, Progress, Snapshot
from reel.make.perform import Made
from reel.plan.operations import Decode
from reel.plan.operations.base import StreamSource
from reel.plan.operations.expected import Work
from reel.plan.step import Plan, Step
from tests.tools import TOOLS


def step(name: str, seconds: float, units: int = 0) -> Step:
    source = StreamSource(asset=name, demuxer="mov", stream=0, codec="aac")
    operation = Decode(source=source, zero=0, samples=1)
    return Step(
        key=name, title=name, operation=operation, work=Work(seconds=seconds, bytes=1, memory_bytes=1, units=units)
    )


def plan(*steps: Step) -> Plan:
    return Plan(tools=TOOLS, steps=steps, outputs=())


def test_steps_count_by_their_work() -> None:
    long, short = step("long", 9.0), step("short", 1.0)
    progress = Progress(plan(long, short))
    progress.begin(long)
    progress.finish(long, reused=False)
    assert progress.snapshot().share == round(0.9 * (1 - LAST_SHARE), 4)


def test_a_step_under_way_counts_by_its_units() -> None:
    one = step("one", 10.0, units=100)
    progress = Progress(plan(one))
    progress.begin(one)
    progress.advance(one, 50)
    assert progress.snapshot().share == round(0.5 * (1 - LAST_SHARE), 4)


def test_what_was_there_is_neither_work_to_do_nor_work_done() -> None:
    there, new = step("there", 100.0), step("new", 1.0)
    progress = Progress(plan(there, new))
    progress.finish(there, reused=True)
    assert progress.snapshot().share == 0
    assert progress.snapshot().steps_reused == 1


def test_what_was_made_before_the_plan_counts_as_made() -> None:
    early, there, new = step("early", 3.0), step("there", 100.0), step("new", 1.0)
    artefact = Artefact(key="0" * 64, operation="decode", files=(), measured={}, seconds=1.0)
    made = {"early": Made(artefact, reused=False), "there": Made(artefact, reused=True), "other": Made(artefact, False)}
    heard: list[Snapshot] = []
    progress = Progress(plan(early, there, new), heard.append, made)
    assert not heard, "it would begin at nothing again"
    snapshot = progress.snapshot()
    assert (snapshot.steps_done, snapshot.steps_reused) == (2, 1)
    assert snapshot.share == round(0.75 * (1 - LAST_SHARE), 4)


def test_only_what_is_published_is_complete() -> None:
    heard: list[Snapshot] = []
    one = step("one", 1.0)
    progress = Progress(plan(one), heard.append)
    progress.begin(one)
    progress.finish(one, reused=False)
    assert heard[-1].share < 1
    progress.publish()
    assert heard[-1].share == 1
    assert [snapshot.share for snapshot in heard] == sorted(snapshot.share for snapshot in heard)
    assert "verified and published" in heard[-1].describe()


def test_a_plan_that_takes_the_place_of_another_goes_on_from_what_was_shown() -> None:
    trial, standard, chosen = step("trial", 5.0), step("standard", 5.0), step("chosen", 20.0)
    before = Progress(plan(trial, standard))
    before.begin(trial)
    before.finish(trial, reused=False)
    shown = before.snapshot().share
    artefact = Artefact(key="0" * 64, operation="decode", files=(), measured={}, seconds=1.0)
    heard: list[Snapshot] = []
    progress = Progress(plan(trial, chosen), heard.append, {"trial": Made(artefact, reused=False)}, before)
    assert progress.snapshot().share == shown
    assert progress.snapshot().eta_seconds is None, "nothing of the rest is done, and so nothing is known of it"
    progress.begin(chosen)
    progress.finish(chosen, reused=False)
    progress.publish()
    assert [snapshot.share for snapshot in heard] == sorted(snapshot.share for snapshot in heard)
    assert heard[0].share == shown
    assert [snapshot.share for snapshot in heard[-2:]] == [1 - LAST_SHARE, 1]


def test_a_step_that_is_tried_again_takes_nothing_back() -> None:
    one, other = step("one", 5.0, units=10), step("other", 5.0)
    heard: list[Snapshot] = []
    progress = Progress(plan(one, other), heard.append)
    progress.begin(one)
    progress.advance(one, 9)
    progress.begin(one)
    assert heard[-1].share == heard[-2].share
    assert heard[-1].eta_seconds is None
