"""Multicam exports of numbered clips: every frame the right one, every click in its place, copied wherever it can be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import av
import pytest

from reel.errors import ReelError
from reel.ffmpeg.process import run
from reel.perform.render import plan, render
from reel.perform.worker import Worker
from reel.plan.operations import Copied, Picture
from reel.report import Report
from tests.clips import numbered, read_clicks, read_frame_numbers
from tests.conftest import MakeClip
from tests.perform.cameras import document, expected_clicks, expected_numbers, time_steps, video_of

SECONDS = 8
HD = (1280, 720)
"""Large enough that untagged colours are taken for BT.709, which is what is copied."""
CUTS = [(0, 0.0, 2.5), (1, 1.1, 4.0), (2, 0.5, 3.2), (0, 3.0, 3.2), (1, 4.9, 8.0), (2, 2.0, 7.9), (0, 6.5, 8.0)]


@pytest.fixture(scope="module")
def sources(make_clip: MakeClip) -> list[Path]:
    """Cameras with key frames far apart, near, and at every second; in two containers."""
    return [
        make_clip(numbered(0, seconds=SECONDS, size=HD, keyframe_every=250)),
        make_clip(numbered(1000, seconds=SECONDS, size=HD, keyframe_every=20, suffix=".mp4", audio_codec="aac")),
        make_clip(numbered(2000, seconds=SECONDS, size=HD, keyframe_every=30)),
    ]


@pytest.fixture(scope="module", params=["auto", "never"])
def made(request: pytest.FixtureRequest, sources: list[Path], worker: Worker) -> Report:
    return render(document(sources, CUTS, copy=request.param), worker=worker)


def test_every_frame_is_the_right_one(made: Report) -> None:
    assert read_frame_numbers(video_of(made)) == expected_numbers(CUTS)


def test_no_sample_is_off_at_any_cut(made: Report, sources: list[Path]) -> None:
    assert read_clicks(video_of(made)) == expected_clicks(sources, CUTS)


def test_it_decodes_without_a_word_and_can_be_entered_anywhere(made: Report, tmp_path: Path) -> None:
    """FFmpeg warns of every reference that is missing; and from each key frame on, the right frames follow."""
    video = video_of(made)
    finished = run(["-i", f"file:{video}", "-f", "null", "-"], place="decode")
    assert finished.stderr_tail == ""
    with av.open(str(video)) as source:
        stream = source.streams.video[0]
        keys = [packet.pts for packet in source.demux(stream) if packet.is_keyframe and packet.pts is not None]
        assert len(keys) >= len(CUTS) - 1
        for key in keys:
            source.seek(key, stream=stream)
            frame = next(source.decode(stream))
            assert frame.pts == key
            assert frame.key_frame


def test_time_stamps_are_even(made: Report) -> None:
    assert time_steps(video_of(made)) == ({512}, {512})


def test_most_frames_are_copied(sources: list[Path], worker: Worker) -> None:
    planned = plan(document(sources, CUTS), worker=worker)
    copied = [step for step in planned.steps if isinstance(step.operation, Copied)]
    encoded = sum(step.operation.frames for step in planned.steps if isinstance(step.operation, Picture))
    assert copied
    assert encoded < 0.35 * len(expected_numbers(CUTS))
    render(document(sources, CUTS), worker=worker)
    measures = [found.measured for step in copied if (found := worker.store.find(step.key, "copied"))]
    assert len(measures) == len(copied)
    assert not any("declined" in measure for measure in measures)
    asked = sum(step.operation.frames for step in copied if isinstance(step.operation, Copied))
    assert sum(measure["copied_frames"] for measure in measures) > asked - 8 * len(copied)


SWITCHES = [{"at": 0, "source": "main"}, {"at": 2, "source": "close"}, {"at": 3.5, "source": 0, "audio": "close"}]


def test_switches_follow_the_clock_of_the_project(sources: list[Path], worker: Worker) -> None:
    switched = {
        "kind": "multicam",
        "sources": [
            {"asset": str(sources[0]), "name": "main"},
            {"asset": str(sources[1]), "name": "close", "sync_offset": 1.5},
        ],
        "switches": SWITCHES,
        "end": 5,
        "stills": False,
    }
    report = render(switched, worker=worker)
    numbers = [*range(60), *range(1000 + 15, 1000 + 60), *range(105, 150)]
    assert read_frame_numbers(video_of(report)) == numbers
    assert json.loads(json.dumps(report.outputs[0].manifest))["sequence"][1]["in"] == 0.5


WRONG = [
    ({"cuts": [{"source": 7, "in": 0, "out": 1}]}, "cuts[0].source: 7 is not a source"),
    (
        {"cuts": [{"source": 0, "in": 2, "out": 1}, {"source": 1, "in": 0, "out": 99}]},
        "cuts[1].out: 99 s is past the end",
    ),
    ({"cuts": None, "switches": [{"at": 0, "source": 0}, {"at": 20, "source": 1}]}, "switches[1]"),
    ({"cuts": None}, "give one of `switches`, `cuts` and `edl`"),
]


@pytest.mark.parametrize(("fields", "said"), WRONG)
def test_what_cannot_be_made_is_refused_with_its_place(
    fields: dict[str, Any], said: str, sources: list[Path], worker: Worker
) -> None:
    with pytest.raises(ReelError) as refused:
        plan(document(sources, CUTS, **fields), worker=worker)
    assert said in str(refused.value)
