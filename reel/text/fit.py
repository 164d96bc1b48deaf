"""Whether a text can be drawn in its box, and how large; asked before anything is rendered."""

from __future__ import annotations

from functools import lru_cache

from reel.errors import Problem
from reel.text.typeset import best_size, plain, sizes_of
from reel.timeline import TextStyle


def problems(place: str, text: str, style: TextStyle, width: int, height: int) -> list[Problem]:
    """What keeps a text from being drawn in a box of that many pixels: nothing, as a rule."""
    if not plain(text).strip() or fitting_size(text, style, width, height) is not None:
        return []
    return [
        Problem(
            place,
            f"the text of {len(text)} characters does not fit {width}x{height} pixels, even at {style.smallest:g} pixels",
            "shorten it, break its longest word, or allow a smaller size",
        )
    ]


def fits_on_a_line(text: str, style: TextStyle, width: int, height: int) -> bool:
    """Whether a text fits a box in its full size, where the box is as high as a line."""
    whole = style.model_copy(update={"smallest": style.size})
    return "\n" not in plain(text) and fitting_size(text, whole, width, height) is not None


@lru_cache(1024)
def fitting_size(text: str, style: TextStyle, width: int, height: int) -> float | None:
    """The largest size, in pixels per em and at most the style's, at which all of a text fits its box; null: none does."""
    return best_size(text, style, width, height, sizes_of(style))
