"""High dynamic range that is kept: the numbers of the master, its names for them, and the display that it was made on."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest

from reel.errors import Internal
from reel.ffmpeg.picture import picture_frames
from reel.generate.render import render
from reel.make import picture
from reel.make.worker import Worker, make_worker
from reel.report import Report
from reel.settings import Settings
from tests.clips import Clip, ffmpeg
from tests.conftest import MakeClip

DISPLAY = "G(8500,39850)B(6550,2300)R(35400,14600)WP(15635,16450)L(10000000,50)"
NAMES = {"smpte2084": 16, "arib-std-b67": 18}


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Worker:
    return make_worker(Settings(home=tmp_path_factory.mktemp("hdr")))


def master(path: Path, transfer: str, told: str = "", seconds: int = 2) -> Path:
    """A moving picture in ten bits, called HDR; `told` are options of x265."""
    look = f"setparams=range=tv:color_primaries=bt2020:color_trc={transfer}:colorspace=bt2020nc"
    source = ["-f", "lavfi", "-i", f"testsrc2=s=320x180:r=30:d={seconds}"]
    encoding = ["-c:v", "libx265", "-preset", "fast", "-crf", "8", "-x265-params", f"log-level=error{told}"]
    filters = ["-vf", f"format=yuv420p10le,{look}"]
    command = [ffmpeg(), "-v", "error", *source, *filters, *encoding, "-tag:v", "hvc1", str(path)]
    subprocess.run(command, check=True)
    return path


@pytest.fixture(scope="module")
def hdr10(tmp_path_factory: pytest.TempPathFactory) -> Path:
    told = f":hdr10=1:master-display={DISPLAY}:max-cll=1000,400"
    return master(tmp_path_factory.mktemp("masters") / "hdr10.mp4", "smpte2084", told)


def made(asset: Path, worker: Worker, *videos: dict[str, Any], **more: Any) -> Report:
    outputs = [{"type": "video", "audio": "none", "codec": "hevc", "hdr": "keep", **video} for video in videos]
    return render(
        {"kind": "encode", "asset": str(asset), "stills": False, "bitrate": 8_000_000, "outputs": outputs} | more,
        worker=worker,
    )


def frames_of(path: Path) -> list[av.VideoFrame]:
    with av.open(str(path)) as source:
        return list(source.decode(video=0))


def luma(frame: av.VideoFrame) -> npt.NDArray[np.uint16]:
    plane = frame.planes[0]
    return np.frombuffer(memoryview(plane), np.uint16).reshape(frame.height, -1)[:, : frame.width]


def mastering(frame: av.VideoFrame) -> dict[str, tuple[Any, ...]]:
    """As FFmpeg's structures have it: fractions of chromaticities and luminance; and of light two numbers."""
    told: dict[str, tuple[Any, ...]] = {}
    side_data: Any = frame.side_data
    for data in side_data:
        name, content = str(data.type), bytes(data)
        if name.endswith("MASTERING_DISPLAY_METADATA"):
            numbers = struct.unpack("=20i", content[:80])
            told["display"] = tuple(round(a / b, 5) for a, b in zip(numbers[::2], numbers[1::2], strict=True))
        if name.endswith("CONTENT_LIGHT_LEVEL"):
            told["light"] = struct.unpack("=2I", content[:8])
    return told


@pytest.mark.parametrize(("codec", "tag"), [("hevc", "hvc1"), ("av1", "av01")])
def test_hdr10_stays_what_it_is_in_all_sizes(codec: str, tag: str, hdr10: Path, worker: Worker) -> None:
    report = made(hdr10, worker, {"codec": codec}, {"width": 160, "height": 90, "name": "small", "codec": codec})
    asked = frames_of(hdr10)
    for video in report.outputs[0].videos:
        found = frames_of(Path(video.file.path))
        assert len(found) == len(asked) == 60
        for number in (0, 31, 59):
            frame = found[number]
            assert frame.format.name == "yuv420p10le"
            assert (int(frame.colorspace), int(frame.color_primaries), int(frame.color_trc)) == (9, 9, 16)
            told, own = mastering(frame), mastering(asked[number])
            assert told["light"] == own["light"]
            # AV1 counts chromaticities in 1/65536.
            assert told["display"] == pytest.approx(own["display"], abs=1 / 65_536 if codec == "av1" else 0)
        with av.open(video.file.path) as source:
            assert source.streams.video[0].codec_context.codec_tag == tag
    told = mastering(asked[0])
    assert told["light"] == (1000, 400)
    assert told["display"][:2] == (0.708, 0.292), "red, as the master was told"
    assert told["display"][-1] == 1000
    assert not report.warnings


def test_the_numbers_are_the_masters_own(hdr10: Path, worker: Worker) -> None:
    """Not those of a tone map, nor of another matrix: as far as coding leaves them."""
    (video,) = made(hdr10, worker, {}).outputs[0].videos
    for one, other in zip(frames_of(hdr10)[::10], frames_of(Path(video.file.path))[::10], strict=True):
        noise = np.square(luma(one).astype(float) - luma(other)).mean()
        assert 10 * np.log10(1023**2 / noise) > 40


def test_hlg_is_kept_without_a_display(tmp_path: Path, worker: Worker) -> None:
    (video,) = made(master(tmp_path / "hlg.mp4", "arib-std-b67", seconds=1), worker, {}).outputs[0].videos
    (first, *_) = frames_of(Path(video.file.path))
    assert int(first.color_trc) == 18
    assert mastering(first) == {}


def test_beside_it_others_are_mapped(hdr10: Path, worker: Worker) -> None:
    """Ten bits both, of the same frames: each is made of its own."""
    report = made(hdr10, worker, {"name": "hdr"}, {"hdr": "map", "bit_depth": 10, "name": "sdr"})
    kept, mapped = (frames_of(Path(video.file.path))[20] for video in report.outputs[0].videos)
    assert (int(kept.color_trc), int(mapped.color_trc)) == (16, 1)
    assert np.abs(luma(kept).astype(float) - luma(mapped)).mean() > 20


@pytest.mark.parametrize(("codec", "bit_depth"), [("h264", 8), ("hevc", 8), ("hevc", 10), ("av1", 8), ("vp9", 8)])
def test_what_is_mapped_tells_of_no_display_of_hdr(codec: str, bit_depth: int, hdr10: Path, worker: Worker) -> None:
    """Neither in its frames nor in its file: a display that believes it would show SDR too dark, or in the wrong mode."""
    wanted = {"hdr": "map", "codec": codec, "bit_depth": bit_depth, "width": 160, "height": 90}
    (video,) = made(hdr10, worker, wanted, range={"start": 0, "end": 0.2}).outputs[0].videos
    assert [mastering(frame) for frame in frames_of(Path(video.file.path))] == [{}] * 6
    assert not {name for name in (b"mdcv", b"clli", b"SmDm", b"CoLL") if name in Path(video.file.path).read_bytes()}


REASONS = {
    "in SDR": (Clip(), "the master is in SDR"),
    "eight bits": (Clip(codec="libx265", hdr="pq"), "its pixels are yuv420p, not yuv420p10le"),
    "turned": (
        Clip(codec="libx265", pixel_format="yuv420p10le", hdr="pq", rotation=90, suffix=".mov"),
        "its picture is turned or mirrored when shown",
    ),
}


@pytest.mark.parametrize("case", REASONS)
def test_where_it_cannot_be_kept_that_is_said(case: str, make_clip: MakeClip, worker: Worker) -> None:
    clip, reason = REASONS[case]
    report = made(make_clip(clip), worker, {})
    assert f"outputs[0].hdr: is brought to SDR, as {reason}" in report.warnings
    (video,) = report.outputs[0].videos
    assert int(frames_of(Path(video.file.path))[0].color_trc) == 1


def test_where_the_largest_is_smaller_it_is_mapped(hdr10: Path, worker: Worker) -> None:
    report = made(hdr10, worker, {"width": 160, "height": 90})
    assert report.warnings == ("outputs[0].hdr: is brought to SDR, as the largest video is smaller than it",)


def test_the_proof_knows_the_numbers(hdr10: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = picture_frames
    monkeypatch.setattr(picture, "picture_frames", lambda *given: honest(*given).filter("hflip"))
    with pytest.raises(Internal, match="is not what was asked for"):
        made(hdr10, make_worker(Settings(home=tmp_path)), {})
