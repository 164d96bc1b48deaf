"""Where a still picture goes in an area, and which part of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from reel.timeline import Crop, Framing

Size = tuple[int, int]


@dataclass(frozen=True)
class Framed:
    """A part of a picture, the size that it is scaled to, and its place in the area."""

    box: tuple[float, float, float, float]
    """Left, top, right and bottom, in shares of the whole picture."""
    size: Size
    at: tuple[int, int]


@dataclass(frozen=True)
class _Side:
    """The same along one side: begin and end in pixels of the picture, length and place in pixels of the area."""

    begin: float
    end: float
    length: int
    at: int


def framed(framing: Framing, picture: Size, area: Size) -> Framed:
    """How a picture of a displayed size is framed in an area; of `contain-blur` the picture in front.

    What is too large is cut so that the focus is as near to the middle as it can be; what is too small is centred.
    """
    crop = framing.crop or Crop()
    width, height = crop.width * picture[0], crop.height * picture[1]
    across, down = _scales(framing, (area[0] / width, area[1] / height))
    x = _side(width, area[0], across, framing.focus[0])
    y = _side(height, area[1], down, framing.focus[1])
    left, top = crop.x * picture[0], crop.y * picture[1]
    return Framed(
        (
            max(0.0, (left + x.begin) / picture[0]),
            max(0.0, (top + y.begin) / picture[1]),
            min(1.0, (left + x.end) / picture[0]),
            min(1.0, (top + y.end) / picture[1]),
        ),
        (x.length, y.length),
        (x.at, y.at),
    )


def _scales(framing: Framing, filling: tuple[float, float]) -> tuple[float, float]:
    """Pixels of the area per pixel of the picture, across and down; `filling` are those that fill the area's sides."""
    match framing.fit:
        case "fill":
            return filling
        case "cover":
            return max(filling), max(filling)
        case "none":
            return framing.unit, framing.unit
        case "contain" | "contain-blur":
            return min(filling), min(filling)


def _side(length: float, area: int, scale: float, focus: float) -> _Side:
    seen = min(length, area / scale)
    begin = min(max(0.0, length * focus - seen / 2), length - seen)
    if scale == 1:
        begin = float(round(begin))  # pixel on pixel: nothing is blurred by a part of a pixel
        seen = min(seen, length - begin)
    scaled = min(area, max(1, round(seen * scale)))
    return _Side(begin, begin + seen, scaled, (area - scaled) // 2)
