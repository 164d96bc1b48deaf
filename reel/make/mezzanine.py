"""Making and verifying the parts of mezzanines."""

from __future__ import annotations

from reel.errors import Internal
from reel.make.context import Measured, StepContext
from reel.make.makers import makes
from reel.make.picture import make_segment
from reel.plan.operations import Mezzanine, Picture


@makes(Mezzanine)
def make_mezzanine(operation: Mezzanine, context: StepContext) -> Measured:
    """Encode a part of a source and decode it to its end; its key frames are where cuts expect them (see `check_segment`)."""
    encoder = operation.encoder.model_copy(update={"group": operation.group})
    measured = make_segment(Picture(canvas=operation.canvas, clips=(operation.clip,), encoder=encoder), context)
    if measured["delay"] != 0:
        raise Internal.at(context.place, "has frames that are decoded after later ones", "report this")
    return measured
