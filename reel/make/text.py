"""Making bitmaps of text."""

from __future__ import annotations

from reel.compose.planes import planes_of, write_bitmap
from reel.errors import Internal
from reel.make.context import Measured, StepContext
from reel.make.makers import makes
from reel.plan.operations import TextBitmap
from reel.text import draw_text, font_digests


@makes(TextBitmap)
def make_text_bitmap(operation: TextBitmap, context: StepContext) -> Measured:
    """Draw a text into its box."""
    if operation.fonts != font_digests():
        raise Internal.at(
            context.place, "was planned with other fonts than are here", "run the same version everywhere"
        )
    pixels = draw_text(
        operation.text, operation.style, *operation.box, context.place, pixels=(operation.width, operation.height)
    )
    return write_bitmap(context.folder, planes_of(pixels))
