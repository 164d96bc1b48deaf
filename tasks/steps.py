"""A task for each kind of work that steps do, so that the UI shows what a generation is made of."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from prefect import Task
from prefect.states import Completed

from reel.make.together import perform_together
from reel.plan.operations import OPERATIONS
from reel.plan.operations.base import Operation
from reel.plan.step import Step
from tasks.core import core_task
from tasks.run import current_run


def _perform(step: Step, siblings: tuple[Step, ...] = ()) -> str:
    """Perform a step, and its siblings with it; its key, as what it came to is in the store. One that was there already ends as
    Cached, whoever made it, unless a sibling of this run has.

    Prefect keeps what a task returns for as long as it likes, through versions in which our classes are others.
    """
    run = current_run()
    assert run.progress, "steps come after the plan"
    progress = run.progress
    progress.begin(step)
    made = perform_together(step, siblings, run.worker, progress.advance, run.made_here)
    if made.reused:
        return Completed(name="Cached", message="found in the store", data=step.key)  # type: ignore[return-value]
    return step.key


@cache
def _task(name: str, doing: str) -> Task[..., str]:
    """Operations whose work people call by one name share a task."""

    def work(step: Step, siblings: tuple[Step, ...] = ()) -> str:
        return _perform(step, siblings)

    work.__name__ = work.__qualname__ = name.replace(" ", "_")
    return core_task(name, doing.replace("{}", "{step.title}"), keyed=True)(work)


TASKS: Mapping[type[Operation], Task[..., str]] = {
    operation: _task(operation.task, operation.doing) for operation in OPERATIONS
}
"""The task of each operation."""
