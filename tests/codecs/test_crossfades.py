"""What encoders make of one picture that fades into another: no motion explains it, and each looks for one."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from reel.codecs import VIDEO_CODECS
from reel.codecs.video import Effort
from reel.ffmpeg.encoder import encode_frames_command
from reel.ffmpeg.hardware import why_unusable
from reel.presets import Canvas, capped_crf, for_frames
from tests.clips import ffmpeg
from tests.some import some_pairs

CANVAS = Canvas(width=640, height=360, rate=Fraction(30))
STILL, FADING = 18, 15
MOST_LEVELS = 12.0
"""By which the mean of eight by eight pixels may lie off: coding alone comes to 7, what is wrong to 16 and more."""

Plane = NDArray[np.float64]

EFFORTS: tuple[Effort, ...] = ("thorough", "quick", "standard")
"""In an order in which AV1's quick preset, which once laid wrong squares, is among those that are always tried."""


def fade(seed: int) -> NDArray[np.uint8]:
    """Frames (4:2:0, planes behind one another) of one set of bars that fades into another."""
    random = np.random.default_rng(seed)
    first, second = (
        np.concatenate([_bars(random, height, width) for height, width in ((360, 640), (180, 320), (180, 320))])
        for _ in range(2)
    )
    shares = [0.0] * STILL + [(frame + 0.5) / FADING for frame in range(FADING)] + [1.0] * STILL
    return np.stack([first * (1 - share) + second * share for share in shares]).round().astype(np.uint8)


def _bars(random: np.random.Generator, height: int, width: int) -> Plane:
    colours = random.integers(30, 220, (4, 5)).astype(float)
    return colours.repeat(height // 4, 0).repeat(width // 5, 1).ravel()


def off(made: NDArray[np.uint8], asked: NDArray[np.uint8]) -> float:
    """By how many levels the worst block of light is off."""
    light = CANVAS.pixels
    difference = (made[:, :light].astype(float) - asked[:, :light]).reshape(len(asked), 45, 8, 80, 8)
    return float(np.abs(difference.mean((2, 4))).max())


@pytest.mark.parametrize(("codec", "effort"), some_pairs(VIDEO_CODECS, EFFORTS, 3))
def test_a_crossfade_has_the_colours_of_both(codec: Any, effort: Effort, tmp_path: Path) -> None:
    if reason := why_unusable(codec):
        pytest.skip(reason)
    for seed in (1, 2):
        asked = fade(seed)
        encoder = for_frames(capped_crf(2_500_000, CANVAS, codec, effort=effort), len(asked))
        path = tmp_path / f"{seed}-{encoder.segment_file}"
        command = [ffmpeg(), "-v", "error", "-y", *encode_frames_command(CANVAS, encoder, str(path))]
        subprocess.run(command, check=True, input=asked.tobytes(), capture_output=True)
        read = [ffmpeg(), "-v", "error", "-i", str(path), "-pix_fmt", "yuv420p", "-f", "rawvideo", "-"]
        raw = subprocess.run(read, check=True, capture_output=True).stdout
        assert off(np.frombuffer(raw, np.uint8).reshape(asked.shape), asked) < MOST_LEVELS
