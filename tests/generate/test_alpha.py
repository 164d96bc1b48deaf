"""Templates without a ground, as videos with alpha: held against pixels computed by hand, and decoded by FFmpeg."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from reel.compose import transparent
from reel.compose.planes import Planes
from reel.errors import Internal, InvalidRequest
from reel.generate.render import plan, render
from reel.make.worker import Worker, make_worker
from reel.settings import Settings
from tests.clips import Clip, ffmpeg
from tests.conftest import MakeClip

SIZE = (640, 360)
BOX = {"x": 0.25, "y": 0.25, "width": 0.5, "height": 0.5}
BOTH: list[dict[str, Any]] = [
    {"type": "video", "codec": "vp9", "audio": "none", "alpha": True, "bitrate": "high", "name": "web"},
    {"type": "video", "codec": "prores", "audio": "none", "alpha": True, "name": "edit"},
]


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Worker:
    return make_worker(Settings(home=tmp_path_factory.mktemp("alpha")))


def card(*tracks: list[dict[str, Any]], outputs: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "kind": "template",
        "aspect": "16:9",
        "resolution": "360p",
        "background": "none",
        "stills": False,
        "loudness": "off",
        "timeline": {"tracks": [{"clips": track} for track in tracks]},
        "outputs": BOTH if outputs is None else outputs,
        **more,
    }


def files(request: dict[str, Any], worker: Worker) -> dict[str, Path]:
    return {Path(file.path).name: Path(file.path) for file in render(request, worker=worker).outputs[0].files}


def rgba(path: Path, size: tuple[int, int] = SIZE) -> npt.NDArray[np.uint8]:
    """All frames with straight alpha; of shape (frames, height, width, 4)."""
    decoder = ["-c:v", "libvpx-vp9"] if path.suffix == ".webm" else []
    command = [ffmpeg(), "-v", "error", *decoder, "-i", str(path), "-f", "rawvideo", "-pix_fmt", "rgba", "-"]
    out = subprocess.run(command, check=True, capture_output=True).stdout
    return np.frombuffer(out, np.uint8).reshape(-1, size[1], size[0], 4)


def inside(frame: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    return frame[120:240, 200:440].reshape(-1, 4).mean(axis=0)


def outside(frame: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return np.concatenate([frame[:80].reshape(-1, 4), frame[280:].reshape(-1, 4)])


@pytest.mark.parametrize("name", ["template-web.webm", "template-edit.mov"])
def test_what_is_half_there_is_half_transparent(name: str, worker: Worker) -> None:
    """A red box at half opacity over nothing, a solid one beside it in time."""
    box = {"type": "colour", "duration": 1, "area": BOX}
    made = rgba(files(card([box | {"colour": "#ff000080"}, box | {"colour": "#20c040"}]), worker)[name])
    assert len(made) == 60
    for frame, colour in ((made[10], (255, 0, 0, 128)), (made[45], (32, 192, 64, 255))):
        assert inside(frame) == pytest.approx(colour, abs=4)
        assert outside(frame)[:, 3].max() <= 2


def test_a_fade_is_a_fade_of_alpha_alone(worker: Worker) -> None:
    opacity = [{"at": 0, "value": 0}, {"at": 1, "value": 1}]
    clip = {"type": "colour", "colour": "#2060c0", "duration": 1, "area": BOX, "opacity": opacity}
    made = rgba(files(card([clip], outputs=BOTH[1:]), worker)["template-edit.mov"])
    alphas = [inside(frame)[3] for frame in made]
    assert alphas == pytest.approx([255 * frame / 30 for frame in range(30)], abs=2.5)
    for frame in made[8:]:
        assert inside(frame)[:3] == pytest.approx((32, 96, 192), abs=6)


def test_text_has_no_fringe_of_the_ground(worker: Worker) -> None:
    """White letters without an outline: where they are half there, they are as white."""
    text = {"type": "text", "text": "Hi", "duration": 0.5, "size": 500, "colour": "white", "outline": 0}
    frame = rgba(files(card([text], outputs=BOTH[1:]), worker)["template-edit.mov"])[3].astype(int)
    edge = (frame[..., 3] > 60) & (frame[..., 3] < 200)
    assert edge.sum() > 100
    assert np.median(frame[edge][:, :3].min(axis=1)) > 235


def test_bars_beside_a_video_are_transparent(make_clip: MakeClip, worker: Worker) -> None:
    """A plain cut that FFmpeg alone would put on black."""
    source = make_clip(Clip(size=(360, 360), audio=None))
    clip = {"type": "video", "asset": str(source), "duration": 1}
    for name, path in files(card([clip], fit="contain"), worker).items():
        made = rgba(path)
        assert made[5, :, :130, 3].max() <= 2, name
        assert made[5, :, 150:490, 3].min() >= 250, name


def test_smaller_ones_mix_in_nothing_from_under_transparent_pixels(worker: Worker) -> None:
    text = {"type": "text", "text": "Hi", "duration": 0.5, "size": 500, "colour": "white", "outline": 0}
    small = BOTH[1] | {"width": 320, "height": 180, "name": "small"}
    made = files(card([text], outputs=[BOTH[1], small]), worker)
    frame = rgba(made["template-small.mov"], (320, 180))[3].astype(int)
    edge = (frame[..., 3] > 60) & (frame[..., 3] < 200)
    assert edge.sum() > 50
    assert np.median(frame[edge][:, :3].min(axis=1)) > 225


def test_a_still_and_pictures_are_made_of_them(worker: Worker) -> None:
    clip = {"type": "colour", "colour": "#ff0000", "duration": 0.5, "area": BOX}
    still = files(card([clip], outputs=BOTH[:1], preview={"frame": 0.2}), worker)
    made = files(card([clip], outputs=BOTH[:1], stills=True), worker)
    for picture in (still["template.jpg"], made["poster.jpg"]):
        frame = rgba(picture)[0]
        assert inside(frame)[:3] == pytest.approx((254, 0, 0), abs=6)
        assert outside(frame)[:, :3].max() <= 6, "on black"


def test_beside_them_an_opaque_video_shows_black(worker: Worker) -> None:
    clip = {"type": "colour", "colour": "#ff0000", "duration": 0.5, "area": BOX}
    opaque = {"type": "video", "audio": "none", "name": "plain"}
    made = files(card([clip], outputs=[BOTH[0], opaque]), worker)
    frame = rgba(made["template-plain.mp4"])[3]
    assert outside(frame)[:, :3].max() <= 3
    assert outside(frame)[:, 3].min() == 255


FAULTS = {
    "alpha is lost": lambda made: replace(made, a=np.full_like(made.a, 255)),
    "colours are still multiplied": lambda made: replace(
        made, y=(16 + (made.y - 16.0) * made.a / 255).astype(np.uint8)
    ),
    "alpha is the other way round": lambda made: replace(made, a=255 - made.a),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_proof_finds(fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = transparent.uncovered
    monkeypatch.setattr(transparent, "uncovered", lambda *pair: FAULTS[fault](honest(*pair)))
    clip = {"type": "colour", "colour": "#e0802080", "duration": 0.5, "area": BOX}
    with pytest.raises(Internal, match="is not what was asked for"):
        render(card([clip], outputs=BOTH[1:]), worker=make_worker(Settings(home=tmp_path)))


def test_transitions_that_compare_pixels_are_refused(worker: Worker) -> None:
    colours: list[dict[str, Any]] = [{"type": "colour", "colour": colour, "duration": 1} for colour in ("red", "blue")]
    colours[1] |= {"transition": {"name": "distance", "duration": 0.5}}
    with pytest.raises(InvalidRequest, match=r"clips\[1\].transition: `distance` goes by how much pixels differ"):
        plan(card(colours), worker=worker)


@pytest.mark.parametrize(
    "name", ["crossfade", "wipe-left", "fade-black", "blur", "slide-up", "circle-crop", "pixelize"]
)
def test_transitions_are_proven_without_a_ground(name: str, worker: Worker) -> None:
    """The reference draws each on black and on white, and knows nothing of alpha."""
    clips: list[dict[str, Any]] = [
        {"type": "colour", "colour": colour, "duration": 0.8, "area": BOX} for colour in ("#e04020a0", "#2040e0")
    ]
    clips[1] |= {"transition": {"name": name, "duration": 0.4}}
    made = files(card(clips, outputs=BOTH[1:]), worker)
    assert len(rgba(made["template-edit.mov"])) == 36


class _Counting:
    """A source that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def next(self) -> Planes:
        self.asked += 1
        return Planes(*(np.full(shape, 90, np.uint8) for shape in ((36, 64), (18, 32), (18, 32))))


def test_sources_are_read_once() -> None:
    from contextlib import contextmanager
    from fractions import Fraction

    from reel.plan.operations.layers import Layer, VideoPart
    from reel.presets import Canvas
    from reel.timeline import Area

    sources: list[_Counting] = []

    @contextmanager
    def opened(_: Layer) -> Iterator[_Counting]:
        sources.append(_Counting())
        yield sources[-1]

    area = Area(x=0, y=0, width=64, height=36)
    layers = [Layer(part=VideoPart(clips=()), first=first, frames=6, area=area) for first in (0, 3)]
    canvas = Canvas(width=64, height=36, rate=Fraction(25))
    frames = [*transparent.composed_without_ground(canvas, layers, 9, opened)]
    assert [int(frame.a.min()) for frame in frames if frame.a is not None] == [255] * 9
    assert [source.asked for source in sources] == [6, 6]
