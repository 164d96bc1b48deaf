"""The `share` deployment: part of a generation's steps, made for another run that waits for them in the store."""

from __future__ import annotations

from prefect.runtime import flow_run

from flows.following import following
from flows.kind import pool_flow, tie_to_worker
from flows.steps import perform_steps
from reel.generate.progress import Progress
from reel.generate.shares import read_share
from reel.retry import tried
from tasks.run import new_run


@pool_flow("share", lambda parameters: f"share {parameters.get('number', 0) + 1}")
def share(key: str, number: int) -> int:
    """Make the steps of one share; returns how many there were to make.

    Args:
        key: Names the shares in the store.
        number: Which of them, from 0.
    """
    tie_to_worker()
    with new_run() as run:
        plan = tried(lambda: read_share(key, number, run.worker))
        missing = plan.by_key.keys() - tried(lambda: run.worker.made(plan))
        run.progress = Progress(plan)
        with following(run.progress, str(flow_run.id)):
            made = perform_steps(plan, run, missing)
            run.progress.publish()
    return sum(not result.reused for result in made.values())
