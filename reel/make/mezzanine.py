"""Making and verifying the parts of mezzanines."""

from __future__ import annotations

from reel.errors import Internal
from reel.make.context import Measured, StepContext
from reel.make.makers import makes
from reel.make.picture import make_segment
from reel.packets.check import keyframe_numbers
from reel.plan.operations import Mezzanine, Picture


@makes(Mezzanine)
def make_mezzanine(operation: Mezzanine, context: StepContext) -> Measured:
    """Encode a part of a source, decode it to its end, and see that its key frames are where cuts expect them."""
    picture = Picture(canvas=operation.canvas, clips=(operation.clip,), encoder=operation.encoder)
    measured = make_segment(picture, context)
    found = keyframe_numbers(context.folder / operation.file, context.place)
    if found != list(range(0, operation.frames, operation.group)):
        raise Internal.at(
            context.place, f"has key frames elsewhere than at every {operation.group} frames", "report this"
        )
    if measured["delay"] != 0:
        raise Internal.at(context.place, "has frames that are decoded after later ones", "report this")
    return measured
