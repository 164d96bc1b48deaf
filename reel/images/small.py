"""Small copies of still pictures that we made."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from reel.confinement.apart import apart
from reel.errors import Internal

QUALITY = 80


def jpeg_of(path: Path, most: int) -> bytes:
    """A picture as JPEG, no side of it longer than so many pixels. Raises `Internal` where it is none."""
    try:
        with Image.open(path, formats=("JPEG", "PNG")) as picture:
            picture.thumbnail((most, most), Image.Resampling.BOX)
            small = io.BytesIO()
            picture.convert("RGB").save(small, "JPEG", quality=QUALITY)
            return small.getvalue()
    except (UnidentifiedImageError, OSError) as error:
        raise Internal.at(path.name, "could not be read as a picture", "report this") from error


def times_of(path: Path) -> tuple[tuple[int, int], list[int]]:
    """The size of an animated picture of ours, and for how many milliseconds each of its pictures is shown; all are decoded.

    Raises `Internal` where it is none.
    """
    try:
        with Image.open(path, formats=("GIF", "WEBP")) as picture:
            shown = []
            for number in range(getattr(picture, "n_frames", 1)):
                picture.seek(number)
                picture.load()
                shown.append(int(picture.info.get("duration", 0)))
            return picture.size, shown
    except (UnidentifiedImageError, OSError, EOFError) as error:
        raise Internal.at(path.name, "could not be read as a picture", "report this") from error


small_jpeg = apart(jpeg_of)
shown_times = apart(times_of)
