"""Making a video's poster, and a sprite sheet of thumbnails with its storyboard, all from key frames but a chosen poster."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from reel.errors import Internal
from reel.make.context import Measured, StepContext
from reel.make.makers import makes
from reel.packets.apart import first_frame, picture_at, small_pictures
from reel.packets.keyframes import TimedPicture
from reel.plan.operations import Join, Sheet, Stills
from reel.rectangles import nearest_even

Pixels = npt.NDArray[np.uint8]
"""Shape (height, width, 3), blue first, as OpenCV has them."""

POSTER_QUALITY, TILE_QUALITY = 90, 75
COLUMNS = 10

LEAST_SPREAD = 5.0
"""Of brightness, in levels of 256: a picture with less is black, or nearly one colour, and makes no poster."""


@makes(Stills)
def make_stills(operation: Stills, context: StepContext) -> Measured:
    """Poster, sprite sheet and WebVTT storyboard of a joined video."""
    video = context.made(operation.video, Join, Join.stem)
    height = min(operation.tile_height, operation.canvas.height)
    width = nearest_even(operation.canvas.width * height / operation.canvas.height)
    seconds = float(operation.frames / operation.canvas.rate)
    moments = [seconds * (tile + 0.5) / operation.tiles for tile in range(operation.tiles)]
    tiles = small_pictures(video, moments, width, height)
    if not tiles:
        raise Internal.at(context.place, "found no key frame to show", "report this")
    best = _poster(operation, video, tiles)
    assert best.full is not None
    _write(context.folder / "poster.jpg", best.full, POSTER_QUALITY)
    columns = min(COLUMNS, len(tiles))
    _write(context.folder / "sprite.jpg", _grid([tile.small for tile in tiles], columns), TILE_QUALITY)
    (context.folder / "sprite.vtt").write_text(storyboard(len(tiles), columns, width, height, seconds), "utf-8")
    return {"tiles": len(tiles), "tile_width": width, "tile_height": height, "poster_seconds": round(best.seconds, 3)}


def _poster(operation: Stills, video: Path, tiles: Sequence[TimedPicture]) -> TimedPicture:
    """The frame that is chosen, unless it shows nothing; else the most interesting key frame of those that are tiles."""
    height, width = tiles[0].small.shape[:2]
    if operation.poster is not None:
        found = picture_at(video, float(operation.poster / operation.canvas.rate), width, height, key=False)
        if brightness_deviation(found.small) >= LEAST_SPREAD:
            return found
    best = max(tiles, key=lambda tile: interest(tile.small))
    return picture_at(video, best.seconds, width, height, key=True)


@makes(Sheet)
def make_sheet(operation: Sheet, context: StepContext) -> Measured:
    """One picture at full size, or pictures side by side, on a sheet of at most the canvas's width."""
    pictures = [first_frame(context.segment(key), context.place) for key in operation.pictures]
    canvas = operation.canvas
    if len(pictures) > 1:
        width = max(16, canvas.width // operation.columns)
        height = max(16, round(width * canvas.height / canvas.width))
        pictures = [_shrunk(picture, width, height) for picture in pictures]
    sheet = _grid(pictures, operation.columns)
    _write(context.folder / operation.file, sheet, POSTER_QUALITY)
    height, width = sheet.shape[:2]
    seconds = round(float(len(pictures) / canvas.rate), 6)
    return {
        "frames": len(pictures),
        "seconds": seconds,
        "width": width,
        "height": height,
        "frame_rate": str(canvas.rate),
    }


def _shrunk(picture: Pixels, width: int, height: int) -> Pixels:
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def interest(picture: Pixels) -> float:
    """How much there is to see: spread of brightness times sharpness (variance of the Laplacian); 0 for one colour."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return brightness_deviation(picture) * math.sqrt(float(cv2.Laplacian(grey, cv2.CV_64F).var()))


def brightness_deviation(picture: Pixels) -> float:
    """Standard deviation of brightness."""
    return float(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).std())


def _grid(tiles: list[Pixels], columns: int) -> Pixels:
    blank = np.zeros_like(tiles[0])
    filled = tiles + [blank] * (-len(tiles) % columns)
    rows = [np.hstack(filled[start : start + columns]) for start in range(0, len(filled), columns)]
    return np.vstack(rows)


def storyboard(tiles: int, columns: int, width: int, height: int, seconds: float) -> str:
    """WebVTT cues that name a region of `sprite.jpg` (Media Fragments `xywh`) for each stretch of the video."""
    cues = ["WEBVTT"]
    for tile in range(tiles):
        row, column = divmod(tile, columns)
        start, end = seconds * tile / tiles, seconds * (tile + 1) / tiles
        region = f"{column * width},{row * height},{width},{height}"
        cues.append(f"{_clock(start)} --> {_clock(end)}\nsprite.jpg#xywh={region}")
    return "\n\n".join(cues) + "\n"


def _clock(seconds: float) -> str:
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}.{milliseconds:03d}"


def _write(path: Path, picture: Pixels, quality: int) -> None:
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise Internal.at(path.name, "could not be encoded as JPEG", "report this")
    path.write_bytes(data.tobytes())
