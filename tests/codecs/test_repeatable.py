"""The same frames and settings give the same bytes each time, also where the cap is felt in every picture."""

from __future__ import annotations

import hashlib
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reel.codecs import VIDEO_CODECS
from reel.ffmpeg.encoder import encode_frames_command
from reel.ffmpeg.hardware import why_unusable
from reel.presets import Canvas, capped_crf, for_frames
from tests.clips import ffmpeg
from tests.some import some

CANVAS = Canvas(width=320, height=180, rate=Fraction(25))
FRAMES = 30
BUDGET = 200_000
"""A tenth of what this noise takes at the quality that it stands for."""
TIMES = 6
"""With two threads that share each picture, x264 made six files in twelve runs of less."""


@pytest.fixture(scope="module")
def noise() -> bytes:
    """Raw frames that no encoder can foretell."""
    random = np.random.default_rng(1)
    return random.integers(16, 235, CANVAS.pixels * 3 // 2 * FRAMES, np.uint8).tobytes()


@pytest.mark.parametrize("codec", some(VIDEO_CODECS, 4))
def test_the_same_again_is_the_same_bytes(codec: Any, noise: bytes, tmp_path: Path) -> None:
    if reason := why_unusable(codec):
        pytest.skip(reason)
    encoder = for_frames(capped_crf(BUDGET, CANVAS, codec, effort="quick"), FRAMES)
    path = tmp_path / encoder.segment_file
    made = set()
    for _ in range(TIMES):
        command = [ffmpeg(), "-v", "error", "-y", *encode_frames_command(CANVAS, encoder, str(path))]
        subprocess.run(command, check=True, input=noise, capture_output=True)
        made.add(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(made) == 1
