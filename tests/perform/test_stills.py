"""Posters, sprite sheets and storyboards."""

from __future__ import annotations

import itertools
from pathlib import Path

import cv2
import numpy as np

from reel.perform.render import render
from reel.perform.stills import interest, storyboard
from reel.perform.worker import Worker
from tests.clips import Clip
from tests.conftest import MakeClip


def test_a_storyboard_covers_the_whole_video() -> None:
    cues = storyboard(12, 10, 160, 90, 24.0).split("\n\n")
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


def test_twenty_variants_have_twenty_posters(make_clip: MakeClip, worker: Worker) -> None:
    """None is near another, though there are four clips only; all are of the clips, and none is black."""
    clips = [
        str(make_clip(Clip(seconds=3, size=size, codec=codec)))
        for size, codec in (
            ((320, 180), "libx264"),
            ((180, 320), "libx264"),
            ((240, 240), "libx264"),
            ((426, 240), "libx265"),
        )
    ]
    report = render(
        {"kind": "mixer", "clips": clips, "variants": 20, "order_mixing": True, "resolution": "480p", "aspect": "16:9"},
        worker=worker,
    )
    posters = []
    for output in report.outputs:
        files = {Path(file.name).name: Path(file.path) for file in output.files}
        poster = cv2.imread(str(files["poster.jpg"]), cv2.IMREAD_GRAYSCALE)
        assert poster is not None
        assert poster.std() > 10
        posters.append(cv2.resize(poster, (16, 16), interpolation=cv2.INTER_AREA).astype(float))
    distances = [np.abs(one - other).mean() for one, other in itertools.combinations(posters, 2)]
    assert len(posters) == 20
    assert min(distances) > 1
    assert float(np.median(distances)) > 10


def test_a_poster_of_nothing_is_replaced(make_clip: MakeClip, worker: Worker) -> None:
    """Where the chosen moment is black, the most interesting thumbnail is the poster."""
    bright, black = str(make_clip(Clip(seconds=2))), str(make_clip(Clip(seconds=2, filters="geq=lum=16:cb=128:cr=128")))
    report = render(
        {"kind": "mixer", "clips": [bright, black], "variants": 2, "order_mixing": True, "resolution": "480p"},
        worker=worker,
    )
    for output in report.outputs:
        files = {Path(file.name).name: Path(file.path) for file in output.files}
        poster = cv2.imread(str(files["poster.jpg"]))
        assert poster is not None
        assert poster.std() > 20
