"""Multicam exports of numbered clips: every frame the right one, every click in its place, copied wherever it can be."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import av
import pytest

from reel.errors import ReelError
from reel.ffmpeg.process import run
from reel.generate.render import plan, render
from reel.make.worker import Worker
from reel.plan.operations import Copied, Picture
from reel.report import Report
from reel.report.roles import role_of
from tests.clips import ffmpeg, numbered, read_clicks, read_frame_numbers
from tests.conftest import MakeClip
from tests.generate.cameras import document, expected_clicks, expected_numbers, time_steps, video_of
from tests.some import some

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


@pytest.fixture(scope="module", params=some(["auto", "never"], 2))
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


def test_the_edit_is_one_of_its_outputs(made: Report) -> None:
    (edit,) = [file for file in made.outputs[0].files if role_of(file.name) == "edit"]
    assert edit.name == "multicam.otio"
    data = Path(edit.path).read_bytes()
    assert (len(data), hashlib.sha256(data).hexdigest()) == (edit.bytes, edit.sha256)
    assert json.loads(data)["OTIO_SCHEMA"].startswith("Timeline.")


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


def recorded(path: Path, seed: int, since: float = 0.0) -> Path:
    """Six seconds of an event, from the second `since` on, by a recorder."""
    noise = f"anoisesrc=color=pink:seed={seed}:sample_rate=48000:duration=10,tremolo=f=0.7:d=0.9"
    sound = ["-f", "lavfi", "-i", f"{noise},atrim={since}:{since + 6},asetpts=PTS-STARTPTS", "-c:a", "pcm_s16le"]
    subprocess.run([ffmpeg(), "-v", "error", "-y", *sound, str(path)], check=True)
    return path


def filmed(path: Path, picture: Path, sound: Path) -> Path:
    inputs = ["-i", str(picture), "-i", str(sound), "-map", "0:v", "-map", "1:a", "-c", "copy", "-t", "6"]
    subprocess.run([ffmpeg(), "-v", "error", "-y", *inputs, str(path)], check=True)
    return path


def test_recordings_of_one_event_are_synced_by_their_sound(sources: list[Path], tmp_path: Path, worker: Worker) -> None:
    main = filmed(tmp_path / "main.mov", sources[0], recorded(tmp_path / "main.wav", 1))
    close = filmed(tmp_path / "close.mov", sources[2], recorded(tmp_path / "close.wav", 1, since=1.5))
    switches = [{"at": 0, "source": 0}, {"at": 2, "source": 1}, {"at": 3, "source": 0}]
    cameras = [str(main), {"asset": str(close), "sync_offset": "auto"}]
    asked = {"kind": "multicam", "sources": cameras, "switches": switches, "end": 4, "stills": False}
    numbers = read_frame_numbers(video_of(render(asked, worker=worker)))
    assert numbers == [*range(60), *range(2000 + 15, 2000 + 45), *range(90, 120)]


def test_all_recordings_that_match_nothing_are_named_at_once(
    sources: list[Path], tmp_path: Path, worker: Worker
) -> None:
    main = filmed(tmp_path / "main.mov", sources[0], recorded(tmp_path / "main.wav", 1))
    others = [str(recorded(tmp_path / f"{seed}.wav", seed)) for seed in (2, 3)]
    cameras = [str(main), *({"asset": other, "sync_offset": "auto"} for other in others)]
    asked = {"kind": "multicam", "sources": cameras, "switches": [{"at": 0, "source": 0}], "end": 4}
    with pytest.raises(ReelError) as refused:
        plan(asked, worker=worker)
    assert [problem.place for problem in refused.value.problems] == ["sources[1].sync_offset", "sources[2].sync_offset"]


@pytest.mark.parametrize("source", some([0, 1, 2], 3))
def test_the_last_frame_stays_where_a_cut_ends_a_frame_later(source: int, sources: list[Path], worker: Worker) -> None:
    report = render(document(sources, CUTS, cuts=[{"source": source, "in": 5, "out": SECONDS + 0.03}]), worker=worker)
    numbers = [*range(150, 30 * SECONDS), 30 * SECONDS - 1]
    assert read_frame_numbers(video_of(report)) == [1000 * source + number for number in numbers]


def test_short_cuts_of_one_group_of_pictures_follow_one_another(sources: list[Path], worker: Worker) -> None:
    cuts = [{"source": 0, "in": begin, "out": begin + 0.3} for begin in (1, 2, 0.5, 2)]
    report = render(document(sources, CUTS, cuts=cuts), worker=worker)
    assert read_frame_numbers(video_of(report)) == [
        number for first in (30, 60, 15, 60) for number in range(first, first + 9)
    ]


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
