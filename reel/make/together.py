"""Performing steps that differ only in what the same frames are made into: those frames are composed once for all of them.

A step is performed together with those of its siblings that are missing. What is there is not made again, each is verified by
itself and published under a key of its own, and an error names the ones that it is about: the others are in the store by then.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from reel.artefact import Spent
from reel.disk import disk_errors
from reel.errors import ReelError, Resource, merged
from reel.make.composed import encode
from reel.make.context import Measured, StepContext
from reel.make.makers import COMPOSERS
from reel.make.perform import ARTEFACT, Made, evident, perform, refuse_unfinished
from reel.make.worker import Worker
from reel.meter import metered
from reel.plan.operations.base import Composition
from reel.plan.step import Step, together
from reel.store import workspace
from reel.telemetry.logs import bound
from reel.telemetry.traces import span

Advance = Callable[[Step, int], None]
"""Is told how far a step is, in units of its work."""

_give_back_freed = getattr(ctypes.CDLL(None), "malloc_trim", lambda _: 0)
"""malloc_trim(3), which other C libraries than glibc do not have. glibc keeps what is freed in pieces: after some
segments of 1080p, a fifth of this process."""


def perform_together(
    step: Step, siblings: Sequence[Step], worker: Worker, advance: Advance, here: set[str] | None = None
) -> Made:
    """Perform a step, and with it those of its siblings that are not in the store. Errors: as `perform`, with all that is wrong
    with any of them; what is good of the others is in the store then.

    `here` has the keys of what was made before with others for the same generation: that is found, and counts as made. What
    this makes is added to it.
    """
    here = set() if here is None else here
    missing = [each for each in (step, *siblings) if worker.store.find(each.key, each.kind) is None]
    if len(missing) > 1:
        try:
            _Making(missing, worker, advance, here).make()
        except Resource:  # together they may need what one alone does not
            _one_by_one(missing, worker, advance, here)
    made = perform(step, worker, lambda units: advance(step, units))
    reused = made.reused and step.key not in here
    if not reused:
        _give_back_freed(0)
    return replace(made, reused=reused)


def _one_by_one(steps: Sequence[Step], worker: Worker, advance: Advance, here: set[str]) -> None:
    failures: list[ReelError] = []
    for step in steps:
        try:
            made = perform(step, worker, partial(advance, step))
        except ReelError as failure:
            failures.append(failure)
        else:
            here |= set() if made.reused else {step.key}
    if failures:
        raise merged(failures)


@dataclass(frozen=True)
class _Making:
    """Several steps of one composition, which are made in one process."""

    steps: Sequence[Step]
    worker: Worker
    advance: Advance
    here: set[str]

    def make(self) -> None:
        """All of them; the keys of those that are good are added to `here`."""
        title = ", ".join(step.title for step in self.steps)
        work, kind = together([step.work for step in self.steps]), self.steps[0].kind
        with (
            bound(step=title),
            self.worker.room.taken(work) as leave_room,
            span("steps", operation=kind, title=title, steps=len(self.steps)),
            workspace(self.worker.scratch) as scratch,
            disk_errors(scratch),
        ):
            contexts = [self._context(step, scratch, leave_room) for step in self.steps]
            begun = time.monotonic()
            with metered() as meter:
                of_frames = self._encode(title, contexts)
            encoding = Spent(seconds=time.monotonic() - begun, cpu_seconds=meter.seconds)
            finished = [self._finish(*each, encoding, of_frames) for each in zip(self.steps, contexts, strict=True)]
        failures = [failure for failure in finished if failure]
        if failures:
            raise merged(failures)

    def _context(self, step: Step, scratch: Path, leave_room: Callable[[], None]) -> StepContext:
        folder = scratch / ARTEFACT / step.key
        folder.mkdir(parents=True)
        return StepContext(
            self.worker,
            folder,
            step.title,
            leave_room=leave_room,
            kept=step.kept,
            stats_kept=step.stats_kept,
            planned_bytes=step.work.bytes,
        )

    def _encode(self, title: str, contexts: Sequence[StepContext]) -> Measured:
        """Make the segments of all, in one process; what is measured of their frames."""
        leader = self.steps[0]
        operations = [step.operation for step in self.steps if isinstance(step.operation, Composition)]
        assert isinstance(leader.operation, Composition)
        renditions = {
            context.folder / operation.file: operation.rendition
            for context, operation in zip(contexts, operations, strict=True)
        }
        planned = max(context.planned_bytes for context in contexts)
        context = replace(contexts[0], place=title, on_units=self._advanced, planned_bytes=planned)
        try:
            return encode(leader.operation, renditions, context)
        except ReelError as error:
            raise evident(error, leader) from error.__cause__

    def _advanced(self, units: int) -> None:
        for step in self.steps:
            self.advance(step, units)

    def _finish(self, step: Step, context: StepContext, encoding: Spent, of_frames: Measured) -> ReelError | None:
        """Verify and publish what was made of one step, which has a part in what encoding took; what is wrong with it."""
        begun = time.monotonic()
        try:
            with metered() as meter:
                measured = COMPOSERS[type(step.operation)].check(step.operation, context)
                refuse_unfinished(step, context.folder)
            part = step.work.seconds / sum(each.work.seconds for each in self.steps)
            spent = Spent(
                seconds=round(encoding.seconds * part + time.monotonic() - begun, 3),
                cpu_seconds=round(encoding.cpu_seconds * part + meter.seconds, 4),
                machine=self.worker.machine,
            )
            self.worker.store.publish(context.folder, step.key, step.kind, {**measured, **of_frames}, spent)
        except ReelError as error:
            return evident(error, step)
        self.here.add(step.key)
        return None
