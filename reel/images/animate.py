"""Animated pictures, written by Pillow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

WEBP_QUALITY = 60
"""What moves hides more than what stands still."""

WEBP_METHOD = 4
"""Of 6; 6 takes three times as long, for 4 % fewer bytes."""


def write_animation(path: Path, frames: Sequence[npt.NDArray[np.uint8]], milliseconds: int) -> None:
    """Write frames of one size, blue first, as an endless loop, each shown so long: WebP or GIF, by the file's suffix."""
    first, *rest = (Image.fromarray(frame[..., ::-1]) for frame in frames)
    options = {"quality": WEBP_QUALITY, "method": WEBP_METHOD} if path.suffix == ".webp" else {"optimize": False}
    first.save(path, save_all=True, append_images=rest, duration=milliseconds, loop=0, **options)
