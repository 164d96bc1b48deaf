"""Previews: the same frames as the whole, from the same segments where those are whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest

from reel.errors import ReelError
from reel.generate.render import plan, render
from reel.make.worker import Worker
from reel.plan.operations import Compose, Picture
from tests.clips import numbered, read_clicks, read_frame_numbers
from tests.conftest import MakeClip


@pytest.fixture(scope="module")
def clips(make_clip: MakeClip) -> list[Path]:
    return [make_clip(numbered(1000 * place, seconds=4, size=(640, 360))) for place in range(3)]


def request(clips: list[Path], preview: dict[str, Any] | None = None) -> dict[str, Any]:
    document = {
        "kind": "mixer",
        "clips": [str(clip) for clip in clips],
        "aspect": "16:9",
        "resolution": "480p",
        "stills": False,
    }
    return {**document, "preview": preview} if preview else document


NUMBERS = [*range(120), *range(1000, 1120), *range(2000, 2120)]


@pytest.mark.parametrize(("start", "end"), [(0, 12), (3.5, 8.5), (4, 8), (5, 5.1), (11, 99)])
def test_a_range_shows_those_frames_and_that_sound(start: float, end: float, clips: list[Path], worker: Worker) -> None:
    report = render(request(clips, {"range": {"start": start, "end": end}}), worker=worker)
    video = Path(report.outputs[0].video.path)
    whole = Path(render(request(clips), worker=worker).outputs[0].video.path)
    first, last = round(start * 30), min(round(end * 30), 360)
    assert read_frame_numbers(video) == NUMBERS[first:last]
    assert read_clicks(video) == [
        click - first * 1600 for click in read_clicks(whole) if first * 1600 <= click < last * 1600
    ]


def test_a_range_shares_the_segments_that_lie_in_it_as_a_whole(clips: list[Path], worker: Worker) -> None:
    whole = {step.key for step in plan(request(clips), worker=worker).steps}
    part = plan(request(clips, {"range": {"start": 3, "end": 9}}), worker=worker)
    made_anew = [
        step.operation.frames
        for step in part.steps
        if isinstance(step.operation, Picture | Compose) and step.key not in whole
    ]
    assert made_anew == [30, 30]


def test_a_scaled_preview_is_smaller_and_shows_the_same_frames(clips: list[Path], worker: Worker) -> None:
    report = render(request(clips, {"scale": 0.5, "range": {"start": 3, "end": 5}}), worker=worker)
    measured = report.outputs[0].measured
    assert (measured["width"], measured["height"]) == (428, 240)
    assert read_frame_numbers(Path(report.outputs[0].video.path)) == NUMBERS[90:150]


def test_a_single_frame_is_that_frame(clips: list[Path], worker: Worker) -> None:
    frame_35 = render(request(clips, {"frame": 7 / 6}), worker=worker).outputs[0].video
    assert frame_35.name == "variant-001.jpg"
    picture = cv2.imread(frame_35.path)
    assert picture is not None
    assert picture.shape == (480, 854, 3)
    video = render(request(clips, {"range": {"start": 7 / 6, "end": 1.2}}), worker=worker).outputs[0].video
    _, frame = cv2.VideoCapture(video.path).read()
    assert np.abs(frame.astype(int) - picture).mean() < 3


def test_a_contact_sheet_has_evenly_spaced_pictures(clips: list[Path], worker: Worker) -> None:
    report = render(request(clips, {"contact_sheet": 6}), worker=worker)
    picture = cv2.imread(report.outputs[0].video.path)
    assert picture is not None
    assert report.outputs[0].measured["frames"] == 6
    assert picture.shape[1] <= 854


def slides(tmp_path: Path) -> dict[str, Any]:
    images = []
    for number, level in enumerate((40, 220)):
        images.append(str(tmp_path / f"{number}.png"))
        cv2.imwrite(images[-1], np.full((90, 160, 3), level, np.uint8))
    change = {"transition": {"name": "wipe-left", "duration": 1}, "duration": 3, "frame": "none", "atmosphere": "none"}
    return {"kind": "slideshow", "images": images, "aspect": "16:9", "resolution": "480p", "stills": False, **change}


def two_colours(_: Path) -> dict[str, Any]:
    first, second = ({"type": "colour", "colour": colour, "duration": 3} for colour in ("#c02020", "#2040ff"))
    tracks = [{"clips": [first, {**second, "transition": {"name": "crossfade", "duration": 2}}]}]
    document = {"kind": "template", "aspect": "16:9", "resolution": "480p", "stills": False}
    return {**document, "timeline": {"tracks": tracks}}


def frames_in(path: str) -> list[npt.NDArray[np.uint8]]:
    with av.open(path) as source:
        return [frame.to_ndarray(format="bgr24").astype(np.uint8) for frame in source.decode(video=0)]


@pytest.mark.parametrize("kind", [slides, two_colours])
def test_within_a_transition_a_preview_shows_what_the_video_does(
    kind: Callable[[Path], dict[str, Any]], tmp_path: Path, worker: Worker
) -> None:
    document = kind(tmp_path)

    def previewed(**preview: Any) -> str:
        return render({**document, "preview": preview}, worker=worker).outputs[0].video.path

    whole = frames_in(render(document, worker=worker).outputs[0].video.path)
    single = cv2.imread(previewed(frame=1.6))
    sheet = cv2.imread(previewed(contact_sheet=2, range={"start": 1.2, "end": 1.8}))
    part = frames_in(previewed(range={"start": 1.5, "end": 1.7}))
    assert np.abs(whole[40].astype(int) - whole[49]).mean() > 5  # it is under way
    for found, expected in ((single, whole[48]), *zip(part, whole[45:51], strict=True)):
        assert np.abs(np.asarray(found).astype(int) - expected).mean() < 3
    assert sheet is not None
    left, right = np.split(sheet, 2, axis=1)
    for found, expected in ((left, whole[40]), (right, whole[49])):
        small = cv2.resize(expected, found.shape[1::-1], interpolation=cv2.INTER_AREA)
        assert np.abs(found.astype(int) - small).mean() < 3


def test_every_moment_before_the_end_shows_a_frame(clips: list[Path], worker: Worker) -> None:
    *_, shown = plan(request(clips, {"frame": 359 / 30}), worker=worker).steps
    for moment in (11.99, 11.9999):
        assert plan(request(clips, {"frame": moment}), worker=worker).steps[-1].key == shown.key


WRONG = [
    ({"range": {"start": 3, "end": 2}}, "preview.range: `end` (2 s) must be after `start` (3 s)"),
    ({"range": {"start": 13, "end": 14}}, "preview.range: has no frame of a video of 12 s"),
    ({"frame": 12}, "preview.frame: 12 s is past the end, 12 s"),
    ({"frame": 1, "contact_sheet": 4}, "preview: give either `frame` or `contact_sheet`"),
]


@pytest.mark.parametrize(("preview", "said"), WRONG)
def test_what_cannot_be_shown_is_told(preview: dict[str, Any], said: str, clips: list[Path], worker: Worker) -> None:
    with pytest.raises(ReelError) as refused:
        plan(request(clips, preview), worker=worker)
    assert said in str(refused.value)
