"""Small pictures that are kept of a segment are those of its frames, as any player decodes them."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from reel.errors import Internal
from reel.ffmpeg.build import ffmpeg_path
from reel.ffmpeg.encoder import encode_frames_command
from reel.frame_stats import seen_size
from reel.packets.check import check_segment
from reel.packets.prints import decoded_prints
from reel.packets.stats import check_measured, stats_of
from reel.presets import Canvas, VideoEncoder, capped_crf, for_frames

SIZE, SMALL, FRAMES = (640, 360), (160, 90), 60
CANVAS = Canvas(width=SIZE[0], height=SIZE[1], rate=Fraction(30))
ENCODER = for_frames(capped_crf(250_000, CANVAS), FRAMES)
LAST = (20, 40, 57, 58)
"""Far from the key frame: what strays has had time to."""


GRAINY = f"gradients=s={SIZE[0]}x{SIZE[1]}:r=30:n=8:speed=0.02:seed=3,noise=alls=24:allf=t:all_seed=7"


@pytest.fixture(scope="module")
def grainy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Film grain over a slow change, with few bits: most of each frame is taken from others."""
    return encoded(GRAINY, ENCODER, tmp_path_factory.mktemp("grainy") / "segment.mp4")


def encoded(source: str, encoder: VideoEncoder, path: Path) -> Path:
    frames = f"{source},format=yuv420p"
    raw = ffmpeg("-f", "lavfi", "-i", frames, "-frames:v", str(FRAMES), "-f", "rawvideo", "-")
    command = [str(ffmpeg_path()), "-v", "error", *encode_frames_command(CANVAS, encoder, str(path))]
    subprocess.run(command, input=raw, check=True)
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


def test_frames_that_are_measured_are_what_players_show(tmp_path: Path) -> None:
    # Without colours: where between two lines these lie, FFmpeg and PyAV do not quite agree.
    path = encoded(f"{GRAINY},hue=s=0", ENCODER, tmp_path / "grey.mp4")
    part = check_measured(path, CANVAS, FRAMES, "grey", ENCODER).stats
    assert part
    width, height = seen_size(SIZE)
    small = f"scale={width}:{height}:flags=fast_bilinear"
    shown = ffmpeg("-i", str(path), "-vf", small, "-f", "rawvideo", "-pix_fmt", "bgr24", "-")
    first, *_, last = np.frombuffer(shown, np.uint8).reshape(FRAMES, height, width, 3).astype(int)
    assert np.abs(part.first - first).max() <= 1
    assert np.abs(part.last - last).max() <= 1


def test_what_is_measured_later_is_what_was_kept(grainy: Path) -> None:
    """What lies beside a segment, and what is found where nothing does, are the same to the last bit."""
    kept = check_measured(grainy, CANVAS, FRAMES, "grainy", ENCODER).stats
    assert kept
    again = stats_of(grainy, CANVAS.rate, 0, FRAMES, "grainy")
    for name, asked in vars(kept.stats).items():
        assert np.array_equal(asked, getattr(again.stats, name)), name
    for name in ("first", "last", "at_rest"):
        assert np.array_equal(getattr(kept, name), getattr(again, name)), name


def test_a_stretch_is_measured_from_its_key_frame_on(tmp_path: Path) -> None:
    path = encoded(GRAINY, ENCODER.model_copy(update={"group": 20}), tmp_path / "groups.mp4")
    whole, part = stats_of(path, CANVAS.rate, 0, FRAMES, "whole"), stats_of(path, CANVAS.rate, 20, 25, "part")
    assert np.array_equal(part.stats.scores[1:], whole.stats.scores[21:45])
    with pytest.raises(Internal, match="40 frames to look at instead of 45"):
        stats_of(path, CANVAS.rate, 20, 45, "part")
