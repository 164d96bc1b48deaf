"""The generation that tasks of this flow run work on: its worker and its progress."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from reel.control.allowed import Allowed
from reel.generate.progress import Progress
from reel.make.worker import Worker, this_worker


@dataclass
class Run:
    """One flow run in this process. Prefect hands the context on to the threads in which tasks run."""

    worker: Worker
    progress: Progress | None = None
    """Known once there is a plan."""
    made_here: set[str] = field(default_factory=set)
    """Keys of steps that were made with another one (see `perform_together`)."""


_current: ContextVar[Run] = ContextVar("reelflow_run")


def current_run() -> Run:
    """The run that this thread works for."""
    return _current.get()


@contextmanager
def new_run(tenant: str | None = None, allowed: Allowed | None = None) -> Iterator[Run]:
    """A run for a tenant, and with what that is allowed to use, with its own way to be called off; the machine's room is shared
    by all runs of the process."""
    run = Run(this_worker().for_run(tenant, allowed))
    token = _current.set(run)
    try:
        yield run
    except BaseException:
        # Cancelled from the UI (a SIGTERM that Prefect raises here) or failed: FFmpeg ends now, not when it is done.
        run.worker.cancelled.set()
        raise
    finally:
        _current.reset(token)
