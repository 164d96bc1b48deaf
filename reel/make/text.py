"""Making plates of text."""

from __future__ import annotations

from reel.compose.planes import planes_of, write_plate
from reel.errors import Internal
from reel.make.context import Bench, Measured
from reel.plan.operations import TextPlate
from reel.text import draw_text, font_digests


def make_text_plate(operation: TextPlate, bench: Bench) -> Measured:
    """Draw a text into its box."""
    if operation.fonts != font_digests():
        raise Internal.at(bench.place, "was planned with other fonts than are here", "run the same version everywhere")
    pixels = draw_text(operation.text, operation.style, operation.width, operation.height, bench.place)
    return write_plate(bench.folder, planes_of(pixels))
