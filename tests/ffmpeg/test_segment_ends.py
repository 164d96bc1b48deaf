"""The last frames of a segment are as good as they would be if the encoder went on."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest

from reel.codecs import VideoCodecName
from reel.ffmpeg.encoder import encode_frames_command
from reel.presets import Canvas, VideoEncoder, capped_crf, for_frames, with_quality
from tests.clips import ffmpeg

CANVAS = Canvas(width=320, height=180, rate=Fraction(30))
FRAMES, MADE = 121, 240
"""Groups of 41, 41 and 39: another would begin soon after the end."""
FRAME_BYTES = CANVAS.pixels * 3 // 2


@pytest.fixture(scope="module")
def raw() -> bytes:
    """A slow zoom, in which nearly all of a frame is seen again in the next."""
    size = f"{CANVAS.width}x{CANVAS.height}"
    source = f"mandelbrot=size={size}:rate={CANVAS.rate}:end_scale=0.02:end_pts=300"
    command = [ffmpeg(), "-v", "error", "-f", "lavfi", "-i", source, "-frames:v", str(MADE), "-pix_fmt", "yuv420p"]
    return subprocess.run([*command, "-f", "rawvideo", "-"], check=True, capture_output=True).stdout


def psnr(raw: bytes, encoder: VideoEncoder, path: Path) -> npt.NDArray[np.float64]:
    """Of the brightness of each frame that is encoded, in dB."""
    command = [ffmpeg(), "-v", "error", "-y", *encode_frames_command(CANVAS, encoder, str(path))]
    subprocess.run(command, input=raw, check=True)
    with av.open(str(path)) as made:
        found = np.array([frame.to_ndarray()[: CANVAS.height] for frame in made.decode(video=0)], np.float64)
    asked = np.frombuffer(raw, np.uint8).reshape(-1, FRAME_BYTES)[: len(found), : CANVAS.pixels]
    return np.asarray(10 * np.log10(255**2 / ((found.reshape(len(found), -1) - asked) ** 2).mean(axis=1)))


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_last_frames_are_as_good_as_where_the_encoder_goes_on(
    raw: bytes, codec: VideoCodecName, tmp_path: Path
) -> None:
    encoder = for_frames(capped_crf(100_000, CANVAS, codec), FRAMES)
    whole = psnr(raw, encoder.model_copy(update={"ends_at": None}), tmp_path / "whole.mp4")
    part = psnr(raw[: FRAMES * FRAME_BYTES], encoder, tmp_path / "part.mp4")
    assert len(part) == FRAMES
    # Without the copies, the last frame has 2.6 dB less (x264), and the mean of the last four 0.9.
    assert part[-4:].mean() > whole[FRAMES - 4 : FRAMES].mean() - 0.2
    assert part[-1] > whole[FRAMES - 1] - 0.2


def test_short_segments_end_as_they_are() -> None:
    encoder = capped_crf(100_000, CANVAS)
    assert [for_frames(encoder, frames).copies_after for frames in (5, 59, 60, 360)] == [0, 0, 20, 20]


@pytest.mark.parametrize(("cap", "fill"), [(None, ["vbv-init=1.0"]), (200_000, [])])
def test_segments_of_x265_begin_as_if_a_buffer_was_full_unless_a_cap_is_to_be_held(
    cap: int | None, fill: list[str]
) -> None:
    encoder = for_frames(with_quality(capped_crf(100_000, CANVAS, "hevc"), cap=cap), FRAMES)
    command = encode_frames_command(CANVAS, encoder, "part.mp4")
    (parameters,) = (part for part in command if "keyint=" in part)
    assert [each for each in parameters.split(":") if each.startswith("vbv-init")] == fill
