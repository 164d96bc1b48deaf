"""Making and verifying the parts of mezzanines."""

from __future__ import annotations

from reel.errors import Internal
from reel.make.composed import make_alone
from reel.make.context import Measured, StepContext
from reel.make.makers import makes
from reel.plan.operations import Mezzanine, Picture


@makes(Mezzanine)
def make_mezzanine(operation: Mezzanine, context: StepContext) -> Measured:
    """Encode a part of a source and decode it to its end; its key frames are where cuts expect them (see `check_segment`)."""
    canvas, encoder = operation.canvas, operation.encoder.model_copy(update={"group": operation.group})
    picture = Picture(canvas=canvas, clips=(operation.clip,), size=canvas.size, encoder=encoder)
    measured = make_alone(picture, context)
    if measured["delay"] != 0:
        raise Internal.at(context.place, "has frames that are decoded after later ones", "report this")
    return measured
