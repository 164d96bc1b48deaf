"""Drawing a text: shadow, outline and letters, each set by Typst, laid over one another here."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from reel.compose.planes import Pixels, rgba_of
from reel.errors import InvalidRequest
from reel.presets import Size
from reel.text.fit import fitting_size
from reel.text.typeset import page, plain
from reel.timeline import TextStyle

Sheet = npt.NDArray[np.float32]
"""Shape (height, width, 4): red, green and blue times alpha, and alpha; all 0..1."""


def draw_text(
    text: str, style: TextStyle, width: int, height: int, place: str = "text", *, pixels: Size | None = None
) -> Pixels:
    """A text in its box of `width` by `height`, which is drawn in as many pixels, or in others of about the same proportion:
    its lines are the same then. Raises `InvalidRequest` where it cannot fit."""
    pixels = pixels or (width, height)
    sheet = _flat(style.background, *pixels)
    if plain(text).strip():
        size = fitting_size(text, style, width, height)
        if size is None:
            raise InvalidRequest.at(place, f"the text does not fit {width}x{height} pixels", "shorten it")
        for layer, where in _layers(text, style, pixels, pixels[0] / width, size):
            sheet[where] = layer + sheet[where] * (1 - layer[..., 3:])
    return _straight(sheet)


Where = tuple[slice, slice]
"""The rows and columns of a sheet outside of which a layer has nothing."""


def _layers(text: str, style: TextStyle, pixels: Size, density: float, size: float) -> Iterator[tuple[Sheet, Where]]:
    """From the lowest to the highest, each with where it lies: most of a box is empty."""

    def drawn(colour: str, stroke: float) -> npt.NDArray[np.uint8]:
        return _set(text, style, pixels, density, size, colour, stroke)

    if style.shadow > 0:
        shape = _sheet(drawn(style.shadow_colour, style.outline))
        yield _shadow(shape, style.shadow_colour, style.shadow * density), np.s_[:, :]
    if style.outline > 0:
        yield _cut(drawn(style.outline_colour, style.outline))
    yield _cut(drawn(style.colour, 0))


def _set(
    text: str, style: TextStyle, pixels: Size, density: float, size: float, colour: str, stroke: float
) -> npt.NDArray[np.uint8]:
    """The letters in a colour, as Typst draws them: blue, green, red, and alpha that nothing is multiplied by."""
    png = np.frombuffer(page(text, style, pixels, density, size, colour, stroke), np.uint8)
    decoded = cv2.imdecode(png, cv2.IMREAD_UNCHANGED)
    assert decoded is not None, "Typst writes PNG"
    return np.asarray(decoded, np.uint8)


def _cut(drawn: npt.NDArray[np.uint8]) -> tuple[Sheet, Where]:
    """What of a drawing is not empty."""
    where = _seen(drawn[..., 3])
    return _sheet(drawn[where]), where


def _seen(alpha: npt.NDArray[np.uint8] | npt.NDArray[np.bool_]) -> Where:
    """Where anything is not transparent."""
    left, top, width, height = cv2.boundingRect(alpha.astype(np.uint8))
    return np.s_[top : top + height, left : left + width]


def _sheet(drawn: npt.NDArray[np.uint8]) -> Sheet:
    if not drawn.size:  # letters of no colour
        return np.zeros(drawn.shape, np.float32)
    pixels = cv2.cvtColor(drawn, cv2.COLOR_BGRA2RGBA).astype(np.float32) / 255
    pixels[..., :3] *= pixels[..., 3:]
    return np.asarray(pixels, np.float32)


def _shadow(sheet: Sheet, colour: str, distance: float) -> Sheet:
    """The shape in the shadow's colour (colourful emoji too), moved down and to the right, and blurred."""
    red, green, blue, alpha = (part / 255 for part in rgba_of(colour))
    move = np.array([[1, 0, distance], [0, 1, distance]], np.float64)
    shape = np.minimum(sheet[..., 3] / max(alpha, 1e-6), 1) * alpha
    height, width = shape.shape
    moved = cv2.warpAffine(shape, move, (width, height), flags=cv2.INTER_LINEAR)
    soft = cv2.GaussianBlur(moved, (0, 0), distance / 2)
    return np.asarray(soft[..., None] * np.array([red, green, blue, 1]), np.float32)


def _flat(colour: str, width: int, height: int) -> Sheet:
    red, green, blue, alpha = (part / 255 for part in rgba_of(colour))
    return np.full((height, width, 4), (red * alpha, green * alpha, blue * alpha, alpha), np.float32)


def _straight(sheet: Sheet) -> Pixels:
    pixels, where = np.zeros(sheet.shape, np.uint8), _seen(sheet[..., 3] > 0)
    seen = sheet[where]
    colours = seen[..., :3] / np.maximum(seen[..., 3:], 1e-6)
    pixels[where] = np.round(np.clip(np.dstack([colours, seen[..., 3:]]), 0, 1) * 255)
    return pixels
