"""How functions of the core become Prefect tasks: retried by the class of their error, known by their step's key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from prefect import Task, task
from prefect.cache_policies import NO_CACHE, CachePolicy
from prefect.client.schemas.objects import State, TaskRun
from prefect.context import TaskRunContext

from reel.errors import ReelError
from reel.retry import DELAYS, JITTER, by_class
from reel.settings import MOST_RETRIES
from tasks.run import current_run

P = ParamSpec("P")
R = TypeVar("R")


class StepKey(CachePolicy):
    """The step's key is the cache key: it covers everything that affects the artefact's bytes."""

    def compute_key(
        self, task_ctx: TaskRunContext, inputs: dict[str, Any], flow_parameters: dict[str, Any], **_: Any
    ) -> str | None:
        return str(inputs["step"].key)


def worth_another_try(_: Task[Any, Any], task_run: TaskRun, state: State[Any]) -> bool:
    """Whether Prefect should run a failed task again; the rule is `reel.retry`'s.

    A plain function: Prefect silently never retries where this is a partial or a method. A fault that nobody named is no
    reason to try the same again; nor is any after a cancel, which FFmpeg may hear before we do.
    """
    error: object = state.data
    return (
        isinstance(error, ReelError)
        and not current_run().worker.cancelled.is_set()
        and by_class().allows(task_run.run_count, error)
    )


def core_task(name: str, run_name: str, *, keyed: bool = False) -> Callable[[Callable[P, R]], Task[P, R]]:
    """A decorator that makes a task of a function, with its types kept.

    `run_name` is formatted with the parameters. `keyed` tasks take a `step`, are cached by its key and keep their result.
    """

    def decorate(function: Callable[P, R]) -> Task[P, R]:
        return task(
            name=name,
            task_run_name=run_name,
            retries=MOST_RETRIES,  # `worth_another_try` says when to stop
            retry_delay_seconds=[*DELAYS],
            # Workers that failed together should not come back together.
            retry_jitter_factor=JITTER,
            retry_condition_fn=worth_another_try,
            cache_policy=StepKey() if keyed else NO_CACHE,
            persist_result=keyed,
            result_serializer="json" if keyed else None,
        )(function)

    return decorate
