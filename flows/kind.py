"""What the flows of all kinds of generation have in common."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import httpx
from prefect import Flow, flow
from prefect.client.schemas.objects import FlowRun, State
from prefect.runtime import flow_run
from prefect.task_runners import ThreadPoolTaskRunner
from pydantic import BaseModel

from flows.labels import name_of
from flows.leaving import ServerAway, leave_failed
from reel.catalogue import NoSuchGeneration
from reel.control.ledger import Ledger, this_catalogue
from reel.errors import ReelError
from reel.orphans import end_with
from reel.request.read import parse_terms
from reel.request.terms import Terms

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

WORKER_PID = "REEL_WORKER_PID"
"""Environment variable in which a worker tells its runs who it is."""
LEAVE_SECONDS = 60.0
"""How long a run has for ending after its worker died: it gives itself back, for which it may have to wait for its server."""
WORKER_LABEL = "prefect.worker.name"
"""Label in which Prefect notes on each run the name of the worker that took it."""

DEFAULT_TERMS = Terms()

# Steps are submitted when they can run, and `reel`'s room says how many FFmpegs run side by side; the threads beyond that
# are for fetching and reading, which mostly wait.
THREADS = 4 + 2 * (os.cpu_count() or 1)


def kind_flow(name: str) -> Callable[[Callable[P, R]], Flow[P, R]]:
    """A decorator that makes the flow of one kind of generation."""

    def named(parameters: Mapping[str, Any]) -> str:
        request, terms = (_document(parameters.get(part)) for part in ("request", "terms"))
        return name_of(name, request, terms.get("slot"))

    return pool_flow(name, named, on_cancellation=[note_cancelled])


def _document(given: Any) -> Mapping[str, Any]:
    if isinstance(given, BaseModel):
        return given.model_dump()
    return given if isinstance(given, Mapping) else {}


def pool_flow(
    name: str, run_name: Callable[[Mapping[str, Any]], str], **options: Any
) -> Callable[[Callable[P, R]], Flow[P, R]]:
    """A decorator that makes a flow which workers run; `run_name` says from its parameters what people read in lists.

    A run that fails of an error of ours leads with what that says, in its state and in an artifact.
    """

    def named() -> str:
        return run_name(flow_run.parameters)

    def decorate(function: Callable[P, R]) -> Flow[P, R]:
        @wraps(function)
        def telling(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return function(*args, **kwargs)
            except ReelError as error:
                leave_failed(error)
            # Assets and stores have their own words for connections that fail: what is left is Prefect's.
            except httpx.TransportError as error:
                raise ServerAway(f"Prefect's server was away: {error}") from error

        return flow(
            name=name,
            flow_run_name=named,
            task_runner=ThreadPoolTaskRunner(max_workers=THREADS),  # type: ignore[arg-type]
            persist_result=False,
            # What is wrong is told by `read_request` in our words, with the field's name and what to do.
            validate_parameters=False,
            **options,
        )(telling)

    return decorate


def note_cancelled(flow: Flow[Any, Any] | None, flow_run: FlowRun, state: State[Any]) -> None:
    """Tell the catalogue that somebody called a generation off. Prefect gives hooks their arguments by these names."""
    terms = parse_terms(flow_run.parameters.get("terms"))
    ledger = Ledger(this_catalogue(), terms, terms.generation or str(flow_run.id))
    try:
        ledger.cancelled()
    except NoSuchGeneration:
        log.info("run %s was cancelled before it was known to anybody", flow_run.id)


def tie_to_worker() -> None:
    """Have this process end with its worker, so that a run never goes on that nobody can cancel or count."""
    if worker := os.environ.get(WORKER_PID):
        end_with(int(worker), signal.SIGTERM, LEAVE_SECONDS)
