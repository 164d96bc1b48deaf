"""Performing one step: the artefact of its key, from the store or made now."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import MappingProxyType

from reel import make
from reel.artefact import Artefact, Spent
from reel.confinement.parent import expect
from reel.disk import disk_errors
from reel.errors import Internal, ReelError
from reel.make.context import StepContext
from reel.make.makers import MAKERS
from reel.make.worker import Worker
from reel.meter import metered
from reel.plan.step import Step
from reel.store import workspace
from reel.store.scratch import owners
from reel.telemetry.logs import bound
from reel.telemetry.traces import span


@dataclass(frozen=True)
class Made:
    """What performing a step came to."""

    artefact: Artefact
    reused: bool
    """Whether it was in the store already."""
    worker: str = ""
    """Who made it; empty for this one."""


ARTEFACT = "artefact"
"""Folder of a step's workspace in which its artefact is made."""

NOTHING_MADE: Mapping[str, Made] = MappingProxyType({})
"""No step of a plan: a default that nobody can write to."""


def perform(step: Step, worker: Worker, on_units: Callable[[int], None] | None = None) -> Made:
    """Perform a step, or find that it was performed. Safe to call again, and from several workers at once.

    Errors: those of `reel.errors`; the store then holds nothing of it.
    """
    if found := worker.store.find(step.key, step.kind):
        return Made(found, reused=True)
    with (
        bound(step=step.title),
        worker.room.taken(step.work) as leave_room,
        span("step", operation=step.kind, title=step.title, key=step.key),
        workspace(worker.scratch) as scratch,
    ):
        started = time.monotonic()
        expect()  # whatever is made is read back
        folder = scratch / ARTEFACT
        context = StepContext(
            worker, folder, step.title, on_units, leave_room, step.kept, step.stats_kept, step.work.bytes
        )
        try:
            # Makers write with many libraries: whichever meets a full disk, it is the same to us.
            with disk_errors(scratch), metered() as meter:
                folder.mkdir()
                measured = MAKERS[type(step.operation)](step.operation, context)
                refuse_unfinished(step, folder)
            seconds = round(time.monotonic() - started, 3)
            spent = Spent(seconds=seconds, cpu_seconds=round(meter.seconds, 4), machine=worker.machine)
            return Made(worker.store.publish(folder, step.key, step.kind, measured, spent), reused=False)
        except ReelError as error:
            evident(error, step)
            raise


def evident(error: ReelError, step: Step) -> ReelError:
    """An error, with the step that failed in its evidence."""
    error.evidence = replace(
        error.evidence, step_key=step.key, operation=step.kind, title=step.title, inputs=step.needs
    )
    return error


def steps_under_way(scratch: Path, pids: Collection[int]) -> int:
    """How many steps these processes are making at this moment."""
    return sum(pid in pids and (folder / ARTEFACT).is_dir() for pid, folder in owners(scratch))


def refuse_unfinished(step: Step, folder: Path) -> None:
    """Raise `Internal` where files are missing that an artefact always has."""
    absent = [name for name in step.operation.files() if not (folder / name).is_file()]
    if absent:
        raise Internal.at(step.title, f"was made without {', '.join(absent)}", "report this")


for _module in iter_modules(make.__path__):
    # A maker is known once its module is imported, whichever that is: none is named here. Last, as some perform steps
    # themselves.
    import_module(f"{make.__name__}.{_module.name}")
