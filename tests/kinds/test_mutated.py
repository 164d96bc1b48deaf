"""Whatever a request says, it is planned, or refused by its fields: nothing of it ends as a fault of ours."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random
from typing import Any

import pytest

from reel.api import plan
from reel.errors import BadMedia, InvalidRequest, Problem
from reel.make.worker import Worker, make_worker
from reel.settings import Settings
from tests.clips import Clip
from tests.conftest import MakeClip
from tests.kinds.mutated import WHOLE, mutated
from tests.stills import quarters, save

TRIES = 150


@pytest.fixture
def worker(tmp_path: Path) -> Worker:
    return make_worker(Settings(home=tmp_path / "home"))


@pytest.fixture
def files(tmp_path: Path, make_clip: MakeClip) -> Path:
    master = Clip(size=(640, 360), seconds=3)
    for name, clip in {"one.mp4": master, "two.mp4": Clip(size=(180, 320), seconds=2), "music.wav": master}.items():
        shutil.copy(make_clip(clip), tmp_path / name)
    save(quarters(), tmp_path / "still.png")
    (tmp_path / "key.bin").write_bytes(bytes(range(16)))
    return tmp_path


@pytest.mark.parametrize("kind", WHOLE)
def test_whole_requests_are_planned(kind: str, files: Path, worker: Worker) -> None:
    assert plan(WHOLE[kind], base=files, worker=worker).steps


@pytest.mark.parametrize("kind", WHOLE)
def test_whatever_is_changed_is_planned_or_refused_by_its_fields(kind: str, files: Path, worker: Worker) -> None:
    planned = 0
    for seed in range(TRIES):
        document = mutated(WHOLE[kind], Random(seed))
        try:
            told = _problems_of(document, files, worker)
        except Exception as error:
            raise AssertionError(f"seed {seed} of {kind}: {document}") from error
        assert all(problem.place and problem.what for problem in told)
        planned += not told
    assert planned, "some changes do no harm"


def _problems_of(document: dict[str, Any], files: Path, worker: Worker) -> tuple[Problem, ...]:
    try:
        plan(document, base=files, worker=worker)
    except (InvalidRequest, BadMedia) as error:
        return error.problems
    return ()


KEYS = [{"at": "soon", "value": 0}, {"at": 0.5, "value": 1}]


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"kind": "template", "timeline": {"tracks": [{"clips": [
            {"type": "colour", "colour": "red", "duration": 1, "opacity": KEYS},
        ]}]}}, "timeline.tracks[0].clips[0].opacity[0].at"),
        ({
            "kind": "multicam", "sources": [{"asset": "one.mp4", "sync_offset": "1e999"}], "switches": [{"at": 0, "source": 0}],
        }, "sources[0].sync_offset"),
        ({
            **WHOLE["encode"], "outputs": [{"type": "pictures", "thumbnails": {"every": "1e999"}}],
        }, "outputs[0].thumbnails.every"),
    ],
    ids=["keyframes without a time", "an offset out of this world", "thumbnails further apart than that"],
)  # fmt: skip
def test_what_ended_as_a_fault_of_ours_is_told_by_its_field(
    document: dict[str, Any], place: str, files: Path, worker: Worker
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        plan(document, base=files, worker=worker)
    assert [problem.place for problem in caught.value.problems] == [place]


def test_a_track_without_clips_changes_nothing(files: Path, worker: Worker) -> None:
    tracks = [{"clips": [{"type": "video", "asset": "one.mp4"}]}, {"clips": [{"type": "audio", "asset": "music.wav"}]}]
    without, with_empty = (
        plan({"kind": "template", "timeline": {"tracks": tracks}}, base=files, worker=worker)
        for tracks in (tracks, [{"clips": []}, tracks[0], {"clips": []}, tracks[1]])
    )
    encoded = [
        [step.key for step in each.steps if step.kind in ("picture", "soundtrack")] for each in (without, with_empty)
    ]
    assert encoded[0] == encoded[1] != []
