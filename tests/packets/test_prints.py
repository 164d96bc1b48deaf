"""Small pictures that are kept of a segment are those of its frames, as any player decodes them."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from reel.ffmpeg.build import ffmpeg_path
from reel.ffmpeg.encoder import encode_frames_command
from reel.ffmpeg.picture import finished_frames_command
from reel.packets.check import check_segment
from reel.packets.prints import decoded_prints
from reel.presets import Canvas, capped_crf, for_frames

SIZE, SMALL, FRAMES = (640, 360), (160, 90), 60
CANVAS = Canvas(width=SIZE[0], height=SIZE[1], rate=Fraction(30))
ENCODER = for_frames(capped_crf(250_000, CANVAS), FRAMES)
LAST = (20, 40, 57, 58)
"""Far from the key frame: what strays has had time to."""


@pytest.fixture(scope="module")
def grainy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Film grain over a slow change, with few bits: most of each frame is taken from others."""
    path = tmp_path_factory.mktemp("grainy") / "segment.mp4"
    source = (
        f"gradients=s={SIZE[0]}x{SIZE[1]}:r=30:n=8:speed=0.02:seed=3,noise=alls=24:allf=t:all_seed=7,format=yuv420p"
    )
    raw = ffmpeg("-f", "lavfi", "-i", source, "-frames:v", str(FRAMES), "-f", "rawvideo", "-")
    subprocess.run(
        [str(ffmpeg_path()), "-v", "error", *encode_frames_command(CANVAS, ENCODER, str(path))], input=raw, check=True
    )
    return path


def ffmpeg(*arguments: str) -> bytes:
    command = [str(ffmpeg_path()), "-v", "error", "-nostdin", *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout


def decoded(path: Path, form: str, scaler: str) -> np.ndarray:
    """All frames as FFmpeg decodes them, small, in one line."""
    small = f"scale={SMALL[0]}:{SMALL[1]}:flags={scaler}"
    raw = ffmpeg("-i", str(path), "-vf", small, "-f", "rawvideo", "-pix_fmt", form, "-")
    return np.frombuffer(raw, np.uint8).astype(int)


def test_prints_are_of_what_players_show(grainy: Path) -> None:
    """They strayed by some levels more with each frame, and good segments were refused for it."""
    asked = decoded(grainy, "yuv444p", "area").reshape(FRAMES, 3, SMALL[1], SMALL[0])
    kept = check_segment(grainy, CANVAS, FRAMES, "grainy", ENCODER, keep=LAST, print_size=SMALL).prints
    again = decoded_prints(grainy, CANVAS.rate, SMALL, LAST, "grainy")
    for number in LAST:
        for made in (kept[number], again[number]):
            assert np.abs(made[0] - asked[number, 0]).max() <= 2


def test_frames_that_are_looked_at_are_what_players_show(grainy: Path) -> None:
    made = ffmpeg(*finished_frames_command(str(grainy), SMALL, "-"))
    assert np.abs(np.frombuffer(made, np.uint8) - decoded(grainy, "bgr24", "fast_bilinear")).max() <= 1
