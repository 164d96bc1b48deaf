"""One task for each kind of step, so that the UI shows what the work is made of."""

from __future__ import annotations

from prefect import Task
from prefect.states import Completed

from reel.make.perform import perform
from reel.plan.step import Step
from tasks.core import core_task
from tasks.run import current_run


def _perform(step: Step) -> str:
    """Perform a step; its key, as what it came to is in the store. One that was there already ends as Cached, whoever made it.

    Prefect keeps what a task returns for as long as it likes, through versions in which our classes are others.
    """
    run = current_run()
    assert run.progress, "steps come after the plan"
    progress = run.progress
    progress.begin(step)
    made = perform(step, run.worker, lambda units: progress.advance(step, units))
    if made.reused:
        return Completed(name="Cached", message="found in the store", data=step.key)  # type: ignore[return-value]
    return step.key


@core_task("compose segment", "compose {step.title}", keyed=True)
def compose_segment(step: Step) -> str:
    """Compose and encode one segment of picture."""
    return _perform(step)


@core_task("copy segment", "copy {step.title}", keyed=True)
def copy_segment(step: Step) -> str:
    """Copy packets of a source."""
    return _perform(step)


@core_task("make mezzanine", "make {step.title}", keyed=True)
def make_mezzanine(step: Step) -> str:
    """Encode a part of a source so that cuts can be copied out of it."""
    return _perform(step)


@core_task("prepare image", "prepare {step.title}", keyed=True)
def prepare_image(step: Step) -> str:
    """Decode a still picture and frame it."""
    return _perform(step)


@core_task("draw", "draw {step.title}", keyed=True)
def draw(step: Step) -> str:
    """Draw a text, or a frame or overlay of the library."""
    return _perform(step)


@core_task("decode sound", "decode {step.title}", keyed=True)
def decode_sound(step: Step) -> str:
    """Decode an asset's sound to samples."""
    return _perform(step)


@core_task("stretch sound", "stretch {step.title}", keyed=True)
def stretch_sound(step: Step) -> str:
    """Change the speed of decoded sound at its own pitch."""
    return _perform(step)


@core_task("retime sound", "retime {step.title}", keyed=True)
def retime_sound(step: Step) -> str:
    """Put decoded sound on the project's clock."""
    return _perform(step)


@core_task("render sound", "render {step.title}", keyed=True)
def render_sound(step: Step) -> str:
    """Mix a soundtrack and encode it."""
    return _perform(step)


@core_task("concat", "{step.title}", keyed=True)
def concat(step: Step) -> str:
    """Join segments and sound by stream copy."""
    return _perform(step)


@core_task("thumbnails", "{step.title}", keyed=True)
def thumbnails(step: Step) -> str:
    """Make a video's poster and sprite sheet."""
    return _perform(step)


@core_task("prove picture", "{step.title}", keyed=True)
def prove_picture(step: Step) -> str:
    """Hold frames of a segment against the reference."""
    return _perform(step)


@core_task("prove sound", "{step.title}", keyed=True)
def prove_sound(step: Step) -> str:
    """Hold stretches of a soundtrack against its sources."""
    return _perform(step)


@core_task("bind", "{step.title}", keyed=True)
def bind(step: Step) -> str:
    """Hold a video against its proven segments and sound."""
    return _perform(step)


TASKS: dict[str, Task[[Step], str]] = {
    "picture": compose_segment,
    "compose": compose_segment,
    "copied": copy_segment,
    "mezzanine": make_mezzanine,
    "image": prepare_image,
    "text": draw,
    "drawing": draw,
    "loop": draw,
    "decode": decode_sound,
    "stretch": stretch_sound,
    "reclock": retime_sound,
    "soundtrack": render_sound,
    "join": concat,
    "sheet": thumbnails,
    "stills": thumbnails,
    "prove": prove_picture,
    "prove-sound": prove_sound,
    "bind": bind,
}
"""The task of each operation."""
