"""Scoring, scaling and coding of pictures that are shown by themselves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from reel.errors import Internal
from reel.packets.keyframes import Pixels
from reel.plan.operations.stills import Look
from reel.presets import Canvas
from reel.rectangles import nearest_even

LEAST_SPREAD = 5.0
"""Of brightness, in levels of 256: a picture with less is black, or nearly one colour, and stands for nothing."""

DARK, BRIGHT = 16, 240
"""Levels of brightness within which something is to be seen."""

LOOKED_AT_HEIGHT = 180

AVIF_SPEED = 9
"""Of 10. At 6 one picture takes ten times as long (0.66 s), for 6 % fewer bytes."""

CODERS = {
    # Progressive: shown whole, and blurred, after a tenth of its bytes. Five in a hundred smaller, too.
    "jpeg": (".jpg", cv2.IMWRITE_JPEG_QUALITY, (cv2.IMWRITE_JPEG_PROGRESSIVE, 1, cv2.IMWRITE_JPEG_OPTIMIZE, 1)),
    "webp": (".webp", cv2.IMWRITE_WEBP_QUALITY, ()),
    "avif": (".avif", cv2.IMWRITE_AVIF_QUALITY, (cv2.IMWRITE_AVIF_SPEED, AVIF_SPEED)),
}


def small_size(canvas: Canvas, height: int = LOOKED_AT_HEIGHT) -> tuple[int, int]:
    """Width and height of a small picture of a video; never larger than the video."""
    height = min(height, canvas.height)
    return nearest_even(canvas.width * height / canvas.height), height


def shrunk(picture: Pixels, width: int, height: int) -> Pixels:
    """The picture at a smaller size, averaged over areas."""
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def interest(picture: Pixels) -> float:
    """How much there is to see: spread of brightness times sharpness (the root of the variance of the Laplacian) times the
    share of pixels that are neither dark nor glaring; 0 for one colour."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    exposed = float(((grey >= DARK) & (grey < BRIGHT)).mean())
    return exposed * brightness_deviation(picture) * math.sqrt(float(cv2.Laplacian(grey, cv2.CV_64F).var()))


def brightness_deviation(picture: Pixels) -> float:
    """Standard deviation of brightness."""
    return float(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).std())


def grid(tiles: Sequence[Pixels], columns: int, blank: Pixels | None = None) -> Pixels:
    """Pictures of one size side by side. Where the last row is not full, it ends with black ones, or with `blank`."""
    blank = np.zeros_like(tiles[0]) if blank is None else blank
    filled = [*tiles, *[blank] * (-len(tiles) % columns)]
    rows = [np.hstack(filled[start : start + columns]) for start in range(0, len(filled), columns)]
    return np.vstack(rows)


def write_sizes(folder: Path, stem: str, full: Pixels, look: Look) -> None:
    """Write the files of one picture, each at its width."""
    height, width = full.shape[:2]
    for name, wanted in look.files(stem).items():
        scaled = full if wanted is None else shrunk(full, wanted, max(1, round(height * wanted / width)))
        write_picture(folder / name, scaled, look)


def write_picture(path: Path, picture: Pixels, look: Look) -> None:
    """Code a picture as its look says."""
    suffix, quality, more = CODERS[look.format]
    done, data = cv2.imencode(suffix, picture, [quality, look.quality, *more])
    if not done:
        raise Internal.at(path.name, f"could not be encoded as {look.format}", "report this")
    path.write_bytes(data.tobytes())
