"""What the flows of all kinds of generation have in common."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar

from prefect import Flow, flow
from prefect.runtime import flow_run
from prefect.task_runners import ThreadPoolTaskRunner

P = ParamSpec("P")
R = TypeVar("R")

# Steps are submitted when they can run, and `reel`'s room says how many FFmpegs run side by side; the threads beyond that
# are for fetching and reading, which mostly wait.
THREADS = 4 + 2 * (os.cpu_count() or 1)


def kind_flow(name: str, run_name: Callable[[Mapping[str, Any]], str]) -> Callable[[Callable[P, R]], Flow[P, R]]:
    """A decorator that makes the flow of one kind; `run_name` says from the request's fields what people read in lists."""

    def named() -> str:
        request = flow_run.parameters.get("request") or {}
        return run_name(request if isinstance(request, dict) else request.model_dump())

    def decorate(function: Callable[P, R]) -> Flow[P, R]:
        return flow(
            name=name,
            flow_run_name=named,
            task_runner=ThreadPoolTaskRunner(max_workers=THREADS),  # type: ignore[arg-type]
            persist_result=False,
            # What is wrong is told by `read_request` in our words, with the field's name and what to do.
            validate_parameters=False,
        )(function)

    return decorate


def counted(number: int, what: str) -> str:
    """`1 clip`, `2 clips`."""
    return f"{number} {what}{'s' * (number != 1)}"
