"""Posters, sprite sheets and storyboards."""

from __future__ import annotations

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
