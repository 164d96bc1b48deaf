"""Performing one step: the artefact of its key, from the store or made now."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from reel.artefact import Artefact
from reel.perform import compose, drawing, image, picture, sound, stills, text
from reel.perform.bench import Bench, Measured
from reel.perform.worker import Worker
from reel.plan.operations import (
    Compose,
    Decode,
    DrawnLoop,
    DrawnPlate,
    ImagePlate,
    Join,
    Operation,
    Picture,
    SoundMix,
    Stills,
    Stretch,
    TextPlate,
)
from reel.plan.step import Step
from reel.store import workspace


@dataclass(frozen=True)
class Made:
    """What performing a step came to."""

    artefact: Artefact
    reused: bool
    """Whether it was in the store already."""


def perform(step: Step, worker: Worker, on_units: Callable[[int], None] | None = None) -> Made:
    """Perform a step, or find that it was performed. Safe to call again, and from several workers at once.

    Errors: those of `reel.errors`; the store then holds nothing of it.
    """
    if found := worker.store.find(step.key, step.kind):
        return Made(found, reused=True)
    with worker.room.taken(step.work), workspace(worker.scratch) as scratch:
        started = time.monotonic()
        folder = scratch / "artefact"
        folder.mkdir()
        bench = Bench(worker, folder, step.title, on_units)
        measured = _make(step.operation, bench)
        seconds = round(time.monotonic() - started, 3)
        return Made(worker.store.publish(folder, step.key, step.kind, measured, seconds), reused=False)


def _make(operation: Operation, bench: Bench) -> Measured:
    match operation:
        case Picture():
            return picture.make_segment(operation, bench)
        case Compose():
            return compose.make_composed(operation, bench)
        case ImagePlate():
            return image.make_image_plate(operation, bench)
        case TextPlate():
            return text.make_text_plate(operation, bench)
        case DrawnPlate():
            return drawing.make_drawn_plate(operation, bench)
        case DrawnLoop():
            return drawing.make_drawn_loop(operation, bench)
        case Join():
            return picture.make_joined(operation, bench)
        case Decode():
            return sound.make_decoded(operation, bench)
        case Stretch():
            return sound.make_stretched(operation, bench)
        case SoundMix():
            return sound.make_mixed(operation, bench)
        case Stills():
            return stills.make_stills(operation, bench)
    raise NotImplementedError(operation.operation)
