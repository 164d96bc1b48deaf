"""Videos as GIF and animated WebP, as Pillow shows them: every picture the right one, at its time; as long as the video."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from reel.errors import InvalidRequest
from reel.generate.render import plan, render
from reel.make.worker import Worker, make_worker
from reel.settings import Settings
from tests.clips import Clip, numbered, read_frame_number
from tests.conftest import MakeClip


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Worker:
    return make_worker(Settings(home=tmp_path_factory.mktemp("animated")))


def made(asset: Path, worker: Worker, *outputs: dict[str, Any], **more: Any) -> list[Path]:
    request = {
        "kind": "encode",
        "asset": str(asset),
        "stills": False,
        "outputs": [{"type": "video", **each} for each in outputs],
    }
    return [Path(video.file.path) for video in render(request | more, worker=worker).outputs[0].videos]


def pictures_in(picture: Image.Image) -> int:
    return int(getattr(picture, "n_frames", 1))


def shown(path: Path) -> tuple[list[npt.NDArray[np.uint8]], list[int], int]:
    """The pictures, for how many milliseconds each is shown, and how often all."""
    with Image.open(path) as picture:
        pictures, times = [], []
        for number in range(pictures_in(picture)):
            picture.seek(number)
            pictures.append(np.asarray(picture.convert("RGB")))
            times.append(int(picture.info["duration"]))
        return pictures, times, int(picture.info.get("loop", -1))


CASES = [
    # Rate, frames a second that may be, the frames that are shown, seconds.
    ("30", "gif", {}, range(0, 75, 2), 2.5),
    ("30", "webp", {}, range(75), 2.5),
    ("25", "gif", {"pictures_per_second": 25}, range(62), 2.48),
    ("30000/1001", "gif", {"pictures_per_second": 10}, range(0, 75, 3), 2.5025),
    ("50", "webp", {"pictures_per_second": 12}, range(0, 125, 5), 2.5),
]


@pytest.mark.parametrize(("rate", "format", "more", "frames", "seconds"), CASES)
def test_every_picture_is_the_right_one_at_its_time(
    rate: str, format: str, more: dict[str, Any], frames: range, seconds: float, make_clip: MakeClip, worker: Worker
) -> None:
    clip = make_clip(numbered(rate=rate, seconds=seconds if rate != "30000/1001" else 2.5, size=(320, 180)))
    (path,) = made(clip, worker, {"format": format, **more})
    assert path.suffix == f".{format}"
    pictures, times, loop = shown(path)
    assert [read_frame_number(picture.mean(axis=-1)) for picture in pictures] == list(frames)
    tick = 10 if format == "gif" else 1
    assert sum(times) == pytest.approx(1000 * seconds, abs=tick / 2)
    begins = np.cumsum([0, *times[:-1]])
    exact = [1000 * seconds * frame / max(1, round(seconds * eval_rate(rate))) for frame in frames]
    assert begins == pytest.approx(exact, abs=tick / 2 + 0.01)
    assert loop == 0, "for ever"


def eval_rate(rate: str) -> float:
    above, _, below = rate.partition("/")
    return int(above) / int(below or 1)


def test_one_palette_serves_all(make_clip: MakeClip, worker: Worker) -> None:
    (path,) = made(make_clip(Clip(seconds=2, audio=None)), worker, {"format": "gif"})
    pictures, _, _ = shown(path)
    colours = np.unique(np.concatenate([picture.reshape(-1, 3) for picture in pictures]), axis=0)
    assert 64 < len(colours) <= 256
    (video,) = made(make_clip(Clip(seconds=2, audio=None)), worker, {"audio": "none"})
    import av

    with av.open(str(video)) as source:
        frames = [frame.to_ndarray(format="rgb24") for frame in source.decode(video=0)]
    for picture, frame in zip(pictures, frames[::2], strict=True):
        assert np.abs(picture.astype(int) - frame).mean() < 8


def test_it_is_shown_so_often(make_clip: MakeClip, worker: Worker) -> None:
    clip = make_clip(Clip(seconds=0.5, audio=None))
    paths = made(
        clip,
        worker,
        {"format": "gif", "loops": 3, "name": "three"},
        {"format": "gif", "loops": 1, "name": "once"},
        {"format": "webp", "loops": 3, "name": "web"},
    )
    # GIF counts repetitions, and a file without the extension is shown once.
    assert [shown(path)[2] for path in paths] == [2, -1, 3]


def test_a_template_without_a_ground_is_transparent(worker: Worker) -> None:
    box = {"x": 0.25, "y": 0.25, "width": 0.5, "height": 0.5}
    clips = [{"type": "colour", "colour": colour, "duration": 0.5, "area": box} for colour in ("#ff0000", "#0000ff80")]
    request: dict[str, Any] = {
        "kind": "template", "aspect": "16:9", "resolution": "360p", "background": "none", "stills": False, "loudness": "off",
        "timeline": {"tracks": [{"clips": clips}]},
        "outputs": [{"type": "video", "format": name, "alpha": True} for name in ("gif", "webp")],
    }  # fmt: skip
    request["outputs"][1]["name"] = "web"
    gif, webp = (Path(video.file.path) for video in render(request, worker=worker).outputs[0].videos)
    for path, alpha in ((gif, 255), (webp, 128)):
        with Image.open(path) as picture:
            for number, colour, seen in ((0, (255, 0, 0), 255), (pictures_in(picture) - 1, (0, 0, 255), alpha)):
                picture.seek(number)
                frame = np.asarray(picture.convert("RGBA")).astype(int)
                assert frame[10, 10, 3] == 0
                assert frame[180, 320] == pytest.approx((*colour, seen), abs=8)


def test_a_still_one_is_a_still_picture(worker: Worker) -> None:
    clips = [{"type": "colour", "colour": "#30a040", "duration": 0.5}]
    outputs = [{"type": "video", "format": name} for name in ("gif", "webp")]
    request: dict[str, Any] = {
        "kind": "template",
        "resolution": "360p",
        "stills": False,
        "timeline": {"tracks": [{"clips": clips}]},
    }
    outputs[1]["name"] = "web"
    for video in render(request | {"outputs": outputs, "loudness": "off"}, worker=worker).outputs[0].videos:
        with Image.open(video.file.path) as picture:
            assert np.asarray(picture.convert("RGB")).astype(int)[300, 180] == pytest.approx((48, 160, 64), abs=4)


def test_what_would_be_too_large_is_refused(make_clip: MakeClip, worker: Worker) -> None:
    clip = make_clip(Clip(size=(2048, 64), seconds=0.5, audio=None))
    request = {"kind": "encode", "asset": str(clip), "outputs": [{"type": "video", "format": "gif"}]}
    with pytest.raises(InvalidRequest, match=r"outputs\[0\].format: 2048x64 is larger than 1920 pixels a side"):
        plan(request, worker=worker)
    colours = [{"type": "colour", "colour": "red", "duration": 130}]
    card = {
        "kind": "template",
        "timeline": {"tracks": [{"clips": colours}]},
        "outputs": [{"type": "video", "format": "webp"}],
    }
    with pytest.raises(InvalidRequest, match=r"130 s are more than 120 s"):
        plan(card, worker=worker)


def test_the_report_shows_its_poster_and_tells_what_it_is(make_clip: MakeClip, worker: Worker) -> None:
    clip = make_clip(Clip(seconds=0.5, audio=None))
    report = render(
        {"kind": "encode", "asset": str(clip), "outputs": [{"type": "video", "format": "gif"}]}, worker=worker
    )
    (video,) = report.outputs[0].videos
    assert (video.codec, video.width) == ("gif", 320)
    page = (Path(video.file.path).parent / "report.html").read_text("utf-8")
    assert "<video" not in page
    assert 'href="encode.gif"' in page
