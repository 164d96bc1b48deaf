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


small_jpeg = apart(jpeg_of)
