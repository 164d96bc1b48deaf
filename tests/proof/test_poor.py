"""What is coded with hardly any bits is ugly and right, and not refused. What is wrong is, where anything is left to tell."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from reel.errors import ReelError
from reel.generate.render import render
from reel.make.worker import Worker, make_worker
from reel.plan.operations.layers import Layer
from reel.settings import Settings
from tests.clips import ffmpeg
from tests.proof.faults import layers
from tests.some import some

POOR = {"type": "video", "bitrate": 50_000}
"""The least that may be asked for."""


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Noise, as a picture and as a video: nothing takes more bits."""
    folder = tmp_path_factory.mktemp("noise")
    noise = np.random.default_rng(0).integers(0, 256, (720, 1280, 3), np.uint8)
    Image.fromarray(noise).save(folder / "noise.png")
    grey = "nullsrc=size=640x360:rate=25:duration=2,geq=random(1)*255:128:128,format=yuv420p"
    encoding = ["-c:v", "libx264", "-crf", "10", "-preset", "ultrafast"]
    subprocess.run(
        [ffmpeg(), "-v", "error", "-f", "lavfi", "-i", grey, *encoding, str(folder / "noise.mp4")], check=True
    )
    return folder


@pytest.fixture
def worker(tmp_path: Path) -> Worker:
    return make_worker(Settings(home=tmp_path))


def slideshow(size: str) -> dict[str, Any]:
    """A frame around noise, and an atmosphere over it."""
    images = ["noise.png", "noise.png"]
    return {"kind": "slideshow", "images": images, "duration": 3, "resolution": size, "outputs": [POOR]}


def template(size: str, *above: dict[str, Any]) -> dict[str, Any]:
    video = {"type": "video", "asset": "noise.mp4", "duration": 2, "fit": "cover"}
    tracks = [{"clips": [clip]} for clip in (video, *({**each, "duration": 2} for each in above))]
    return {
        "kind": "template",
        "aspect": "16:9",
        "loudness": "off",
        "resolution": size,
        "outputs": [POOR],
        "timeline": {"tracks": tracks},
    }


GOLDEN = {"type": "drawn", "name": "golden"}
TITLE = {"type": "text", "text": "Sale 50 %", "size": 160}
PATCH = {
    "type": "colour",
    "colour": "#17bebb",
    "opacity": 0.5,
    "area": {"x": 0.1, "y": 0.1, "width": 0.4, "height": 0.4},
}
TINT = {"type": "colour", "colour": "#e4572e", "opacity": 0.5}


def made(request: dict[str, Any], media: Path, worker: Worker) -> None:
    render({**request, "stills": False}, base=media, worker=worker)


RIGHT = [
    # The first four were refused when nobody asked what coding had left.
    slideshow("480p"),
    slideshow("720p"),
    template("720p", GOLDEN),
    template("720p", TITLE),
    *(template(size, layer) for size in ("360p", "720p") for layer in (PATCH, TINT)),
]


@pytest.mark.parametrize("shown", some(RIGHT, 4, name=lambda shown: f"{shown['kind']} {shown['resolution']}"))
def test_noise_that_comes_out_as_blots_is_not_refused(shown: dict[str, Any], media: Path, worker: Worker) -> None:
    made(shown, media, worker)


def dropped(there: list[Layer]) -> list[Layer]:
    return there[:1]


def doubled(there: list[Layer]) -> list[Layer]:
    return [*there, there[-1]]


LOST, TWICE = "is not to be seen", "as if it was drawn more than once"
WRONG = [
    (layer, fault, said, size)
    for size in ("720p", "360p")
    for layer, fault, said in (
        (TITLE, dropped, LOST), (TINT, doubled, TWICE), (GOLDEN, dropped, LOST),
        (PATCH, dropped, LOST), (TINT, dropped, LOST), (PATCH, doubled, TWICE),
    )
]  # fmt: skip


@pytest.mark.parametrize("wrong", some(WRONG, 7, name=lambda wrong: f"{wrong[0]['type']} {wrong[2]} {wrong[3]}"))
def test_what_is_wrong_among_blots_is(wrong: tuple[dict[str, Any], Any, str, str], media: Path, worker: Worker) -> None:
    layer, fault, said, size = wrong
    with layers(fault), pytest.raises(ReelError, match=said):
        made(template(size, layer), media, worker)
