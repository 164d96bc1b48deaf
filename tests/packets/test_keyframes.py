"""Single pictures of a video are those that are shown at their moments, whatever is left out on the way to them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import av
import numpy as np
import pytest

from reel.ffmpeg.build import ffmpeg_path
from reel.packets.keyframes import pictures_at

RATE, FRAMES = 30, 60

CODERS = {
    "h264": ("libx264", "-bf", "8"),
    "h264 of open groups": ("libx264", "-x264-params", "open-gop=1"),
    "hevc": ("libx265", "-x265-params", "log-level=error"),
    "vp9": ("libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"),
    "av1": ("libsvtav1", "-preset", "12"),
}

MOMENTS = {
    "here and there": (0.0, 0.1, 0.37, 0.5, 0.9, 1.0, 1.3, 1.31, 1.9),
    "the same twice, and past the end": (0.5, 0.5, 1.2, 5.0, 6.0),
    "on key frames": (0.0, 20 / RATE, 40 / RATE),
    "all": tuple(number / RATE for number in range(FRAMES)),
    "the last of a group": (19 / RATE, 39 / RATE, 59 / RATE),
}


@pytest.fixture(scope="module", params=CODERS)
def video(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("coded") / "video.mp4"
    source = f"testsrc2=size=160x90:rate={RATE}:duration={FRAMES / RATE}"
    coder = ("-g", "20", "-c:v", *CODERS[request.param])
    command = [str(ffmpeg_path()), "-v", "error", "-f", "lavfi", "-i", source, *coder, str(path)]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return path


@pytest.mark.parametrize("name", MOMENTS)
def test_pictures_are_those_of_the_whole_decoded(video: Path, name: str) -> None:
    """Of AV1, the first picture that was a key frame made all later ones key frames, too."""
    with av.open(str(video)) as source:
        frames = [frame.to_ndarray(format="bgr24") for frame in source.decode(video=0)]
    assert len(frames) == FRAMES
    found = pictures_at(video, MOMENTS[name])
    numbers = [min(int(np.ceil(moment * RATE - 1e-3)), FRAMES - 1) for moment in MOMENTS[name]]
    assert [round(each.seconds * RATE) for each in found] == numbers
    assert all(np.array_equal(each.pixels, frames[number]) for each, number in zip(found, numbers, strict=True))
