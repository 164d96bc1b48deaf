"""Where a slideshow's text lies, and how it looks: clear of the frame, and of what apps and players lay over a video."""

from __future__ import annotations

from reel.presets import DRAWN_STILLS, Canvas
from reel.rectangles import even_above
from reel.timeline import Area, TextStyle

TEXT_SIZE, TEXT_OUTLINE, TEXT_TOP = 60, 2, 100
"""Of letters, around them, and where capitals begin, in pixels where the short side has 1080."""

TEXT_HEIGHT = 600
"""How much of the picture a long text may cover, likewise: enough for 500 letters of any script beside the deepest frame."""

TEXT_GAP = 16
"""Between the text and a frame, likewise."""

ABOVE_CAPITALS = 1.069 - 0.714
"""From a line's top to the top of its capitals, in ems of Noto Sans."""

LINE = 1.362
"""Height of a line, in ems of Noto Sans."""

APP_TOP, APP_BOTTOM, APP_SIDES = 0.14, 0.35, 0.06
"""Shares of an upright video that apps cover with their own names and buttons: the safe zones that Meta publishes for Stories
and Reels, taken together."""

TITLE_SAFE = 0.05
"""Share of any other video that is left free on each side: SMPTE ST 2046-1 and EBU R 95."""


def text_area(frame: str, picture: Area, canvas: Canvas) -> Area:
    """The banner at the top of the picture: clear of the frame, and of what players and apps lay over a video.

    What a frame of the tenant's looks like is not known: it is taken to be as deep as the deepest of the library.
    """
    factor = _factor(canvas)
    depth = 0 if frame == "none" else DRAWN_STILLS.get(frame, max(DRAWN_STILLS.values()))
    clear = (depth + TEXT_GAP) * factor
    upright = canvas.height > 1.5 * canvas.width
    top, bottom, sides = (APP_TOP, APP_BOTTOM, APP_SIDES) if upright else (TITLE_SAFE,) * 3
    left = even_above(max(picture.x + clear, sides * canvas.width))
    upper = even_above(max(picture.y + clear, top * canvas.height))
    lower = min(picture.y + picture.height - clear, (1 - bottom) * canvas.height, upper + TEXT_HEIGHT * factor)
    return Area(x=left, y=upper, width=canvas.width - 2 * left, height=int(lower - upper) // 2 * 2)


def headline_area(frame: str, picture: Area, canvas: Canvas) -> Area | None:
    """One line above a picture with a plain border, where there is room: at 1080x1920 capitals begin at `TEXT_TOP`."""
    factor = _factor(canvas)
    above = (ABOVE_CAPITALS * TEXT_SIZE + TEXT_OUTLINE) * factor
    has_room = (TEXT_TOP + TEXT_SIZE) * factor <= picture.y + 1
    if not has_room or frame not in ("golden", "silver", "none"):
        return None
    height = even_above((LINE * TEXT_SIZE + 2 * TEXT_OUTLINE) * factor)
    return Area(x=picture.x, y=int(TEXT_TOP * factor - above) // 2 * 2, width=picture.width, height=height)


def _factor(canvas: Canvas) -> float:
    return min(canvas.width, canvas.height) / 1080


def text_style(canvas: Canvas) -> TextStyle:
    """Bold white with a black outline, in the size that the canvas asks for."""
    factor = _factor(canvas)
    sizes = {"size": TEXT_SIZE * factor, "smallest": 20 * factor, "outline": TEXT_OUTLINE * factor}
    return TextStyle(**sizes, vertical="top", balanced=True)
