"""The library that ships with the project, drawn by code. Numbers in, pixels out; no files.

    frame = draw_still("ornate-gold", 1080, 1920)          # red, green, blue, straight alpha
    for planes in draw_loop("glitter-rain", 1080, 1920, Fraction(30), 180): ...

The same name and size give the same bits on every machine. docs/library.md shows what there is.
"""

from __future__ import annotations

from reel.draw.loops import draw_loop
from reel.draw.stills import STILLS, draw_still
from reel.draw.swarms import LOOPS

__all__ = ["LOOPS", "STILLS", "draw_loop", "draw_still"]
