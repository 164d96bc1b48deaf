"""Footage in files that say when frames are decoded and not when they are shown: AVI, and MXF whose index has no offsets."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from pathlib import Path

import av
import numpy as np
import pytest

from reel.ffmpeg.process import run
from reel.generate.render import render
from reel.make.worker import make_worker
from reel.packets.probe import probe
from reel.settings import Settings
from tests.false_stamps import PICTURE, with_false_stamp
from tests.some import some

CODINGS = {
    "DivX, without B-frames": ["-c:v", "mpeg4", "-bf", "0"],
    "DivX": ["-c:v", "mpeg4", "-bf", "2"],
    "DivX of fields": ["-c:v", "mpeg4", "-bf", "2", "-flags", "+ilme+ildct"],
    "MPEG-2": ["-c:v", "mpeg2video", "-bf", "2"],
    "MPEG-2 of fields": ["-c:v", "mpeg2video", "-bf", "2", "-flags", "+ilme+ildct"],
    "without B-frames": ["-bf", "0"],
    "with one": ["-bf", "1"],
    "with B-frames of B-frames": ["-bf", "3", "-x264-params", "b-pyramid=normal"],
    "with open groups": ["-bf", "3", "-x264-params", "open-gop=1:keyint=20"],
    "all of key frames": ["-g", "1"],
    "of fields": ["-bf", "2", "-flags", "+ilme+ildct", "-x264-params", "tff=1"],
}
FILES = [
    *product([*CODINGS][:-1], ["avi"]),
    ("with B-frames of B-frames", "mxf"),
    ("with open groups", "mxf"),
    ("of fields", "mxf"),
]
FLASHES = [25, 50]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.mark.parametrize("file", some(FILES, 2, name="-".join))
def test_picture_and_sound_stay_together(file: tuple[str, str], tmp_path: Path, home: Path) -> None:
    """A flash and a click, each second. FFmpeg's libraries guess when such frames are shown, and each version otherwise."""
    coding, container = file
    film = tmp_path / f"film.{container}"
    flashes = "+".join(f"eq(n,{number})" for number in FLASHES)
    picture = f"color=black:s=320x240:r=25:d=3,drawbox=c=white:t=fill:enable='{flashes}'"
    sound = (
        "sine=2000:r=48000:d=3,asetnsamples=480,volume='if(lt(mod(t,1),0.01)*gte(t,1),1,0)':eval=frame:precision=float"
    )
    inputs = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", f"{sound},volume=16dB"]
    coded = ["-c:v", "libx264", "-pix_fmt", "yuv420p", *CODINGS[coding], "-c:a", "pcm_s16le", "-ar", "48000"]
    run([*inputs, *coded, f"file:{film}"], place="test")
    facts = probe(film, "0" * 64, film.name)
    assert facts.video is not None
    assert (facts.video.start, facts.video.frames, facts.warnings) == (Fraction(0), 75, ())

    request = {"kind": "mixer", "clips": [str(film)], "resolution": "360p", "frame_rate": 25, "stills": False}
    report = render(request, worker=make_worker(Settings(home=home)))
    assert report.warnings == ()
    with av.open(report.outputs[0].video.path) as video:
        bright = [frame.to_ndarray()[: frame.height].mean() > 60 for frame in video.decode(video=0)]
    assert np.flatnonzero(bright).tolist() == FLASHES
    with av.open(report.outputs[0].video.path) as video:
        samples = np.concatenate([frame.to_ndarray()[0] for frame in video.decode(audio=0)])
    loud = np.flatnonzero(np.abs(samples) > 0.2)
    clicks = loud[np.diff(loud, prepend=-48_000) > 4800] / 48_000
    assert clicks == pytest.approx([number / 25 for number in FLASHES], abs=0.003)


@pytest.mark.parametrize(
    ("coding", "number", "seconds"),
    [("without B-frames", 30, 10), ("with B-frames of B-frames", 30, 10), ("with one", 50, -1.5), ("with one", 0, 2)],
)
def test_a_picture_with_a_false_time_stamp_goes_on(
    coding: str, number: int, seconds: float, tmp_path: Path, home: Path
) -> None:
    """One bit of a file fell over: its video is neither longer, nor stands it still."""
    film = tmp_path / "film.ts"
    flashes = "+".join(f"eq(n,{number})" for number in FLASHES)
    picture = f"color=black:s=320x240:r=25:d=3,drawbox=c=white:t=fill:enable='{flashes}'"
    coded = ["-c:v", "libx264", "-pix_fmt", "yuv420p", *CODINGS[coding]]
    run(["-f", "lavfi", "-i", picture, *coded, f"file:{film}"], place="test")
    film.write_bytes(with_false_stamp(film.read_bytes(), PICTURE, number, seconds))
    report = render({"kind": "encode", "asset": str(film), "stills": False}, worker=make_worker(Settings(home=home)))
    assert any("some time stamps are false" in each for each in report.warnings)
    with av.open(report.outputs[0].video.path) as video:
        bright = [frame.to_ndarray()[: frame.height].mean() > 60 for frame in video.decode(video=0)]
    assert (len(bright), np.flatnonzero(bright).tolist()) == (75, FLASHES)
