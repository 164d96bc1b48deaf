"""Exactness from end to end: 40 cuts of numbered clips, every frame and every sample where the plan says."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest

from reel.generate.render import render
from reel.make.worker import Worker
from reel.report import Report
from tests.clips import CLICK_EVERY, numbered, read_clicks, read_frame_numbers
from tests.conftest import MakeClip

FRAME = 1600
"""Samples of a frame at 30 fps."""


def cuts(make_clip: MakeClip) -> list[dict[str, object]]:
    """40 stretches of 4 clips in different containers, all of different length, some a single frame long."""
    clips = [
        make_clip(numbered(0, seconds=4, keyframe_every=250)),
        make_clip(numbered(1000, seconds=4, suffix=".mkv")),
        make_clip(numbered(2000, seconds=4, suffix=".mp4", audio_codec="aac", codec="libx265")),
        make_clip(numbered(3000, seconds=4, suffix=".ts", audio_codec="mp2")),
    ]
    return [
        {
            "asset": str(clips[cut % 4]),
            "in": round((7 * cut % 60) / 30, 6),
            "out": round((7 * cut % 60 + 1 + cut % 13) / 30, 6),
        }
        for cut in range(40)
    ]


def expected_frames(cut: int) -> list[int]:
    first = 1000 * (cut % 4) + 7 * cut % 60
    return list(range(first, first + 1 + cut % 13))


@pytest.fixture(scope="module")
def made(make_clip: MakeClip, tmp_path_factory: pytest.TempPathFactory, worker: Worker) -> Report:
    request = {"kind": "mixer", "clips": cuts(make_clip), "aspect": "16:9", "resolution": "480p", "stills": False}
    return render(request, worker=worker)


@pytest.fixture(scope="module")
def video(made: Report) -> Path:
    return Path(made.outputs[0].video.path)


def test_every_frame_is_the_right_one(video: Path) -> None:
    assert read_frame_numbers(video) == [number for cut in range(40) for number in expected_frames(cut)]


def test_no_sample_is_off_at_any_cut(video: Path) -> None:
    """Every click lies at the first sample of the frame that it belongs to, in every clip, however the cuts fall."""
    numbers = [number for cut in range(40) for number in expected_frames(cut)]
    clicks = [place * FRAME for place, number in enumerate(numbers) if number % CLICK_EVERY == 0]
    assert read_clicks(video) == clicks


def test_time_stamps_are_even_and_rise(video: Path) -> None:
    with av.open(str(video)) as source:
        packets = list(source.demux(video=0))
    shown = sorted(packet.pts for packet in packets if packet.pts is not None)
    decoded = [packet.dts for packet in packets if packet.dts is not None]
    assert shown[0] == 0
    assert {later - earlier for earlier, later in pairwise(shown)} == {512}
    assert {later - earlier for earlier, later in pairwise(decoded)} == {512}


def test_picture_and_sound_are_equally_long(video: Path, made: Report) -> None:
    with av.open(str(video)) as source:
        lengths = {
            stream.type: stream.duration * stream.time_base
            for stream in source.streams
            if stream.duration is not None and stream.time_base is not None
        }
    assert lengths["video"] == lengths["audio"] == Fraction(made.outputs[0].measured["frames"], 30)
