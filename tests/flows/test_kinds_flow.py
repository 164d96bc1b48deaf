"""The other kinds as deployments: triggered through the API, run by a worker, seen through the API."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from bench.music import PIECES, play
from tests.clips import numbered, read_frame_numbers
from tests.conftest import MakeClip
from tests.flows.runs import artifacts_of, end_of, report_of, start_run, task_runs, task_states

pytestmark = pytest.mark.usefixtures("prefect_stack")


def done(request: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The run and the report of a request that must succeed."""
    run = start_run(request)
    state = end_of(run)
    assert state.is_completed(), state.message
    return run, report_of(run)


def test_a_slideshow_changes_on_beats_and_shows_where(tmp_path: Path) -> None:
    images = [tmp_path / f"{place}.png" for place in range(3)]
    for place, image in enumerate(images):
        cv2.imwrite(str(image), np.full((400, 300, 3), 60 * place + 40, np.uint8))
    music = tmp_path / "music.wav"
    with wave.open(str(music), "wb") as file:
        file.setparams((2, 2, 48_000, 0, "NONE", ""))
        file.writeframes((play(PIECES[1])[: 8 * 48_000] * 30_000).astype("<i2").tobytes())
    request = {
        "kind": "slideshow",
        "images": [str(image) for image in images],
        "music": str(music),
        "text": "Sale 50%",
        "resolution": "480p",
    }
    run, report = done(request)
    (output,) = report["outputs"]
    assert output["measured"]["frames"] == 240
    assert output["measured"]["sound_lufs"] == pytest.approx(-14, abs=0.5)
    assert [abs(cut["ms_from_beat"]) <= 17 for cut in output["manifest"]["cuts"]] == [True, True]
    shown = artifacts_of(run)
    assert {"poster", "report", "steps"} <= set(shown)
    assert shown["beats"].data.endswith(f"/_shown/default/{run}/beats.png")
    again, _ = done(request)
    states = task_states(again)
    assert {state for kind in ("compose_segment", "prepare_image", "draw") for state in states[kind]} == {"Cached"}


@pytest.mark.slow
def test_a_long_take_is_mixed_by_its_scenes_which_are_found_once(make_clip: MakeClip) -> None:
    clip = {"asset": str(make_clip(numbered(seconds=3, cuts=(40,)))), "split": "scenes"}
    request = {"kind": "mixer", "clips": [clip, {**clip, "in": 0.5}], "different_start": True, "seed": 1, "variants": 4}
    run, report = done({**request, "resolution": "480p", "stills": False})
    assert task_states(run)["find_scenes"] == ["Completed"]
    scenes = [range(40), range(40, 90), range(15, 40), range(40, 90)]
    (output, *_) = report["outputs"]
    numbers = read_frame_numbers(Path(output["files"][0]["path"]))
    assert numbers == [number for scene in scenes for number in scene]


def test_a_multicam_export_copies_and_is_exact(make_clip: MakeClip) -> None:
    sources = [make_clip(numbered(1000 * place, seconds=4, size=(1280, 720), keyframe_every=30)) for place in range(2)]
    switches = [{"at": 0, "source": 0}, {"at": 1.5, "source": 1}]
    request = {"kind": "multicam", "sources": [str(path) for path in sources], "switches": switches, "stills": False}
    run, report = done(request)
    numbers = read_frame_numbers(Path(report["outputs"][0]["files"][0]["path"]))
    assert numbers == [*range(45), *range(1045, 1120)]
    assert "copy_segment" in task_states(run)


@pytest.mark.slow
def test_an_edited_multicam_export_finds_its_mezzanines(make_clip: MakeClip) -> None:
    source = make_clip(numbered(seconds=4, size=(640, 360), keyframe_every=250))
    request = {"kind": "multicam", "sources": [str(source)], "mezzanine": True, "stills": False}
    done({**request, "cuts": [{"source": 0, "in": 0.3, "out": 3}]})
    run, report = done({**request, "cuts": [{"source": 0, "in": 1.1, "out": 3}]})
    assert read_frame_numbers(Path(report["outputs"][0]["files"][0]["path"])) == [*range(33, 90)]
    states = task_states(run)
    assert set(states["make_mezzanine"]) == {"Cached"}
    assert set(states["compose_segment"]) == {"Completed"}


def test_a_template_is_filled_and_a_wrong_one_names_its_place() -> None:
    text = {"type": "text", "text": "Hello {{NAME}}", "duration": 1}
    colour = {"type": "colour", "colour": "#204060", "duration": 1}
    request = {
        "kind": "template",
        "variables": {"NAME": {"type": "text"}},
        "data": {"NAME": "Ada"},
        "timeline": {"tracks": [{"clips": [colour]}, {"clips": [text]}]},
        "resolution": "480p",
        "stills": False,
    }
    _, report = done(request)
    assert report["outputs"][0]["measured"]["frames"] == 30
    run = start_run({**request, "data": {}})
    state = end_of(run)
    assert state.is_failed()
    assert "timeline.tracks[1].clips[0].text: {{NAME}} has no value" in state.message


@pytest.mark.slow
def test_renditions_are_tasks_of_their_own_and_composed_once(make_clip: MakeClip) -> None:
    source = make_clip(numbered(seconds=2, size=(640, 360)))
    sizes = [(640, 360), (480, 270), (320, 180)]
    videos = [{"type": "video", "width": width, "height": height} for width, height in sizes]
    request = {"kind": "encode", "asset": str(source), "stills": False}
    run, report = done(request | {"outputs": videos[:2]})
    assert task_states(run)["compose_segment"] == ["Completed", "Completed"]
    again, more = done(request | {"outputs": videos})
    assert sorted(task_states(again)["compose_segment"]) == ["Cached", "Cached", "Completed"]
    names = {f"compose {source.name} {size}" for size in ("360p", "480x270", "320x180")}
    assert {each.name for each in task_runs(again)} & names == names
    (first,), (second,) = report["outputs"], more["outputs"]
    assert [video["reused"] for video in first["videos"]] == [False, False]
    assert [video["reused"] for video in second["videos"]] == [True, True, False]
    assert [(video["width"], video["height"], video["codec"]) for video in second["videos"]] == [
        (*size, "h264") for size in sizes
    ]
    for video in second["videos"]:
        assert read_frame_numbers(Path(video["file"]["path"])) == list(range(60))


def test_a_ladder_is_packaged_by_tasks_that_say_so(make_clip: MakeClip, tmp_path: Path) -> None:
    source, text = make_clip(numbered(seconds=2, size=(640, 360))), tmp_path / "a.srt"
    text.write_text("1\n00:00:00,500 --> 00:00:01,000\nHello\n")
    ladder = {
        "type": "ladder",
        "rungs": [{}, {"width": 320, "height": 180}],
        "subtitles": [{"asset": str(text), "language": "en"}],
    }
    request = {"kind": "encode", "asset": str(source), "stills": False, "outputs": [ladder]}
    run, report = done(request)
    names = {each.name for each in task_runs(run)}
    assert {
        "package 360p of encode",
        "package 320x180 of encode",
        "package sound-und of encode",
        "package encode",
    } <= names
    (told,) = report["outputs"][0]["ladders"]
    folder = Path(told["master"]["path"]).parent
    assert read_frame_numbers(folder / "360p.mp4") == list(range(60))
    text.write_text("1\n00:00:00,500 --> 00:00:01,000\nBye\n")
    again, _ = done(request)
    assert task_states(again)["compose_segment"] == ["Cached", "Cached"]
    assert sorted(task_states(again)["package"]) == ["Cached", "Cached", "Cached", "Completed"]


@pytest.mark.slow
def test_rungs_are_chosen_by_tasks_before_the_rest_is_planned(make_clip: MakeClip, tmp_path: Path) -> None:
    source, text = make_clip(numbered(seconds=1, size=(320, 180))), tmp_path / "a.srt"
    text.write_text("1\n00:00:00,500 --> 00:00:01,000\nHello\n")
    ladder: dict[str, Any] = {"type": "ladder", "rungs": "per-title", "audio": []}
    request = {"kind": "encode", "asset": str(source), "stills": False, "outputs": [ladder]}
    run, report = done(request)
    (told,) = report["outputs"][0]["ladders"]
    assert len(told["rungs"]) == len(told["decided"]["rungs"])
    states = task_states(run)
    assert states["probe_quality"] == states["choose_rungs"] == ["Completed"]
    ladder["subtitles"] = [{"asset": str(text), "language": "en"}]
    again, _ = done(request)
    assert task_states(again)["probe_quality"] == task_states(again)["choose_rungs"] == ["Cached"]
