"""The mixer as a deployment: triggered through the API, run by a worker, seen through the API."""

from __future__ import annotations

import os
import re
import signal
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from deployments.stack import Stack
from reel.errors import BadMedia, InvalidRequest, Transient
from reel.plan.operations import Join
from reel.store import ArtefactStore, LocalObjects
from tests.clips import Clip, numbered, read_frame_numbers
from tests.conftest import MakeClip
from tests.flows.runs import (
    artifacts_of,
    end_of,
    engines,
    ffmpegs,
    published,
    report_of,
    start_run,
    success_of,
    task_states,
)
from tests.waiting import wait_for

pytestmark = pytest.mark.usefixtures("prefect_stack")


def mix(clips: list[Path], **fields: Any) -> dict[str, Any]:
    return {"kind": "mixer", "clips": [str(clip) for clip in clips], "resolution": "480p", "aspect": "16:9", **fields}


def small_clips(make_clip: MakeClip) -> list[Path]:
    return [make_clip(numbered(0)), make_clip(numbered(1000, rate="60")), make_clip(numbered(2000, suffix=".mkv"))]


def long_clips(make_clip: MakeClip) -> list[Path]:
    """Enough work for a few seconds, whatever the machine."""
    return [make_clip(Clip(size=(1920, 1080), seconds=8 + more)) for more in range(3)]


def test_three_variants_from_trigger_to_report(make_clip: MakeClip) -> None:
    run = start_run(mix(small_clips(make_clip), variants=3, order_mixing=True, seed=5))
    state = end_of(run)
    assert state.is_completed(), state.message
    report = report_of(run)
    assert [output["measured"]["frames"] for output in report["outputs"]] == [90, 90, 90]
    for output in report["outputs"]:
        starts = [0, 1000, 2000]
        order = [starts[entry["clip"]] for entry in output["manifest"]["sequence"]]
        assert [number for number in read_frame_numbers(Path(output["files"][0]["path"])) if number in starts] == order
    found = artifacts_of(run)
    assert {"progress", "outputs", "steps", "report", "report-page", "poster", "contact-sheet"} <= set(found)
    assert float(found["progress"].data) == 100
    # What the page shows and links to opens in a browser, and lies in no database.
    assert opened(found["poster"].data) == "image/jpeg"
    assert opened(found["contact-sheet"].data) == "image/jpeg"
    assert opened(re.findall(r"\]\((http.*)\)", found["report-page"].data)[0]).startswith("text/html")
    videos = re.findall(r"\[variant-\d+\.mp4\]\(<(.*?)>\)", found["report"].data)
    assert [opened(address) for address in videos] == ["video/mp4"] * 3
    assert not [key for key, artifact in found.items() if "base64" in str(artifact.data)]


def opened(address: str) -> str:
    """The type of what a browser gets there."""
    with urllib.request.urlopen(address, timeout=60) as answer:
        assert answer.read()
        return str(answer.headers["content-type"])


def test_the_same_again_is_cached(make_clip: MakeClip) -> None:
    request = mix(small_clips(make_clip), variants=2, order_mixing=True, seed=6)
    assert end_of(start_run(request)).is_completed()
    again = start_run(request)
    assert end_of(again).is_completed()
    steps = {"compose_segment": 3, "decode_sound": 3, "render_sound": 2, "concat": 2, "thumbnails": 3, "sprites": 2}
    # The server learns of task runs by events, a moment after the run has ended.
    wait_for(lambda: {"verify", "upload", *steps} <= set(task_states(again)), "the record of all tasks")
    assert {task: task_states(again)[task] for task in steps} == {task: ["Cached"] * n for task, n in steps.items()}


@pytest.mark.slow
def test_what_is_gone_from_the_store_is_made_again(make_clip: MakeClip) -> None:
    request = mix(small_clips(make_clip), seed=7, bitrate="high")
    first = start_run(request)
    assert end_of(first).is_completed()
    objects = LocalObjects(Path(os.environ["REEL_HOME"], "store"))
    store = ArtefactStore(objects, Path(os.environ["REEL_HOME"], "cache"))
    keys = {found.key for found in store.keys("picture")}
    for key in keys:
        store.forget(key, "picture")
    for found in store.keys("join"):
        store.forget(found.key, "join")
    again = start_run(request)
    assert end_of(again).is_completed()
    made = {row["kind"]: row["steps"] - row["reused"] for row in report_of(again)["steps"]}
    assert made["picture"] == 3
    assert made["soundtrack"] == 0


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"variants": 0}, r"^variants: must be at least 1"),
        ({"speed": {"max": 9}}, r"^speed\.max: must be at most 4"),
        ({"fit": "stretch"}, r"^fit: must be `contain`"),
        ({"clips": [{"asset": "a.mp4", "inn": 1}]}, r"^clips\[0\]\.inn: is not a field here"),
        ({"varients": 2}, r"^varients: is not a field here"),
    ],
)
def test_a_wrong_request_is_refused_when_it_is_triggered(
    fields: dict[str, Any], said: str, make_clip: MakeClip
) -> None:
    with pytest.raises(InvalidRequest, match=said):
        start_run({**mix(small_clips(make_clip)), **fields})


def test_a_rule_that_a_schema_cannot_hold_is_told_in_our_words(make_clip: MakeClip) -> None:
    clip = str(small_clips(make_clip)[0])
    state = end_of(start_run({**mix([]), "clips": [{"asset": clip, "in": 2, "out": 1}]}))
    assert state.is_failed()
    assert state.message.startswith("clips[0]: `out` (1 s) must be after `in` (2 s)")


@pytest.mark.parametrize(
    ("error", "tries", "again"),
    [(BadMedia, 1, False), (Transient, 1, True), (Transient, 9, False), (ZeroDivisionError, 1, False)],
)
def test_the_class_of_an_error_decides_whether_a_task_is_tried_again(
    error: type[Exception], tries: int, again: bool
) -> None:
    from prefect.client.schemas.objects import TaskRun
    from prefect.states import Failed

    from tasks.core import worth_another_try
    from tasks.run import new_run
    from tasks.steps import TASKS

    run = TaskRun(task_key="concat", dynamic_key="0", run_count=tries)
    with new_run() as current:
        assert worth_another_try(TASKS[Join], run, Failed(data=error())) is again
        current.worker.cancelled.set()
        assert worth_another_try(TASKS[Join], run, Failed(data=error())) is False


def test_what_only_the_run_can_know_fails_it_with_the_field_named(make_clip: MakeClip) -> None:
    run = start_run(mix(small_clips(make_clip), variants=2))
    state = end_of(run)
    assert state.is_failed()
    assert "variants: 2 distinct variants were asked for" in state.message
    assert not published(run)


def test_all_bad_clips_are_named_at_once_and_not_tried_again(make_clip: MakeClip, tmp_path: Path) -> None:
    broken = [tmp_path / "empty.mp4", tmp_path / "text.mp4", tmp_path / "missing.mp4"]
    broken[0].write_bytes(b"")
    broken[1].write_text("this is no video")
    run = start_run(mix([*broken, *small_clips(make_clip)]))
    state = end_of(run)
    assert state.is_failed()
    assert all(f"clips[{number}].asset" in state.message for number in range(3)), state.message
    shown = artifacts_of(run)["failure"]
    assert shown.data.startswith("# A file cannot be used\n")
    assert shown.description.startswith("clips[0].asset: ")
    assert all(rf"clips\[{number}\].asset" in shown.data for number in range(3)), shown.data
    assert not published(run)


def test_a_killed_run_goes_on_from_what_was_made(make_clip: MakeClip, prefect_stack: Stack) -> None:
    run = start_run(mix(long_clips(make_clip), seed=8))
    pictures = Path(os.environ["REEL_HOME"], "store", "artefacts", "picture")
    before = len(list(pictures.rglob("manifest.json"))) if pictures.exists() else 0
    wait_for(lambda: len(list(pictures.rglob("manifest.json"))) > before, "the first segment")
    for engine in engines(prefect_stack):
        assert os.getsid(engine) == engine  # Ctrl-C at the worker's console does not reach it
        os.kill(engine, signal.SIGKILL)
    wait_for(lambda: not ffmpegs(), "the end of FFmpeg")
    assert not published(run)
    assert success_of(run).is_completed()
    (row,) = [row for row in report_of(run)["steps"] if row["kind"] == "picture"]
    assert row["reused"] >= 1


def test_a_cancelled_run_ends_ffmpeg_and_publishes_nothing(make_clip: MakeClip, prefect_stack: Stack) -> None:
    from prefect.client.orchestration import get_client
    from prefect.states import Cancelling

    run = start_run(mix(long_clips(make_clip), resolution="4k", seed=9))
    wait_for(ffmpegs, "FFmpeg to start")
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(run, Cancelling())
    wait_for(lambda: not ffmpegs(), "the end of FFmpeg")
    assert end_of(run).is_cancelled()
    assert not published(run)
    wait_for(lambda: not engines(prefect_stack), "the end of its process")
