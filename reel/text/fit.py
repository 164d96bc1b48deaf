"""Whether a text can be drawn in its box, and how large; asked before anything is rendered."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from reel.errors import Problem
from reel.text.fonts import missing
from reel.text.typeset import best_size, plain, sizes_of
from reel.timeline import TextStyle

MOST_NAMED = 5
"""Characters that a message names; a text in an unknown script would have a page of them."""


def problems(place: str, text: str, style: TextStyle, width: int, height: int) -> list[Problem]:
    """What keeps a text from being drawn in a box of that many pixels: nothing, as a rule."""
    if unknown := missing(plain(text)):
        named = ", ".join(_named(character) for character in unknown[:MOST_NAMED])
        more = f" and {len(unknown) - MOST_NAMED} more" if len(unknown) > MOST_NAMED else ""
        return [Problem(place, f"no font has a glyph for {named}{more}", "write it without them")]
    if plain(text).strip() and fitting_size(text, style, width, height) is None:
        return [
            Problem(
                place,
                f"the text of {len(text)} characters does not fit {width}x{height} pixels, even at {style.smallest:g} pixels",
                "shorten it, break its longest word, or allow a smaller size",
            )
        ]
    return []


@lru_cache(1024)
def fitting_size(text: str, style: TextStyle, width: int, height: int) -> float | None:
    """The largest size, in pixels per em and at most the style's, at which all of a text fits its box; null: none does."""
    return best_size(text, style, width, height, sizes_of(style))


def _named(character: str) -> str:
    return f"{character!r} (U+{ord(character):04X} {unicodedata.name(character, 'unnamed')})"
