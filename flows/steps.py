"""Performing a plan's steps as Prefect tasks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future

from prefect.futures import PrefectFuture

from reel.errors import Damaged
from reel.generate.run import run_steps
from reel.make.perform import Made
from reel.plan.step import Plan, Step
from reel.retry import tried
from tasks.run import Run
from tasks.steps import TASKS


def perform_steps(
    plan: Plan,
    run: Run,
    missing: Collection[str] = (),
    made: Mapping[str, Made] | None = None,
    elsewhere: Mapping[str, str] | None = None,
    enough: Callable[[], bool] = lambda: False,
) -> dict[str, Made]:
    """Perform every step that is not `made` yet as a task, each when its inputs are made; what each key came to.

    `missing` steps were not in the store a moment ago, so it need not be asked for them before they are begun. Steps of
    `elsewhere` were made for this same generation by the worker that it names: they are found, and count as made. When it is
    `enough`, no further step begins.
    """
    store, progress = run.worker.store, run.progress
    assert progress, "steps come after the plan"
    elsewhere = elsewhere or {}
    submitted: dict[str, PrefectFuture[str]] = {}

    def begin(step: Step, siblings: Sequence[Step]) -> Future[PrefectFuture[str]]:
        task = TASKS[type(step.operation)]
        if step.key in missing or tried(lambda: store.find(step.key, step.kind)) is None:
            # The store is the truth: a result that Prefect remembers is worth nothing when the artefact is gone.
            task = task.with_options(refresh_cache=True)
        # Its inputs are made by now; that it waits for them is for the graph in the UI.
        inputs = [submitted[key] for key in step.needs if key in submitted]
        submitted[step.key] = task.submit(step, tuple(siblings), wait_for=inputs, return_state=False)
        ended: Future[PrefectFuture[str]] = Future()
        submitted[step.key].add_done_callback(ended.set_result)
        return ended

    def settle(step: Step, future: PrefectFuture[str]) -> Made:
        future.result()
        found = future.state.name == "Cached"
        reused = found and step.key not in elsewhere
        progress.finish(step, reused=reused)
        artefact = tried(lambda: store.find(step.key, step.kind))
        if artefact is None:
            raise Damaged.at(step.title, "is gone from the store, just after it was there", "it is made again")
        return Made(artefact, reused, elsewhere.get(step.key, "") if found else "")

    return run_steps(plan, run.worker, begin, settle, made or {}, enough)
