"""Posters, sprite sheets and storyboards."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from reel.generate.render import render
from reel.make.pictures import interest
from reel.make.stills import storyboard
from reel.make.worker import Worker
from reel.report.report import Report
from tests.clips import Clip, ffmpeg
from tests.conftest import MakeClip


def test_a_storyboard_covers_the_whole_video() -> None:
    cues = storyboard("sprite.jpg", 12, 10, 160, 90, 24.0).split("\n\n")
    assert cues[0] == "WEBVTT"
    assert cues[1] == "00:00:00.000 --> 00:00:02.000\nsprite.jpg#xywh=0,0,160,90"
    assert cues[11] == "00:00:20.000 --> 00:00:22.000\nsprite.jpg#xywh=0,90,160,90"
    assert cues[12].startswith("00:00:22.000 --> 00:00:24.000")


def test_a_plain_picture_is_of_no_interest() -> None:
    plain = np.full((90, 160, 3), 90, np.uint8)
    busy = plain.copy()
    busy[::8] = 255
    assert interest(plain) == 0 < interest(busy)


def test_pictures_of_a_real_video(make_clip: MakeClip, worker: Worker) -> None:
    clips = [str(make_clip(Clip(seconds=3))), str(make_clip(Clip(size=(180, 320), seconds=4)))]
    report = render({"kind": "mixer", "clips": clips, "resolution": "480p"}, worker=worker)
    files = {file.name: Path(file.path) for file in report.outputs[0].files}
    poster = cv2.imread(str(files["variant-001/poster.jpg"]))
    sprite = cv2.imread(str(files["variant-001/sprite.jpg"]))
    assert poster is not None
    assert sprite is not None
    assert poster.shape == (854, 480, 3)
    assert sprite.shape == (180, 4 * 102, 3)
    assert poster.std() > 20
    assert files["variant-001/sprite.vtt"].read_text().count("-->") == 4


def made(path: Path, source: str, seconds: float) -> str:
    """A clip of what a source of FFmpeg's shows."""
    command = ["-f", "lavfi", "-i", source, "-t", str(seconds), "-c:v", "libx264", "-pix_fmt", "yuv420p", str(path)]
    subprocess.run([ffmpeg(), "-v", "error", *command], check=True)
    return str(path)


def test_no_tile_is_black_where_its_stretch_is_not(tmp_path: Path, worker: Worker) -> None:
    """The only key frame of what fades in is its first frame, which is black. What is black throughout stays so."""
    fading, black = "testsrc2=size=320x180:rate=30,fade=in:d=0.8", "color=black:size=320x180:rate=30"
    clips = [made(tmp_path / "fading.mp4", fading, 1), made(tmp_path / "black.mp4", black, 6)]
    for some, black_tiles in ((clips[:1], [False]), (clips, [False, True, True, True])):
        report = render({"kind": "mixer", "clips": some, "resolution": "360p", "aspect": "16:9"}, worker=worker)
        (sheet,) = (file.path for file in report.outputs[0].files if file.name.endswith("sprite.jpg"))
        sprite = cv2.imread(sheet)
        assert sprite is not None
        tiles = np.hsplit(sprite, len(black_tiles))
        assert [bool(tile.max() < 40) for tile in tiles] == black_tiles


SCENES = {
    "test picture": "testsrc2=size=320x180:rate=30",
    "fractal": "mandelbrot=size=320x180:rate=30:end_pts=90",
    "cells": "life=size=320x180:rate=30:mold=10:ratio=0.3:seed=1:death_color=#C83232:life_color=#00ff00",
    "gradients": "gradients=size=320x180:rate=30:speed=0.05:seed=2:n=6",
}


def poster_layouts(report: Report) -> list[npt.NDArray[np.float64]]:
    """Of each variant, the mean colours of 8x8 parts of its poster, in CIE L*a*b* by Pillow."""
    files = [Path(file.path) for output in report.outputs for file in output.files if file.name.endswith("poster.jpg")]
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    layouts = []
    for path in files:
        with Image.open(path) as picture:
            lab = ImageCms.applyTransform(picture.resize((8, 8), Image.Resampling.BOX), to_lab)
        assert lab is not None
        lightness, a, b = (np.asarray(channel, float) for channel in lab.split())
        # Stored as bytes: lightness in 255ths, the others as signed numbers.
        signed = [(each + 128) % 256 - 128 for each in (a, b)]
        layouts.append(np.stack([lightness / 2.55, *signed], axis=-1).reshape(64, 3))
    return layouts


def apart(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    return float(np.linalg.norm(one - other, axis=-1).mean())


def test_twenty_variants_have_twenty_posters(tmp_path: Path, worker: Worker) -> None:
    """None is near another, though there are four clips only; and none is of one colour."""
    clips = [made(tmp_path / f"{name}.mp4", source, 4) for name, source in SCENES.items()]
    options = {"variants": 20, "order_mixing": True, "resolution": "360p", "aspect": "16:9"}
    posters = poster_layouts(render({"kind": "mixer", "clips": clips, **options}, worker=worker))
    between = [apart(one, other) for one, other in itertools.combinations(posters, 2)]
    assert len(posters) == 20
    assert min(between) > 2  # what one can just tell apart, over the whole picture
    assert float(np.median(between)) > 20
    assert min(float(poster[:, 0].std()) for poster in posters) > 2


def test_a_poster_of_nothing_is_not_chosen(tmp_path: Path, worker: Worker) -> None:
    """Where a clip is black, both posters are of the other."""
    clips = [
        made(tmp_path / "bright.mp4", SCENES["test picture"], 2),
        made(tmp_path / "black.mp4", "color=black:size=320x180:rate=30", 2),
    ]
    options = {"variants": 2, "order_mixing": True, "resolution": "480p", "aspect": "16:9"}
    posters = poster_layouts(render({"kind": "mixer", "clips": clips, **options}, worker=worker))
    assert [float(poster[:, 0].std()) > 10 for poster in posters] == [True, True]
