"""What is right is not refused: thin letters and drawings with fine lines, which are hardest to compare in small."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image

from reel.draw import STILLS, draw_still
from reel.errors import Internal
from reel.ffmpeg.process import run
from reel.generate.render import render
from reel.make import drawing
from reel.make.worker import Worker, make_worker
from reel.settings import Settings
from tests.corpus import CORPUS, needs_corpus
from tests.some import some

ASPECTS = {"9:16": "720p", "16:9": "480p", "1:1": "480p"}
TEXTS = ["Sale", "Summer collection is here now, with free delivery everywhere"]


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Worker:
    return make_worker(Settings(home=tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> str:
    """As busy as a photograph."""
    coarse = np.random.default_rng(3).integers(0, 256, (30, 40, 3), np.uint8)
    path = tmp_path_factory.mktemp("photo") / "photo.png"
    cv2.imwrite(str(path), cv2.resize(coarse, (1200, 900), interpolation=cv2.INTER_CUBIC))
    return str(path)


def assert_accepted(request: dict[str, Any], worker: Worker) -> None:
    report = render({**request, "stills": False, "preview": {"frame": 0.5}}, worker=worker)
    assert Path(report.outputs[0].video.path).stat().st_size


SLIDESHOWS = [
    (aspect, frame, text) for aspect in ASPECTS for frame in ("ornate-gold", "ornate-silver") for text in TEXTS
]


@pytest.mark.parametrize("shown", some(SLIDESHOWS, 6))
def test_a_text_within_an_ornate_frame(shown: tuple[str, str, str], photo: str, worker: Worker) -> None:
    aspect, frame, text = shown
    shape = {"aspect": aspect, "resolution": ASPECTS[aspect]}
    assert_accepted(
        {"kind": "slideshow", "images": [photo], "duration": 1, "frame": frame, "text": text, **shape}, worker
    )


SKIES = [
    (resolution, colour, frame)
    for resolution in ("360p", "480p", "720p", "1080p")
    for colour in ((150, 190, 230), (128, 128, 128), (200, 170, 120), (90, 200, 120))
    for frame in ("ornate-gold", "golden")
]


@pytest.mark.parametrize("sky", some(SKIES, 13))
def test_white_letters_with_black_edges_over_what_is_half_as_bright(
    sky: tuple[str, tuple[int, int, int], str], tmp_path: Path, worker: Worker
) -> None:
    """Both come to the ground's own brightness where they are seen in small: what is left hangs on parts of pixels."""
    resolution, colour, frame = sky
    cv2.imwrite(str(tmp_path / "sky.png"), np.full((1600, 900, 3), colour[::-1], np.uint8))
    request = {"kind": "slideshow", "images": [str(tmp_path / "sky.png")], "duration": 1, "resolution": resolution}
    assert_accepted({**request, "frame": frame, "text": "Summer collection 2027"}, worker)


@pytest.mark.parametrize("frames", some(permutations(STILLS, 2), 9))
def test_another_frame_than_was_asked_for_is_told(
    frames: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over the tan that a golden frame differs from by colour alone, for which bounds of drawings are wide."""
    asked, drawn = frames
    monkeypatch.setattr(drawing, "draw_still", lambda name, *size: draw_still(drawn if name == asked else name, *size))
    cv2.imwrite(str(tmp_path / "tan.png"), np.full((900, 1200, 3), (120, 170, 200), np.uint8))
    request = {"kind": "slideshow", "images": [str(tmp_path / "tan.png")], "duration": 1, "resolution": "480p"}
    own = make_worker(Settings(home=tmp_path / "home"))
    with pytest.raises(Internal, match="is not what was asked for"):
        render({**request, "frame": asked, "stills": False}, worker=own)


@pytest.mark.parametrize("outputs", [[], [{"type": "ladder"}]])
def test_the_usual_frame_of_a_slideshow_in_small(outputs: list[Any], tmp_path: Path, worker: Worker) -> None:
    """Its thin lines fade where there are few pixels for them: a ladder's smallest rung was refused."""
    cv2.imwrite(str(tmp_path / "sky.png"), np.full((900, 1200, 3), (230, 150, 90), np.uint8))
    request = {"kind": "slideshow", "images": [str(tmp_path / "sky.png")], "duration": 1, "resolution": "360p"}
    report = render({**request, "stills": False, "outputs": outputs or [{"type": "video"}]}, worker=worker)
    assert report.outputs[0].files


@pytest.mark.parametrize("letters", some([(30, 2), (40, 0), (40, 2), (60, 2), (60, 4), (120, 4)], 2))
@pytest.mark.parametrize("above", [[], ["ornate-gold"]])
def test_letters_on_a_colour_and_on_a_picture_below_a_drawing(
    letters: tuple[int, int], above: list[str], photo: str, worker: Worker
) -> None:
    size, outline = letters
    picture, colour = {"type": "image", "asset": photo, "fit": "cover"}, {"type": "colour", "colour": "#9db4c8"}
    ground: dict[str, Any] = picture if above else colour
    text: dict[str, Any] = {"type": "text", "text": "Sale 20 %", "size": size, "outline": outline, "vertical": "top"}
    drawn: list[dict[str, Any]] = [{"type": "drawn", "name": name} for name in above]
    tracks = [{"clips": [{**layer, "duration": 1}]} for layer in (ground, text, *drawn)]
    shape = {"aspect": "16:9", "resolution": "720p", "loudness": "off"}
    assert_accepted({"kind": "template", "timeline": {"tracks": tracks}, **shape}, worker)


@pytest.mark.parametrize("pixels", ["gray", "gray10le", "ya8"])
def test_a_video_in_shades_of_grey(pixels: str, tmp_path: Path, worker: Worker) -> None:
    """The scaler takes their luma as full range, whatever it is told: proofs read it as limited."""
    video = tmp_path / "grey.mov"
    codec = "png" if pixels == "ya8" else "ffv1"
    source = ["-f", "lavfi", "-i", "testsrc2=s=320x240:d=1", "-c:v", codec, "-pix_fmt", pixels, "-strict", "-2"]
    run([*source, f"file:{video}"], place="test")
    report = render({"kind": "mixer", "clips": [str(video)], "resolution": "360p", "stills": False}, worker=worker)
    assert report.outputs[0].measured["frames"] == 30


@pytest.mark.parametrize("transfer", [14, 16, 18])
def test_a_chart_of_colours_of_wide_gamut(transfer: int, tmp_path: Path, worker: Worker) -> None:
    """A HEIC without a profile, in BT.2020, with its usual transfer function, PQ or HLG (ITU-T H.273)."""
    chart = np.random.default_rng(1).integers(0, 256, (3, 4, 3), np.uint8).repeat(120, axis=0).repeat(160, axis=1)
    colours = {
        "color_primaries": 9,
        "transfer_characteristics": transfer,
        "matrix_coefficients": 9,
        "full_range_flag": 1,
    }
    path = tmp_path / "chart.heic"
    pillow_heif.from_pillow(Image.fromarray(chart)).save(
        path, quality=95, chroma=444, save_nclx_profile=True, **colours
    )
    shape = {"aspect": "16:9", "resolution": "360p", "loudness": "off"}
    track = {"clips": [{"type": "image", "asset": str(path), "duration": 1}]}
    assert_accepted({"kind": "template", "timeline": {"tracks": [track]}, **shape}, worker)


@pytest.mark.parametrize("width", [0.38223, 0.38, 0.385])
def test_a_line_that_nearly_fills_its_box(width: float, worker: Worker) -> None:
    """In the small size of the proof, a box is rounded to other pixels: the words must be parted as they are in the video."""
    text = {"type": "text", "text": "Summer sale everything", "size": 60, "duration": 1}
    area = {"x": 0, "y": 0, "width": width, "height": 0.5}
    tracks = [{"clips": [{**text, "area": area}]}]
    shape = {"aspect": "16:9", "resolution": "1080p", "loudness": "off"}
    assert_accepted({"kind": "template", "timeline": {"tracks": tracks}, **shape}, worker)


@pytest.mark.parametrize("scale", [0.5, 0.3])
def test_a_preview_has_the_lines_of_the_video(scale: float, worker: Worker) -> None:
    """Widths about that of the text: somewhere among them the last word goes down to a line of its own."""
    areas = [{"x": 0, "y": number / 12, "width": 0.376 + number / 1000, "height": 1 / 12} for number in range(12)]
    tracks = [
        {"clips": [{"type": "text", "text": "Summer sale everything", "size": 60, "smallest": 30, "duration": 1,
                    "align": "start", "area": area}]}
        for area in areas
    ]  # fmt: skip
    request = {"kind": "template", "aspect": "16:9", "resolution": "1080p", "stills": False,
               "timeline": {"tracks": tracks}}  # fmt: skip
    whole, small = (
        cv2.imread(render({**request, "preview": preview}, worker=worker).outputs[0].video.path)
        for preview in ({"frame": 0.5}, {"frame": 0.5, "scale": scale})
    )
    assert whole is not None
    assert small is not None
    assert np.abs(_ends(whole) - _ends(small)).max() < 0.004


def _ends(picture: cv2.typing.MatLike) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Of each twelfth of a picture, from above, where its letters end, as a part of the width: of a text in one line three
    times as far to the right as in two, and further by a twentieth in the next size."""
    bands = np.array_split(picture.max(axis=2) > 128, 12)
    return np.array([np.flatnonzero(band.any(axis=0))[-1] for band in bands]) / picture.shape[1]


LOGOS = [(light, width) for light in (40, 90, 150) for width in (4, 6, 10)]


@pytest.mark.parametrize("logo", some(LOGOS, 3))
def test_a_logo_of_thin_coloured_lines_in_small(logo: tuple[int, int], tmp_path: Path, worker: Worker) -> None:
    """A video has a point of colour for four pixels: a fifth of the colour of a line lies beside it."""
    light, width = logo
    drawn = np.zeros((1080, 1080, 4), np.uint8)
    for turn in (0, 60, 120):
        cv2.ellipse(drawn, (540, 540), (480, 190), turn, 0, 360, (140, 90, 250, 255), 3 * width, cv2.LINE_AA)
    cv2.imwrite(str(tmp_path / "logo.png"), drawn)
    shown = {"duration": 1, "area": {"x": 0.25, "y": 0.3, "width": 0.4, "height": 0.4}}
    tracks = [
        [{"type": "colour", "colour": f"#{light:02x}{light:02x}{light:02x}", "duration": 1}],
        [{"type": "image", "asset": str(tmp_path / "logo.png"), **shown}],
    ]
    request = {"kind": "template", "resolution": "480p", "stills": False, "preview": {"scale": 0.5, "frame": 0.5}}
    render(request | {"timeline": {"tracks": [{"clips": clips} for clips in tracks]}}, worker=worker)


QUALITIES = [("h264", 51), ("h264", 37), ("hevc", 51), ("av1", 63)]


@pytest.mark.parametrize(("codec", "crf"), QUALITIES)
def test_a_quality_below_all_budgets_is_no_other_picture(codec: str, crf: int, tmp_path: Path, worker: Worker) -> None:
    """Four fields of colour that come out of white were off by up to 11 levels, as was asked for."""
    fields = np.array([[(0, 255, 255), (0, 0, 255)], [(255, 0, 0), (0, 255, 0)]], np.uint8)
    cv2.imwrite(str(tmp_path / "fields.png"), fields.repeat(200, axis=0).repeat(200, axis=1))
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((400, 400, 3), 150, np.uint8))
    images = [str(tmp_path / f"{name}.png") for name in ("grey", "fields", "grey")]
    slides = {"images": images, "aspect": "4:5", "duration": 2.4, "frame": "ornate-gold"}
    video = {"type": "video", "codec": codec, "width": 288, "height": 360, "quality": {"crf": crf}}
    document = {
        "kind": "slideshow",
        **slides,
        "transition": {"name": "fade-white"},
        "stills": False,
        "outputs": [video],
    }
    report = render(document, worker=worker)
    assert Path(report.outputs[0].video.path).stat().st_size


def test_letters_of_few_pixels_that_grow_at_once(worker: Worker) -> None:
    """On 114 columns edges are a notable part of what there is to see of them."""
    area = {"x": 0.139, "y": -0.018, "width": 0.397, "height": 0.464}
    grown = {"scale": [{"at": 0.22, "value": 1.741, "easing": "hold"}], "position": {"x": 0.023, "y": 0}}
    text = {
        "type": "text",
        "text": "Ünïcödé 🎉👩\u200d👩\u200d👧",
        "duration": 1.05,
        "vertical": "middle",
        "area": area,
    }
    ground = {"type": "colour", "colour": "hsl(200 50% 50%)", "duration": 0.986, "position": {"x": 0.218, "y": 0.239}}
    drawn = {"type": "drawn", "name": "ornate-gold", "duration": 0.606, "clipped": True}
    place = {"x": 0.074, "y": 0.461, "width": 0.228, "height": 0.304}
    slices = {"name": "slice-left", "duration": 0.297, "easing": "ease"}
    document: dict[str, Any] = {
        "kind": "template",
        "aspect": "9:16",
        "frame_rate": "30000/1001",
        "stills": False,
        "timeline": {
            "tracks": [
                {"clips": [ground]},
                {"clips": [text | grown, drawn | {"area": place, "transition": slices}]},
            ]
        },
        "outputs": [{"type": "video", "codec": "prores", "audio": "none", "width": 114, "height": 202}],
    }
    report = render(document, worker=worker)
    assert Path(report.outputs[0].video.path).stat().st_size


@needs_corpus
def test_a_small_hdr_picture_is_not_measured_by_its_rim(worker: Worker) -> None:
    """How bright it is nobody can say, and beside it nothing else is to be seen: the rim was taken for a third of a picture."""
    assert CORPUS
    picture = str(CORPUS / "image" / "four-colors-full-range-bt2020-pq-444-10bpc.avif")
    request = {
        "kind": "slideshow", "images": [picture], "stills": False, "duration": 1.5, "aspect": "4:5",
        "text": "mixed", "frame": "none", "atmosphere": "sparkles",
        "outputs": [{"type": "video", "width": 240, "height": 300, "codec": "vp9", "audio": "none", "bitrate": "low"}],
    }  # fmt: skip
    assert render(request, worker=worker).outputs[0].video.path


def test_a_preview_that_ends_before_its_sound_grows_loud(tmp_path: Path, worker: Worker) -> None:
    """Of a quarter of a second, which is what is listened to, the sound behind the preview's end was asked for too."""
    output = tmp_path / "grows.wav"
    quiet_then_loud = "sine=f=440:r=48000:d=1,volume='if(lt(t,0.08),0.02,4)':eval=frame"
    run(["-f", "lavfi", "-i", quiet_then_loud, f"file:{output}"], place="test")
    for speed in (1, 2):
        music = {"type": "audio", "asset": str(output), "speed": speed}
        tracks = [{"clips": [{"type": "colour", "colour": "white", "duration": 0.5}]}, {"clips": [music]}]
        request = {"kind": "template", "resolution": "360p", "stills": False, "timeline": {"tracks": tracks}}
        report = render({**request, "loudness": "off", "preview": {"range": {"start": 0, "end": 0.1}}}, worker=worker)
        assert report.outputs[0].measured["frames"] == 3
