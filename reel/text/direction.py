"""Which way a paragraph runs, by the Unicode Bidirectional Algorithm (UAX 9), rules P2 and P3."""

from __future__ import annotations

import unicodedata
from typing import Literal

Direction = Literal["ltr", "rtl"]

ISOLATES, END_OF_ISOLATE = ("LRI", "RLI", "FSI"), "PDI"


def base_direction(paragraph: str) -> Direction:
    """That of the first strong letter outside of isolates; left to right where there is none."""
    depth = 0
    for kind in map(unicodedata.bidirectional, paragraph):
        if kind in ISOLATES:
            depth += 1
        elif kind == END_OF_ISOLATE:
            depth = max(0, depth - 1)
        elif depth == 0 and kind in ("L", "R", "AL"):
            return "ltr" if kind == "L" else "rtl"
    return "ltr"
