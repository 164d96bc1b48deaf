"""Multicam exports of numbered transport streams, whose clocks begin anywhere and may wrap: copied, every frame right."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from reel.ffmpeg.process import run
from reel.generate.render import plan, render
from reel.make.worker import Worker
from reel.plan.operations import Copied
from reel.report import Report
from tests.clips import ffmpeg, numbered, read_clicks, read_frame_numbers
from tests.conftest import MakeClip
from tests.generate.cameras import document, expected_clicks, expected_numbers, video_of

CUTS = [(0, 0.0, 2.5), (1, 1.1, 4.0), (0, 2.0, 2.3), (1, 3.9, 6.0), (0, 2.7, 5.4)]

WRAP_SECONDS = 2**33 / 90_000
"""After so long the clock of a transport stream begins anew (ISO/IEC 13818-1, 2.4.3.7)."""


@pytest.fixture(scope="module", params=["libx264", pytest.param("libx265", marks=pytest.mark.slow)])
def sources(
    request: pytest.FixtureRequest, make_clip: MakeClip, tmp_path_factory: pytest.TempPathFactory
) -> list[Path]:
    """Cameras with key frames far apart and near; the clock of the second wraps in the middle."""
    common = {"seconds": 6, "size": (1280, 720), "codec": request.param, "audio_codec": "aac", "suffix": ".ts"}
    first = make_clip(numbered(0, keyframe_every=250, **common))
    second = make_clip(numbered(1000, keyframe_every=20, **common))
    late = tmp_path_factory.mktemp("late") / "late.ts"
    shift = ["-output_ts_offset", str(WRAP_SECONDS - 4)]
    subprocess.run([ffmpeg(), "-v", "error", "-i", str(second), "-c", "copy", *shift, str(late)], check=True)
    return [first, late]


@pytest.fixture(scope="module")
def made(sources: list[Path], worker: Worker) -> Report:
    return render(document(sources, CUTS), worker=worker)


def test_every_frame_is_the_right_one(made: Report) -> None:
    video = video_of(made)
    assert read_frame_numbers(video) == expected_numbers(CUTS)
    assert run(["-i", f"file:{video}", "-f", "null", "-"], place="decode").stderr_tail == ""


def test_no_click_is_off_by_more_than_the_clock(made: Report, sources: list[Path]) -> None:
    clicks = expected_clicks(sources, CUTS)
    found = read_clicks(video_of(made))
    # A tick of 90 kHz is half a sample: that is as exact as such a file can say when its sound begins.
    assert len(found) == len(clicks)
    assert all(abs(click - wanted) <= 1 for click, wanted in zip(found, clicks, strict=True))


def test_what_begins_near_a_key_frame_is_copied(made: Report, sources: list[Path], worker: Worker) -> None:
    steps = [step for step in plan(document(sources, CUTS), worker=worker).steps if isinstance(step.operation, Copied)]
    measures = [found.measured for step in steps if (found := worker.store.find(step.key, "copied"))]
    assert len(measures) == len(steps) == 4
    assert not any("declined" in measure for measure in measures)
    frames = [measure["copied_frames"] for measure in measures]
    assert frames[0] > 60  # from the file's begin
    assert frames[1] > 60
    assert frames[2] > 55
    assert frames[3] == 0  # no key frame within it
