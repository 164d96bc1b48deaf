"""How large a picture is in an area, and which part of that it takes. Pure: sizes in, sizes out."""

from __future__ import annotations

from reel.rectangles import nearest_even
from reel.timeline import Area, Crop, Framing

Size = tuple[int, int]
"""Width and height in pixels."""


def seen_size(display_size: Size, framing: Framing) -> tuple[float, float]:
    """Width and height, in square pixels, of the part of a picture that is shown."""
    width, height = display_size
    return (width * framing.crop.width, height * framing.crop.height) if framing.crop else (width, height)


def scaled_size(framing: Framing, seen: tuple[float, float], area: Size) -> Size:
    """The size, even, to which a picture is brought, before what is too large is cut; of `contain-blur`, that in front."""
    across, down = area[0] / seen[0], area[1] / seen[1]
    match framing.fit:
        case "fill":
            return area
        case "cover":
            width, height = _resized(seen, max(across, down))
            # Rounding must not leave an edge uncovered.
            return max(width, area[0]), max(height, area[1])
        case "none":
            return _resized(seen, framing.unit)
        case "contain" | "contain-blur":
            return _resized(seen, min(across, down))


def covering_part(seen: tuple[float, float], area: Size, focus: tuple[float, float]) -> Crop:
    """The part of a picture, in shares of it, that covers an area, with the focus as near to its middle as it can be."""
    scale = max(area[0] / seen[0], area[1] / seen[1])
    width, height = (min(1.0, side / scale / whole) for side, whole in zip(area, seen, strict=True))
    x, y = (min(max(0.0, at - share / 2), 1 - share) for at, share in zip(focus, (width, height), strict=True))
    return Crop(x=x, y=y, width=width, height=height)


BLUR = 32
"""Standard deviation of what is blurred behind `contain-blur`, in pixels of the canvas that was asked for."""
MOST_OF_SIDE = 8
"""In a small area it is at most this part of the short side: with more, all of it would be the colour of its edges."""
LEAST_BLURRED = 32
"""Pixels on the short side of what is blurred: so few have another shape than their area."""


def blur_deviation(framing: Framing, area: Size) -> float:
    """Of what is blurred behind a picture, in pixels of its area."""
    return min(BLUR * framing.unit, min(area) / MOST_OF_SIDE)


def blurred_share(area: Size) -> float:
    """The share of an area's sides at which a picture is blurred: few pixels are quick to blur and to enlarge."""
    return max(1 / 8, LEAST_BLURRED / min(area))


def filled_part(display_size: Size, framing: Framing, area: Area) -> Area:
    """The part of an area that a picture takes: in its middle, on even pixels, and all of it where the fit leaves no room."""
    if framing.fit == "contain-blur":
        return area
    size = scaled_size(framing, seen_size(display_size, framing), area.size)
    width, height = min(size[0], area.width), min(size[1], area.height)
    return Area(
        x=area.x + nearest_even((area.width - width) / 2),
        y=area.y + nearest_even((area.height - height) / 2),
        width=width,
        height=height,
    )


def _resized(seen: tuple[float, float], factor: float) -> Size:
    return max(2, nearest_even(seen[0] * factor)), max(2, nearest_even(seen[1] * factor))
