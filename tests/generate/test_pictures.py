"""Pictures of finished videos, held against FFmpeg's frames and read by Pillow."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from reel.errors import BadMedia
from reel.generate.render import render
from reel.make.stills import best_stretches, columns_of, loop_moments, tile_frame
from reel.make.worker import Worker, make_worker
from reel.settings import Settings
from tests.clips import ffmpeg, lavfi_clip
from tests.some import some

OUTPUTS: list[dict[str, Any]] = [
    {"type": "video", "resolution": "480p"},
    {"type": "pictures", "widths": [640, 320], "thumbnails": {"at": [5.5, 0.5]}, "animation": "webp"},
    {"type": "pictures", "name": "own", "format": "webp", "upload": "upload.png", "sprite": False, "animation": "gif"},
    {"type": "pictures", "name": "best", "format": "avif", "poster": 4.5, "thumbnails": {"best": 2}, "sprite": False},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Test pictures for 3 s, black for 3 s, a fractal for 3 s, each with a sound; and a picture to upload."""
    folder = tmp_path_factory.mktemp("media")
    for name, source in {
        "a": "testsrc2=size=854x480:rate=30",
        "b": "color=black:size=854x480:rate=30",
        "c": "mandelbrot=size=854x480:rate=30:start_scale=0.5:end_scale=0.4",
    }.items():
        lavfi_clip(source, "sine=frequency=440", 3, folder / f"{name}.mp4")
    halves = np.zeros((300, 300, 3), np.uint8)
    halves[:, :150, 0], halves[:, 150:, 1] = 255, 255
    Image.fromarray(halves).save(folder / "upload.png")
    return folder


@pytest.fixture(scope="module")
def files(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    document = {"kind": "mixer", "aspect": "16:9", "clips": ["a.mp4", "b.mp4", "c.mp4"], "outputs": OUTPUTS}
    worker = make_worker(Settings(home=tmp_path_factory.mktemp("worker")))
    (output,) = render(document, base=folder, worker=worker).outputs
    return {file.name.removeprefix("variant-001"): Path(file.path) for file in output.files}


def frame(video: Path, number: int) -> npt.NDArray[np.float64]:
    """A frame as FFmpeg decodes it, counted from 0."""
    command = [ffmpeg(), "-v", "error", "-i", str(video), "-vf", f"select=eq(n\\,{number})", "-frames:v", "1"]
    raw = subprocess.run([*command, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], check=True, capture_output=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(480, 854, 3).astype(float)


def pixels(path: Path, size: tuple[int, int] | None = None) -> npt.NDArray[np.float64]:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB").resize(size or picture.size, Image.Resampling.BOX), float)


@pytest.mark.parametrize(
    ("name", "size", "form"),
    [
        ("/poster-640.jpg", (640, 360), "JPEG"),
        ("/poster-320.jpg", (320, 180), "JPEG"),
        ("/thumbnail-001-640.jpg", (640, 360), "JPEG"),
        ("/sprite.jpg", (5 * 320, 180), "JPEG"),
        ("/preview.webp", (320, 180), "WEBP"),
        ("/own/poster.webp", (854, 480), "WEBP"),
        ("/own/preview.gif", (320, 180), "GIF"),
        ("/best/poster.avif", (854, 480), "AVIF"),
        ("/best/thumbnail-002.avif", (854, 480), "AVIF"),
    ],
)
def test_files_have_their_size_and_form(files: Mapping[str, Path], name: str, size: tuple[int, int], form: str) -> None:
    with Image.open(files[name]) as picture:
        assert (picture.size, picture.format) == (size, form)


@pytest.mark.parametrize(
    ("name", "number"), [("/thumbnail-001-640.jpg", 165), ("/thumbnail-002-640.jpg", 15), ("/best/poster.avif", 135)]
)
def test_moments_are_those_that_were_asked_for(files: Mapping[str, Path], name: str, number: int) -> None:
    """Nearer to its frame of the video than to any other that differs from it."""
    small = (160, 90)
    shown = pixels(files[name], small)

    def near(which: int) -> float:
        whole = Image.fromarray(frame(files[".mp4"], which).astype(np.uint8)).resize(small, Image.Resampling.BOX)
        return float(np.abs(np.asarray(whole, float) - shown).mean())

    assert near(number) < 3
    if number == 15:  # the others are black, as their neighbours are
        assert min(near(number - 1), near(number + 1)) > near(number)


def test_the_best_are_of_scenes_that_are_not_black(files: Mapping[str, Path]) -> None:
    told = json.loads(files["/best/thumbnails.json"].read_text())["thumbnails"]
    assert [each["seconds"] // 3 for each in told] == [0, 2]
    assert all(pixels(files[f"/best/{each['files'][0]}"]).std() > 10 for each in told)


def test_an_upload_is_cut_to_the_shape_about_its_middle(files: Mapping[str, Path]) -> None:
    shown = pixels(files["/own/poster.webp"])
    assert np.abs(shown[:, 20:400] - (255, 0, 0)).mean() < 6
    assert np.abs(shown[:, 454:834] - (0, 255, 0)).mean() < 6


def test_no_tile_of_a_sheet_is_empty_and_each_shows_its_time(files: Mapping[str, Path]) -> None:
    cues = re.findall(r"(\S+) --> (\S+)\nsprite.jpg#xywh=(\d+),(\d+),(\d+),(\d+)", files["/sprite.vtt"].read_text())
    sheet = pixels(files["/sprite.jpg"])
    assert (cues[0][0], cues[-1][1], len(cues)) == ("00:00:00.000", "00:00:09.000", 5)
    spreads = []
    for _, _, x, y, width, height in cues:
        left, top = int(x), int(y)
        spreads.append(sheet[top : top + int(height), left : left + int(width)].std() > 10)
    # The key frames next to 2.7 s and 4.5 s are of the black clip; the second stretch begins before it.
    assert spreads == [True, True, False, True, True]


@pytest.mark.parametrize("name", ["/preview.webp", "/own/preview.gif"])
def test_a_loop_moves_and_lasts(files: Mapping[str, Path], name: str) -> None:
    with Image.open(files[name]) as picture:
        durations = []
        for number in range(getattr(picture, "n_frames", 1)):
            picture.seek(number)
            picture.load()
            durations.append(picture.info["duration"])
    assert sum(durations) == 4000
    assert len(durations) > 20


def test_what_is_no_picture_is_refused_before_anything_is_made(folder: Path, worker: Worker) -> None:
    document = {"kind": "mixer", "clips": ["a.mp4"], "outputs": [{"type": "pictures", "upload": "b.mp4"}]}
    with pytest.raises(BadMedia, match=r"outputs\[0\]\.upload: b\.mp4 is a video \(name a still picture here\)"):
        render(document, base=folder, worker=worker)


@pytest.mark.parametrize(
    ("scenes", "count", "stretches"),
    [
        ([(0, 100), (100, 130)], 1, [(0, 100)]),
        ([(0, 100), (100, 190)], 2, [(0, 100), (100, 190)]),
        ([(0, 100), (100, 130)], 3, [(0, 50), (50, 100), (100, 130)]),
        ([(0, 100), (100, 105)], 2, [(0, 100), (100, 105)]),
        ([(0, 90), (90, 150)], 3, [(0, 45), (45, 90), (90, 150)]),
    ],
)
def test_the_longest_scenes_and_parts_of_them(
    scenes: list[tuple[int, int]], count: int, stretches: list[tuple[int, int]]
) -> None:
    assert best_stretches(scenes, count) == stretches


@pytest.mark.parametrize(
    ("frames", "tiles", "keys", "shown"),
    [
        (200, 4, [0, 50, 100, 150], [0, 50, 100, 150]),  # edges of stretches: each in the one that it begins
        (240, 2, [0, 60, 120, 180], [60, 180]),
        (251, 6, [0, 42, 84, 126, 168, 210], [0, 42, 84, 126, 168, 210]),
        (90, 3, [0, 44], [0, 44, 75]),  # the last has none
        (1, 1, [0], [0]),
    ],
)
def test_a_tile_shows_a_frame_of_its_own_stretch(frames: int, tiles: int, keys: list[int], shown: list[int]) -> None:
    edges = [Fraction(frames * edge, tiles) for edge in range(tiles + 1)]
    assert [tile_frame(keys, begin, end) for begin, end in pairwise(edges)] == shown


@pytest.mark.parametrize(
    ("tiles", "columns"), [(1, 1), (7, 7), (10, 10), (11, 6), (12, 6), (18, 9), (23, 8), (100, 10)]
)
def test_rows_are_full_as_far_as_may_be(tiles: int, columns: int) -> None:
    assert columns_of(tiles) == columns


def test_a_loop_of_a_short_video_is_all_of_it() -> None:
    assert loop_moments(Fraction(1, 2), 4, 10) == [number / 10 for number in range(5)]
    long = loop_moments(Fraction(100), 4, 10)
    assert long[::10] == [12.0, 37.0, 62.0, 87.0]


@pytest.mark.parametrize("shown", some([0.8, 3.0], 2))
def test_a_scene_that_ends_in_black_is_shown_before_that(
    shown: float, folder: Path, tmp_path: Path, worker: Worker
) -> None:
    """It fades to black, and stays black for longer than it was seen."""
    source = f"mandelbrot=size=854x480:rate=30:start_scale=0.5:end_scale=0.4,fade=out:st={shown - 0.4}:d=0.4"
    lavfi_clip(source, "sine=frequency=440", shown + 6, tmp_path / "fading.mp4")
    document = {
        "kind": "mixer",
        "aspect": "16:9",
        "clips": [str(folder / "a.mp4"), str(tmp_path / "fading.mp4")],
        "outputs": [
            {"type": "video", "resolution": "480p"},
            {"type": "pictures", "poster": "none", "sprite": False, "thumbnails": {"best": 2}},
        ],
    }
    (output,) = render(document, worker=worker).outputs
    files = {file.name.removeprefix("variant-001"): Path(file.path) for file in output.files}
    told = json.loads(files["/thumbnails.json"].read_text())["thumbnails"]
    assert [each["seconds"] < 3 for each in told] == [True, False]
    assert 3 <= told[1]["seconds"] < 3 + shown - 0.2
    assert pixels(files["/thumbnail-002.jpg"]).mean() > 0.5 * frame(files[".mp4"], 92).mean()


def test_the_poster_of_a_short_video_that_fades_in_is_not_black(tmp_path: Path, worker: Worker) -> None:
    """Its only key frame is."""
    lavfi_clip("mandelbrot=size=854x480:rate=30,fade=in:st=0:d=1", "sine=frequency=440", 1.5, tmp_path / "fading.mp4")
    document = {"kind": "encode", "asset": str(tmp_path / "fading.mp4")}
    (output,) = render(document, worker=worker).outputs
    files = {file.name: Path(file.path) for file in output.files}
    assert pixels(files["encode/poster.jpg"]).mean() > 0.5 * frame(files["encode.mp4"], 40).mean()
