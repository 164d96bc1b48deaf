"""Videos with alpha: what one sees of them over something else, and of what they leave room for."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest

from reel.compose.blend import lay
from reel.compose.planes import Planes, filled, planes_of, planes_with_alpha
from reel.ffmpeg.frames import FrameReader
from reel.ffmpeg.picture import frames_command
from reel.generate.render import render
from reel.make.picture import clear_share
from reel.make.worker import Worker
from reel.packets.probe import probe
from reel.plan.layers import picture_source
from reel.plan.operations.base import SourceClip
from reel.presets import Canvas
from reel.timeline import Crop, Framing
from tests.clips import ffmpeg, numbered, read_frame_numbers
from tests.conftest import MakeClip
from tests.some import some_pairs

RED, WHITE = (220, 30, 40), (255, 255, 255)
SIZE = 160


def video_of(pixels: npt.NDArray[np.uint8], path: Path, *options: str, frames: int = 4) -> Path:
    """A video that shows one RGBA picture."""
    height, width = pixels.shape[:2]
    raw = ["-f", "rawvideo", "-pix_fmt", "rgba", "-s", f"{width}x{height}", "-r", "25", "-i", "pipe:0"]
    command = [ffmpeg(), "-v", "error", "-y", *raw, *options, str(path)]
    subprocess.run(command, input=pixels.tobytes() * frames, check=True)
    return path


def disc(colour: tuple[int, int, int], under: tuple[int, int, int], size: int = SIZE) -> npt.NDArray[np.uint8]:
    """With a soft edge; another colour lies under what is transparent."""
    rows, columns = np.mgrid[0:size, 0:size] + 0.5
    alpha = np.clip((0.4 * size - np.hypot(columns - size / 2, rows - size / 2)) / (size / 20) + 0.5, 0, 1)
    pixels = np.empty((size, size, 4), np.uint8)
    pixels[..., :3] = np.where(alpha[..., None] > 0, colour, under)
    pixels[..., 3] = np.rint(255 * alpha)
    return pixels


def decoded(path: Path, area: tuple[int, int], framing: Framing) -> Planes:
    """The first frame, as a layer is given it."""
    facts = probe(path, "0" * 64, path.name)
    assert facts.video
    assert facts.video.alpha
    source = picture_source(facts.sha256, facts.demuxer, facts.video)
    clip = SourceClip(source=source, frames=1, media_in=facts.zero, framing=framing)
    command = lambda output: frames_command(clip, str(path), area, Fraction(25), output)  # noqa: E731
    with FrameReader(command, 4 * area[0] * area[1], "a test") as reader:
        return planes_with_alpha(*reader.read().reshape(4, area[1], area[0]).copy())


CODECS = {
    "ProRes 4444": ("disc.mov", ("-c:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", "yuva444p10le"), 6),
    "Animation": ("disc.mov", ("-c:v", "qtrle"), 3),
    "APNG": ("disc.apng", ("-c:v", "apng", "-plays", "0"), 3),
    "FFV1": ("disc.mkv", ("-c:v", "ffv1", "-pix_fmt", "yuva444p"), 3),
    "VP9": ("disc.webm", ("-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", "-crf", "4", "-b:v", "0"), 12),
    "VP8": ("disc.webm", ("-c:v", "libvpx", "-pix_fmt", "yuva420p", "-b:v", "20M", "-auto-alt-ref", "0"), 12),
}


@pytest.mark.parametrize(("codec", "area"), some_pairs(CODECS, [SIZE, SIZE // 2, SIZE * 5 // 4], 2))
def test_edges_over_a_colour_are_those_of_a_composition_in_rgb(codec: str, area: int, tmp_path: Path) -> None:
    """At the picture's own size, smaller and larger; over its own colour nothing of it is seen."""
    name, options, tolerance = CODECS[codec]
    # Chroma of 4:2:0 is mixed with what lies under transparent pixels before we get it.
    under = (0, 0, 0) if tolerance < 12 else RED
    shown = decoded(video_of(disc(RED, under), tmp_path / name, *options), (area, area), Framing(fit="fill"))
    expected_pixels = disc(RED, RED, area).astype(float)
    share = expected_pixels[..., 3:] / 255
    for ground in ((90, 120, 100), RED):
        found = filled(area, area, "#" + bytes(ground).hex())
        lay(shown, found)
        seen = np.dstack(
            [expected_pixels[..., :3] * share + np.array(ground) * (1 - share), np.full((area, area), 255)]
        )
        for plane, same in zip(found.colours(), planes_of(np.rint(seen).astype(np.uint8)).colours(), strict=True):
            assert np.abs(plane.astype(int) - same).max() <= (tolerance if ground == RED else tolerance + 5)


def frames_of(report: Any) -> list[npt.NDArray[np.uint8]]:
    with av.open(report.outputs[0].video.path) as source:
        return [frame.to_ndarray(format="rgb24").astype(np.uint8) for frame in source.decode(video=0)]


def template(*tracks: dict[str, Any]) -> dict[str, Any]:
    wide = {"kind": "template", "aspect": "16:9", "resolution": "480p", "stills": False}
    return {**wide, "timeline": {"tracks": [{"clips": [clip]} for clip in tracks]}}


GREEN = {"type": "colour", "colour": "#1ea01e", "duration": 0.5}


@pytest.mark.parametrize("codec", ["libvpx-vp9", "libvpx"])
def test_alpha_beside_the_picture_is_seen(codec: str, tmp_path: Path, worker: Worker) -> None:
    """VP8 and VP9 keep it in a stream of its own, which FFmpeg's own decoders drop. In a mixer black is seen through it."""
    half = np.zeros((240, 320, 4), np.uint8)
    half[..., :3] = RED
    half[:, :160, 3] = 255
    options = ("-c:v", codec, "-pix_fmt", "yuva420p", "-auto-alt-ref", "0")
    path = str(video_of(half, tmp_path / "half.webm", *options, frames=12))
    over = frames_of(
        render(template(GREEN, {"type": "video", "asset": path, "out": 0.4, "fit": "fill"}), worker=worker)
    )
    mixer = {"kind": "mixer", "clips": [path], "fit": "fill", "aspect": "16:9", "resolution": "480p", "stills": False}
    alone = frames_of(render(mixer, worker=worker))
    for frames, expected in ((over, (30, 160, 30)), (alone, (0, 0, 0))):
        assert np.abs(frames[5][240, 200].astype(int) - RED).max() <= 12
        assert np.abs(frames[5][240, 700].astype(int) - expected).max() <= 6


def test_a_video_that_is_smaller_than_its_area_lets_through_what_lies_below(
    make_clip: MakeClip, worker: Worker
) -> None:
    """And turns about the area's middle, as a picture does."""
    clip = {"type": "video", "asset": str(make_clip(numbered(7, size=(322, 182)))), "out": 0.4, "fit": "none"}
    area = {"x": 0.1, "y": 0.1, "width": 0.5, "height": 0.7}
    report = render(template(GREEN, {**clip, "area": area}), worker=worker)
    turned = render(template(GREEN, {**clip, "area": area, "rotation": 180}), worker=worker)
    frame = frames_of(report)[5]
    there = (np.abs(frame.astype(int) - (30, 160, 30)) > 12).any(axis=2)
    rows, columns = np.flatnonzero(there.mean(axis=1) > 0.2), np.flatnonzero(there.mean(axis=0) > 0.2)
    middle = (0.1 * 854 + 0.5 * 854 / 2, 0.1 * 480 + 0.7 * 480 / 2)
    assert (columns[0] + columns[-1] + 1) / 2 == pytest.approx(middle[0], abs=2)
    assert (rows[0] + rows[-1] + 1) / 2 == pytest.approx(middle[1], abs=2)
    assert len(columns) == pytest.approx(322, abs=2)
    assert len(rows) == pytest.approx(182, abs=2)
    assert (frame[4, 4] < (60, 190, 60)).all()
    region = (int(columns[0]), int(rows[0]), 322, 182)
    assert read_frame_numbers(Path(report.outputs[0].video.path), region)[5] == 12
    back = np.rot90(frames_of(turned)[5], 2)  # about the canvas's middle; the area's lies elsewhere
    left, top = (round(854 - 2 * middle[0]), round(480 - 2 * middle[1]))
    part = back[top + rows[0] : top + rows[-1], left + columns[0] : left + columns[-1]].astype(int)
    assert np.abs(part - frame[rows[0] : rows[-1], columns[0] : columns[-1]]).mean() < 12


def graphic(opacity: float) -> npt.NDArray[np.uint8]:
    """A dark lower third."""
    pixels = np.zeros((180, 320, 4), np.uint8)
    pixels[140:170, 20:120] = (40, 44, 60, round(255 * opacity))
    return pixels


def test_dark_small_and_clear_pictures_are_good_media(tmp_path: Path, make_clip: MakeClip, worker: Worker) -> None:
    """They come out nearly black because that is what they are."""
    small = str(make_clip(numbered(size=(64, 48))))
    clear = str(video_of(graphic(0.9), tmp_path / "third.mov", "-c:v", "qtrle"))
    dark = str(
        video_of(np.full((90, 160, 4), (27, 27, 27, 255), np.uint8), tmp_path / "dark.mp4", "-pix_fmt", "yuv420p")
    )
    clips = [{"asset": small, "fit": "none"}, {"asset": clear}, {"asset": dark}]
    for clip in clips:
        report = render({"kind": "mixer", "clips": [clip], "resolution": "480p", "stills": False}, worker=worker)
        assert report.outputs[0].measured["frames"] >= 3


def test_what_is_certainly_seen_is_told_from_what_may_be_black(make_clip: MakeClip) -> None:
    canvas = Canvas(width=640, height=360, rate=Fraction(30))
    facts = probe(make_clip(numbered()), "0" * 64, "a clip")
    assert facts.video
    clip = SourceClip(
        source=picture_source(facts.sha256, facts.demuxer, facts.video), frames=30, media_in=0, framing=Framing()
    )
    looks = np.full((2, 36, 64), 20, np.uint8)
    looks[:, :, :32] = 200

    def share(**framing: Any) -> float:
        return clear_share(looks, clip.model_copy(update={"framing": Framing(**framing)}), canvas)

    assert share(fit="cover") == pytest.approx(0.5)
    assert share(fit="none") == pytest.approx(0.5 / 4)
    assert share(fit="fill", crop=Crop(x=0.6, width=0.4)) == 0
    assert share(fit="cover", crop=Crop(width=0.4)) == pytest.approx(1)


@pytest.mark.parametrize(("fit", "least"), [("contain", 250), ("cover", 250), ("contain-blur", 243)])
def test_a_picture_that_moves_over_its_own_colour_is_not_seen(
    fit: str, least: int, tmp_path: Path, worker: Worker
) -> None:
    """Before itself blurred, colours are divided by alpha and multiplied again, in 8 bits: five levels."""
    path = str(video_of(disc(WHITE, (0, 0, 0)), tmp_path / "white.mov", "-c:v", "qtrle", frames=12))
    moving = {"x": [{"at": 0, "value": 0}, {"at": 0.4, "value": 0.0123}]}
    clip = {"type": "video", "asset": path, "out": 0.4, "fit": fit, "position": moving, "scale": 0.7, "rotation": 5}
    frames = frames_of(render(template({**GREEN, "colour": "#ffffff"}, clip), worker=worker))
    assert min(int(frame.min()) for frame in frames) >= least
