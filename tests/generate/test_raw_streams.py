"""Coded pictures without a container, which say their rate and no time stamps: every frame is seen once, in its time."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from reel.errors import Internal
from reel.ffmpeg.build import ffmpeg_path
from reel.generate.render import render
from reel.make.worker import Worker
from reel.media import MediaFacts
from reel.packets.probe import probe
from tests.clips import Clip, numbered, read_frame_numbers
from tests.conftest import MakeClip
from tests.some import some


@pytest.fixture
def raw(make_clip: MakeClip, tmp_path: Path):
    """A clip's picture alone, as it is coded."""

    def made(clip: Clip, muxer: str) -> Path:
        path = tmp_path / f"raw.{muxer}"
        copy = ["-i", make_clip(clip), "-map", "0:v", "-c", "copy", "-f", muxer]
        subprocess.run([str(ffmpeg_path()), "-v", "error", *map(str, copy), str(path)], check=True)
        return path

    return made


@pytest.mark.parametrize("rate", some(["30", "24", "30000/1001", "50"], 2))
@pytest.mark.parametrize(
    ("codec", "muxer", "b_frames"), [("libx264", "h264", 0), ("libx264", "h264", 2), ("libx265", "hevc", 0)]
)
def test_a_raw_stream_is_seen_frame_by_frame(
    rate: str, codec: str, muxer: str, b_frames: int, raw, worker: Worker
) -> None:
    clip = replace(numbered(), codec=codec, b_frames=b_frames, rate=rate, seconds=2)
    request = {"kind": "encode", "asset": str(raw(clip, muxer)), "stills": False, "outputs": [{"type": "video"}]}
    video = render(request, worker=worker).outputs[0].video
    assert read_frame_numbers(Path(video.path)) == list(range(clip.frames))
    with av.open(str(video.path)) as container:
        assert container.streams.video[0].average_rate == Fraction(rate)


def test_a_raw_stream_is_composed_in_its_time(raw, worker: Worker) -> None:
    """From its middle on, in another rate."""
    asset = str(raw(replace(numbered(), b_frames=2, rate="50", seconds=3), "h264"))
    clip = {"type": "video", "asset": asset, "in": 1, "out": 3}
    request = {"kind": "template", "frame_rate": 25, "stills": False, "timeline": {"tracks": [{"clips": [clip]}]}}
    video = render(request, worker=worker).outputs[0].video
    assert read_frame_numbers(Path(video.path)) == list(range(50, 150, 2))


def test_a_rate_that_is_misread_is_noticed_though_few_frames_are_looked_at(
    raw,
    worker: Worker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first frames are right then, and the last ones are others."""

    def misread(path: Path, sha256: str, place: str) -> MediaFacts:
        facts = probe(path, sha256, place)
        assert facts.video
        wrong = {"rate": Fraction(25), "duration": Fraction(facts.video.frames, 25), "counted": False}
        return facts.model_copy(update={"video": facts.video.model_copy(update=wrong)})

    monkeypatch.setattr("reel.find.ingest.probe", misread)
    asset = str(raw(Clip(size=(640, 360), rate="30", seconds=8), "h264"))
    with pytest.raises(Internal, match="is not what was asked for"):
        render({"kind": "encode", "asset": asset, "stills": False, "outputs": [{"type": "video"}]}, worker=worker)
