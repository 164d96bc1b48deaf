"""Performing one step: the artefact of its key, from the store or made now."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from reel.artefact import Artefact
from reel.disk import disk_errors
from reel.errors import ReelError
from reel.make import (
    binding,
    compose,
    copied,
    drawing,
    image,
    mezzanine,
    picture,
    proving,
    proving_sound,
    sound,
    stills,
    text,
)
from reel.make.context import Measured, StepContext
from reel.make.worker import Worker
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
        folder = scratch / ARTEFACT
        context = StepContext(worker, folder, step.title, on_units, leave_room, step.kept)
        try:
            # Makers write with many libraries: whichever meets a full disk, it is the same to us.
            with disk_errors(scratch):
                folder.mkdir()
                measured = MAKERS[step.kind](step.operation, context)
            seconds = round(time.monotonic() - started, 3)
            return Made(worker.store.publish(folder, step.key, step.kind, measured, seconds), reused=False)
        except ReelError as error:
            error.evidence = replace(
                error.evidence, step_key=step.key, operation=step.kind, title=step.title, inputs=step.needs
            )
            raise


def steps_under_way(scratch: Path, pids: Collection[int]) -> int:
    """How many steps these processes are making at this moment."""
    return sum(pid in pids and (folder / ARTEFACT).is_dir() for pid, folder in owners(scratch))


MAKERS: Mapping[str, Callable[[Any, StepContext], Measured]] = {
    "picture": picture.make_segment,
    "compose": compose.make_composed,
    "copied": copied.make_copied,
    "mezzanine": mezzanine.make_mezzanine,
    "image": image.make_image_bitmap,
    "text": text.make_text_bitmap,
    "drawing": drawing.make_drawn_bitmap,
    "loop": drawing.make_drawn_loop,
    "join": picture.make_joined,
    "decode": sound.make_decoded,
    "stretch": sound.make_stretched,
    "reclock": sound.make_reclocked,
    "soundtrack": sound.make_mixed,
    "sheet": stills.make_sheet,
    "stills": stills.make_stills,
    "prove": proving.make_picture_proof,
    "prove-sound": proving_sound.make_sound_proof,
    "bind": binding.make_bound,
}
"""What makes the artefact of each operation."""
