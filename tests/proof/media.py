"""Small files that random timelines show and sound."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from tests.clips import Clip, numbered

CLIPS = (
    Clip(size=(128, 72), rate="30", seconds=2.0),
    numbered(0, size=(160, 96), rate="25", seconds=2.0, keyframe_every=12),
    Clip(size=(72, 128), rate="30000/1001", seconds=1.5),
    Clip(size=(128, 96), rate="60", seconds=1.5, audio=None),
    Clip(size=(96, 64), rate="24", seconds=2.0, rotation=90, sample_aspect="1/1"),
    Clip(size=(160, 96), rate="30", seconds=2.0, variable=True, audio=None),
)
"""Rates and shapes that footage has; each frame differs from the next."""


def make_stills(folder: Path) -> list[Path]:
    """A photograph of sorts, upright, and a drawing that is transparent around a disc with a soft edge."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(5)
    coarse = random.integers(0, 256, (6, 9, 3), np.uint8)
    photo = cv2.resize(coarse, (180, 120), interpolation=cv2.INTER_CUBIC)
    rows, columns = np.mgrid[:100, :80] + 0.5
    alpha = np.clip(36 - np.hypot(columns - 40, rows - 50), 0, 1)
    disc = np.dstack([np.full((100, 80), 40), np.full((100, 80), 90), 2.5 * columns, 255 * alpha]).astype(np.uint8)
    paths = [folder / "photo.png", folder / "disc.png"]
    for path, pixels in zip(paths, (photo, disc), strict=True):
        cv2.imwrite(str(path), pixels)
    return paths


def make_media(make_clip: Callable[[Clip], Path], folder: Path) -> list[Path]:
    """All of them; stills go to `folder`."""
    return [*(make_clip(clip) for clip in CLIPS), *make_stills(folder)]
