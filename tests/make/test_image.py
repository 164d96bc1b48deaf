"""Bitmaps of still pictures: what one sees of known pictures in every format, turn and framing."""

from __future__ import annotations

import hashlib
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from reel.compose.blend import lay
from reel.compose.planes import Plane, Planes, filled, planes_of, read_bitmap
from reel.errors import BadMedia
from reel.ffmpeg.build import ffmpeg_path
from reel.make.context import StepContext
from reel.make.image import make_image_bitmap
from reel.make.image_framing import framed
from reel.make.image_sdr import pixels_to_sdr
from reel.make.worker import Worker
from reel.media import Colour, VideoFacts
from reel.packets.probe import probe
from reel.plan.operations import ImageBitmap
from reel.plan.operations.base import PictureSource
from reel.timeline import Crop, Framing
from tests.corpus import corpus_files, needs_corpus
from tests.some import some
from tests.stills import (
    BLUE,
    FORMATS,
    GREEN,
    QUARTERS,
    RED,
    SIZE,
    YELLOW,
    masked_bmp,
    quarters,
    save,
    swapping_profile,
    turned_heic,
    with_deep_colours,
    written_png,
)
from tests.tools import TOOLS

Rgba = npt.NDArray[np.int64]
BitmapOf = Callable[..., Rgba]
FILL = Framing(fit="fill")


@pytest.fixture
def make_bitmap(worker: Worker, tmp_path: Path) -> Callable[..., Planes]:
    """Makes the bitmap of a picture in the way of a step: from an asset in the store, by its facts."""

    def make(path: Path, width: int = SIZE[0], height: int = SIZE[1], framing: Framing = FILL) -> Planes:
        content = path.read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        (asset := tmp_path / f"asset-{sha256}").mkdir(exist_ok=True)
        (asset / "asset").write_bytes(content)
        worker.store.publish(asset, sha256, "asset")
        facts = probe(path, sha256, path.name)
        assert facts.video
        operation = ImageBitmap(
            source=source_of(facts.video, sha256, facts.demuxer), width=width, height=height, framing=framing
        )
        (folder := tmp_path / operation.key(TOOLS)).mkdir(exist_ok=True)
        measured = make_image_bitmap(operation, StepContext(worker, folder, "image"))
        bitmap = read_bitmap(folder / "bitmap.yuva", width, height)
        assert measured == {"width": width, "height": height, "opaque": bitmap.a is None}
        return bitmap

    return make


def source_of(video: VideoFacts, sha256: str, demuxer: str) -> PictureSource:
    return PictureSource(
        asset=sha256,
        demuxer=demuxer,
        stream=video.index,
        codec=video.codec,
        display_size=video.display_size,
        colour=video.colour,
        alpha=video.alpha,
        rate=video.rate,
    )


@pytest.fixture
def bitmap_of(make_bitmap: Callable[..., Planes]) -> BitmapOf:
    """The same, as RGBA."""
    return lambda *order, **options: seen(make_bitmap(*order, **options))


def seen(bitmap: Planes) -> Rgba:
    """The bitmap as a screen shows it (ITU-R BT.709, limited range), its colours divided by alpha, which planes have them
    multiplied by; black where nothing is seen."""
    u, v = (
        np.kron(straight(chroma, bitmap.c, 128) - 128, np.ones((2, 2))) * 255 / 224 for chroma in (bitmap.u, bitmap.v)
    )
    luma = (straight(bitmap.y, bitmap.a, 16) - 16) * 255 / 219
    red, blue = luma + 1.5748 * v, luma + 1.8556 * u
    green = (luma - 0.2126 * red - 0.0722 * blue) / 0.7152
    alpha = np.full(bitmap.y.shape, 255.0) if bitmap.a is None else bitmap.a
    return np.rint(np.clip(np.dstack([red, green, blue, alpha]), 0, 255)).astype(np.int64)


def straight(plane: Plane, alpha: Plane | None, nothing: int) -> npt.NDArray[np.float64]:
    """What a plane's levels are without alpha in them; `nothing` where alpha is 0."""
    levels = plane.astype(float)
    if alpha is None:
        return levels
    return np.where(alpha > 0, levels * 255 / np.maximum(alpha, 1), nothing)


def assert_quarters(pixels: Rgba, colours: tuple[tuple[int, ...], ...] = QUARTERS, within: int = 3) -> None:
    """Every quarter has its colour, up to four pixels from its edges."""
    height, width = pixels.shape[:2]
    for index, colour in enumerate(colours):
        down, across = divmod(index, 2)
        rows = slice(down * height // 2 + 4, (down + 1) * height // 2 - 4)
        columns = slice(across * width // 2 + 4, (across + 1) * width // 2 - 4)
        off = np.abs(pixels[rows, columns, :3] - np.array(colour[:3]))
        assert off.max() <= within, (index, pixels[rows, columns][0, 0], colour)


# --- formats and turns ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_shows_its_colours_in_their_places(kind: str, bitmap_of: BitmapOf, tmp_path: Path) -> None:
    # Coded with loss, or as 4:2:0 of limited range: a code more.
    assert_quarters(bitmap_of(save(quarters(), tmp_path / "a", kind)), within=4)


def test_a_picture_that_only_pillow_reads(bitmap_of: BitmapOf, tmp_path: Path) -> None:
    path = masked_bmp(tmp_path / "masked.bmp")
    read = subprocess.run(
        [ffmpeg_path(), "-v", "error", "-i", path, "-f", "null", "-"], check=False, capture_output=True
    )
    assert read.returncode, "this one is no example any more"
    assert_quarters(bitmap_of(path), within=4)


@pytest.mark.parametrize("kind", some(["jpeg", "png", "webp", "tiff", "avif"], 2))
def test_every_way_to_hold_a_camera(kind: str, bitmap_of: BitmapOf, tmp_path: Path) -> None:
    for orientation in range(1, 9):
        pixels = bitmap_of(save(quarters(), tmp_path / "a", kind, orientation), *SIZE)
        assert_quarters(pixels, within=10 if kind == "avif" else 4)  # which codes colours with more loss


def test_heic_of_telephones(bitmap_of: BitmapOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_quarters(bitmap_of(turned_heic(tmp_path / "turned.heic")), within=4)
    monkeypatch.setattr("pillow_heif.options.GRID_TILE_SIZE", 128)
    assert_quarters(bitmap_of(save(quarters((500, 300)), tmp_path / "tiles.heic", "heic"), 250, 150), within=4)


def test_a_crop_counts_in_the_upright_picture(bitmap_of: BitmapOf, tmp_path: Path) -> None:
    right_half = Framing(fit="fill", crop=Crop(x=0.5, width=0.5))
    for orientation in range(1, 9):
        path = save(quarters(), tmp_path / "a.jpg", "jpeg", orientation)
        assert_quarters(bitmap_of(path, 48, 64, right_half), (GREEN, GREEN, YELLOW, YELLOW))


def test_a_jpeg_decoded_small_lies_where_it_lies_in_full(bitmap_of: BitmapOf, tmp_path: Path) -> None:
    """Decoding at an eighth rounds sizes up; the ends of a picture of odd sides must not move by that."""
    image = quarters((1209, 803))
    small = bitmap_of(save(image, tmp_path / "a.jpg", "jpeg"), 60, 40)
    full = bitmap_of(save(image, tmp_path / "a.png", "png"), 60, 40)
    assert np.abs(small - full).max() <= 6


# --- pixels -----------------------------------------------------------------------------------------------------------


def mac_grey() -> Image.Image:
    """The red of the picture, as grey of 16 bits with the high byte first."""
    red = np.asarray(quarters())[..., 0].astype(">u2") * 257
    return Image.frombytes("I;16B", SIZE, red.astype(">u2").tobytes())


def test_kinds_of_pixels(bitmap_of: BitmapOf, tmp_path: Path) -> None:
    grey = tuple((level, level, level) for level in (82, 107, 63, 178))  # by Pillow's weights, those of BT.601
    pictures = {
        "palette": (save(quarters().quantize(4), tmp_path / "a.png"), QUARTERS),
        "cmyk": (save(quarters().convert("CMYK"), tmp_path / "b.jpg", "jpeg"), QUARTERS),
        "cmyk tiff": (save(quarters().convert("CMYK"), tmp_path / "c.tif", "tiff"), QUARTERS),
        "16 bits": (with_deep_colours(tmp_path / "d.png"), QUARTERS),
        "16 bits, grey": (with_deep_colours(tmp_path / "e.png", grey=True), tuple((c[0],) * 3 for c in QUARTERS)),
        "16 bits, grey, as a Mac has them": (
            save(mac_grey(), tmp_path / "h.tif", "tiff"),
            tuple((c[0],) * 3 for c in QUARTERS),
        ),
        "grey": (save(quarters().convert("L"), tmp_path / "f.png"), grey),
        "grey jpeg": (save(quarters().convert("L"), tmp_path / "g.jpg", "jpeg"), grey),
    }
    for path, colours in pictures.values():
        assert_quarters(bitmap_of(path), colours, within=4)


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "avif", "heic", "tiff"])
def test_colours_are_those_of_the_profile(kind: str, bitmap_of: BitmapOf, tmp_path: Path) -> None:
    path = save(quarters(), tmp_path / "a", kind, icc_profile=swapping_profile())
    # Its gamma is not quite the curve of sRGB.
    assert_quarters(bitmap_of(path), tuple((blue, green, red) for red, green, blue in QUARTERS), within=10)


def test_a_profile_that_is_none_is_passed_over(bitmap_of: BitmapOf, tmp_path: Path) -> None:
    for profile in (b"garbage", swapping_profile()[:200]):
        assert_quarters(bitmap_of(save(quarters(), tmp_path / "a.jpg", "jpeg", icc_profile=profile)))


@pytest.mark.parametrize("kind", ["png", "webp", "webp-lossless", "avif", "heic", "tiff"])
def test_alpha_stays_straight(kind: str, bitmap_of: BitmapOf, tmp_path: Path) -> None:
    colours = tuple((*colour, alpha) for colour, alpha in zip(QUARTERS, (255, 180, 90, 255), strict=True))
    pixels = bitmap_of(save(quarters((192, 128), colours), tmp_path / "a", kind))
    assert_quarters(pixels, colours, within=6)
    alphas = [pixels[y, x, 3] for y in (10, 50) for x in (10, 80)]
    assert np.abs(np.array(alphas) - (255, 180, 90, 255)).max() <= 2


def test_nothing_of_what_is_transparent_shows(make_bitmap: Callable[..., Planes], tmp_path: Path) -> None:
    """Red beside transparent green, scaled down: over red of its own it is not seen, neither in luma nor in chroma."""
    pixels = np.zeros((256, 256, 4), np.uint8)
    pixels[..., 1] = 255
    yy, xx = np.mgrid[:256, :256]
    pixels[(yy - 128) ** 2 + (xx - 128) ** 2 < 100**2] = (*RED, 255)
    bitmap = make_bitmap(save(Image.fromarray(pixels), tmp_path / "a.png"), 64, 64)
    assert bitmap.a is not None
    assert (bitmap.a[0, 0], bitmap.a[32, 32]) == (0, 255)
    ground = filled(64, 64, "#{:02x}{:02x}{:02x}".format(*RED))
    lay(bitmap, ground)
    assert np.abs(seen(ground)[..., :3] - RED).max() <= 4


def test_the_palettes_transparent_colour(bitmap_of: BitmapOf, tmp_path: Path) -> None:
    image = quarters().quantize(4)
    index = image.getpixel((5, 5))
    pixels = bitmap_of(save(image, tmp_path / "a.gif", "gif", transparency=index))
    assert pixels[10, 10, 3] == 0
    assert tuple(pixels[10, 80, 3:]) == (255,)


def test_an_animation_shows_its_first_picture(bitmap_of: BitmapOf, tmp_path: Path) -> None:
    for kind in ("gif", "png", "webp", "avif"):
        path = save(quarters(), tmp_path / "a", kind, save_all=True, append_images=[quarters().rotate(180)])
        assert_quarters(bitmap_of(path), within=4)


# --- framing ----------------------------------------------------------------------------------------------------------

WHOLE = (0.0, 0.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("framing", "picture", "area", "box", "size", "at"),
    [
        (Framing(fit="fill"), (400, 300), (100, 200), WHOLE, (100, 200), (0, 0)),
        (Framing(fit="contain"), (400, 300), (100, 200), WHOLE, (100, 75), (0, 62)),
        (Framing(fit="contain"), (300, 400), (200, 100), WHOLE, (75, 100), (62, 0)),
        (Framing(fit="contain-blur"), (400, 300), (100, 200), WHOLE, (100, 75), (0, 62)),
        (Framing(fit="contain"), (10, 10), (100, 200), WHOLE, (100, 100), (0, 50)),
        (Framing(fit="contain"), (9000, 1), (100, 200), WHOLE, (100, 1), (0, 99)),
        (Framing(fit="cover"), (400, 300), (100, 200), (0.3125, 0.0, 0.6875, 1.0), (100, 200), (0, 0)),
        (Framing(fit="cover", focus=(0, 0)), (400, 300), (100, 200), (0.0, 0.0, 0.375, 1.0), (100, 200), (0, 0)),
        (Framing(fit="cover", focus=(0.4, 0)), (400, 300), (100, 200), (0.2125, 0.0, 0.5875, 1), (100, 200), (0, 0)),
        (Framing(fit="cover", focus=(0.9, 1)), (400, 300), (100, 200), (0.625, 0.0, 1.0, 1.0), (100, 200), (0, 0)),
        (Framing(fit="none"), (400, 300), (100, 200), (0.375, 1 / 6, 0.625, 5 / 6), (100, 200), (0, 0)),
        (Framing(fit="none", focus=(1, 1)), (400, 300), (100, 200), (0.75, 1 / 3, 1.0, 1.0), (100, 200), (0, 0)),
        (Framing(fit="none"), (40, 30), (100, 200), WHOLE, (40, 30), (30, 85)),
        (Framing(fit="none"), (400, 30), (100, 200), (0.375, 0.0, 0.625, 1.0), (100, 30), (0, 85)),
        (
            Framing(fit="contain", crop=Crop(x=0.5, y=0.25, width=0.25, height=0.5)),
            (400, 300),
            (100, 200),
            (0.5, 0.25, 0.75, 0.75),
            (100, 150),
            (0, 25),
        ),
        (
            Framing(fit="cover", crop=Crop(x=0.5, width=0.5), focus=(1, 0.5)),
            (400, 300),
            (100, 200),
            (0.625, 0.0, 1.0, 1.0),
            (100, 200),
            (0, 0),
        ),
    ],
)
def test_framing(framing: Framing, picture: Any, area: Any, box: Any, size: Any, at: Any) -> None:
    place = framed(framing, picture, area)
    assert place.box == pytest.approx(box)
    assert (place.size, place.at) == (size, at)


def test_contain_leaves_the_rest_transparent(bitmap_of: BitmapOf, tmp_path: Path) -> None:
    pixels = bitmap_of(save(quarters(), tmp_path / "a.png"), 96, 160, Framing(fit="contain"))
    assert_quarters(pixels[48:112])
    assert (pixels[48:112, :, 3] == 255).all()
    assert (pixels[:48, :, 3] == 0).all()
    assert (pixels[112:, :, 3] == 0).all()
    # Chroma is shared by two pixels: the edge keeps its colour.
    assert np.abs(pixels[48, 4:44, :3] - RED).max() <= 3


def test_cover_keeps_the_focus_in_sight(bitmap_of: BitmapOf, tmp_path: Path) -> None:
    path = save(quarters(), tmp_path / "a.png")
    assert_quarters(bitmap_of(path, 32, 64, Framing(fit="cover", focus=(0, 0))), (RED, RED, BLUE, BLUE))
    assert_quarters(bitmap_of(path, 32, 64, Framing(fit="cover", focus=(1, 0))), (GREEN, GREEN, YELLOW, YELLOW))
    assert_quarters(bitmap_of(path, 32, 64, Framing(fit="cover")), QUARTERS)


def test_none_shows_every_pixel_as_it_is(make_bitmap: Callable[..., Planes], tmp_path: Path) -> None:
    noise = Image.effect_noise((301, 201), 60).convert("RGB")
    path = save(noise, tmp_path / "a.png")
    bitmap = make_bitmap(path, 100, 80, Framing(fit="none", focus=(1, 1)))
    expected = np.asarray(noise.convert("RGBA"))[121:201, 201:301]
    assert np.abs(bitmap.y.astype(int) - planes_of(expected).y).max() <= 1


def test_contain_blur_fills_with_the_picture_blurred(bitmap_of: BitmapOf, tmp_path: Path) -> None:
    pixels = bitmap_of(save(quarters(), tmp_path / "a.png"), 96, 256, Framing(fit="contain-blur"))
    assert (pixels[..., 3] == 255).all()
    assert_quarters(pixels[96:160])
    # Left of the middle above: between red and green, still more of red; no sharp edge anywhere.
    above = pixels[8:80, :, :3]
    assert above[40, 8, 0] > above[40, 88, 0] + 60
    assert np.abs(np.diff(above, axis=1)).max() < 18


def test_contain_blur_behind_a_transparent_picture(bitmap_of: BitmapOf, tmp_path: Path) -> None:
    colours = ((*RED, 255), (*GREEN, 0), (*BLUE, 255), (*YELLOW, 255))
    pixels = bitmap_of(save(quarters(colours=colours), tmp_path / "a.png"), 96, 192, Framing(fit="contain-blur"))
    assert np.abs(pixels[70, 10, :3] - RED).max() <= 3
    assert pixels[70, 90, 3] < 255


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (17, 1)])
def test_tiny_pictures_grow(size: tuple[int, int], bitmap_of: BitmapOf, tmp_path: Path) -> None:
    pixels = bitmap_of(save(Image.new("RGB", size, RED), tmp_path / "a.png"), 120, 80, Framing(fit="cover"))
    assert np.abs(pixels[..., :3] - RED).max() <= 2


# --- quality and memory -----------------------------------------------------------------------------------------------


def test_a_shrunk_photo_is_as_good_as_lanczos(make_bitmap: Callable[..., Planes], tmp_path: Path) -> None:
    """A JPEG decoded at half size on the way, against Lanczos on the picture in full."""
    rng = np.random.default_rng(1)
    layers = [cv2.resize(rng.normal(0, 90 >> k, (15 << k, 20 << k, 3)), (1280, 960)) for k in range(6)]
    photo = Image.fromarray(np.clip(128 + np.sum(layers, axis=0), 0, 255).astype(np.uint8))
    path = save(photo, tmp_path / "a.jpg", "jpeg")
    with Image.open(path) as image:
        best = planes_of(np.asarray(image.resize((300, 226), Image.Resampling.LANCZOS).convert("RGBA")))
    bitmap = make_bitmap(path, 300, 226)
    for ours, theirs in zip(bitmap.colours(), best.colours(), strict=True):
        noise = float(np.mean((ours.astype(float) - theirs) ** 2))
        assert 10 * np.log10(255**2 / max(noise, 1e-9)) > 45


MEASURE = """
import re, sys
from reel.images.decode import decode_boxes
decode_boxes(open(sys.argv[1], "rb"), 1 << 28, [((0, 0, 1, 1), (1080, 810))])
print(int(re.search("VmHWM:\\\\s*(\\\\d+)", open("/proc/self/status").read())[1]) >> 10)
"""


def test_a_large_photo_takes_little_memory(tmp_path: Path) -> None:
    """48 megapixels: 192 MB as pixels, 48 MB at half size."""
    path = save(quarters((8000, 6000)), tmp_path / "a.jpg", "jpeg-420")
    peak = subprocess.run([sys.executable, "-c", MEASURE, str(path)], check=True, capture_output=True)
    assert int(peak.stdout) < 160


# --- what a PNG states of its pixels ----------------------------------------------------------------------------------


def stated(gamma: int = 0, *colours: float) -> dict[str, bytes]:
    """`gAMA` in 1/100,000, and `cHRM` of white, red, green and blue."""
    chunks = {"gAMA": struct.pack(">I", gamma)} if gamma else {}
    return chunks | ({"cHRM": struct.pack(">8I", *(round(each * 100_000) for each in colours))} if colours else {})


SRGB = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
P3 = (0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06)
ADOBE = (0.3127, 0.329, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
# Expected levels by IEC 61966-2-1 and the primaries' matrices; all whites are D65.


@pytest.mark.parametrize(
    ("chunks", "value", "expected"),
    [
        (stated(100_000), (128, 55, 255), (188, 128, 255)),  # light itself
        (stated(55_556), (128, 128, 128), (145, 145, 145)),  # power 1.8, of old Macintoshes
        (stated(0, *P3), (234, 51, 35), (255, 0, 0)),  # the red of sRGB in Display P3 (CSS Color 4)
        (stated(45_455, *ADOBE), (200, 180, 90), (209, 181, 83)),
        (stated(100_000, *P3), (128, 128, 128), (188, 188, 188)),
        (stated(45_455), (128, 55, 255), (128, 55, 255)),  # what sRGB is stated as
        (stated(45_455, *SRGB), (128, 55, 255), (128, 55, 255)),
        (stated(45_000, 0.313, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06), (128, 55, 255), (128, 55, 255)),
        ({"sRGB": b"\0", **stated(100_000)}, (128, 55, 255), (128, 55, 255)),  # goes first
        ({"iCCP": b"a\0\0" + zlib.compress(swapping_profile()), **stated(100_000)}, (128, 55, 200), (200, 55, 128)),
        ({"cICP": bytes((12, 13, 0, 1)), **stated(100_000)}, (234, 51, 35), (255, 0, 0)),
        (stated(100_000, *(0.0,) * 8), (128, 55, 255), (128, 55, 255)),  # no colours at all: passed over
        (stated(1), (128, 55, 255), (128, 55, 255)),  # a power of 100,000
    ],
)
def test_a_png_is_shown_in_the_colours_that_it_states(
    chunks: dict[str, bytes], value: tuple[int, ...], expected: tuple[int, ...], bitmap_of: BitmapOf, tmp_path: Path
) -> None:
    path = written_png(tmp_path / "a.png", np.full((64, 96, 3), value), chunks=chunks)
    assert np.abs(bitmap_of(path)[32, 48, :3] - expected).max() <= 3


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_a_grey_png_states_its_curve(depth: int, bitmap_of: BitmapOf, tmp_path: Path) -> None:
    most = (1 << depth) - 1
    level = round(most * 128 / 255)
    path = written_png(tmp_path / "a.png", np.full((64, 96, 1), level), depth, stated(100_000))
    light = level / most
    expected = 255 * (1.055 * light ** (1 / 2.4) - 0.055) if light else 0
    assert np.abs(bitmap_of(path)[32, 48, :3] - expected).max() <= 3


@pytest.mark.parametrize("depth", [2, 4, 8, 16])
def test_a_grey_png_of_which_a_level_is_transparent_states_its_curve(
    depth: int, bitmap_of: BitmapOf, tmp_path: Path
) -> None:
    most = (1 << depth) - 1
    samples = np.full((64, 96, 1), round(most / 3))
    samples[:, 48:] = most
    chunks = {**stated(100_000), "tRNS": struct.pack(">H", most)}
    pixels = bitmap_of(written_png(tmp_path / "a.png", samples, depth, chunks))
    assert np.abs(pixels[32, 24, :3] - 255 * (1.055 * (1 / 3) ** (1 / 2.4) - 0.055)).max() <= 4
    assert (pixels[:, 52:, 3] == 0).all()


@pytest.mark.parametrize(("channels", "depth"), [(1, 1), (1, 2), (1, 4), (1, 8), (1, 16), (3, 8), (3, 16)])
def test_one_level_of_a_png_is_transparent(channels: int, depth: int, bitmap_of: BitmapOf, tmp_path: Path) -> None:
    most = (1 << depth) - 1
    samples = np.zeros((64, 96, channels), int)
    samples[:, 48:] = clear = round(most * 0.7)
    path = written_png(tmp_path / "a.png", samples, depth, {"tRNS": struct.pack(f">{channels}H", *[clear] * channels)})
    pixels = bitmap_of(path)
    assert (pixels[:, 4:44, 3] == 255).all()
    assert np.abs(pixels[:, 4:44, :3]).max() <= 3
    assert (pixels[:, 52:, 3] == 0).all()


# --- wide gamut and high dynamic range --------------------------------------------------------------------------------


def rgba(*colours: tuple[int, int, int]) -> npt.NDArray[np.uint8]:
    return np.array([[(*colour, 255) for colour in colours]], np.uint8)


@pytest.mark.parametrize(
    ("colour", "value", "expected"),
    [
        (Colour(), (10, 200, 77), (10, 200, 77)),
        (Colour(primaries="bt709", transfer="iec61966-2-1"), (10, 200, 77), (10, 200, 77)),
        (Colour(primaries="bt2020"), (128, 128, 128), (128, 128, 128)),
        (Colour(primaries="bt2020"), (0, 255, 0), (0, 255, 0)),  # outside of sRGB: clipped
        (Colour(primaries="smpte432"), (255, 255, 255), (255, 255, 255)),
        (Colour(primaries="smpte432"), (234, 51, 35), (255, 0, 0)),  # the red of sRGB in Display P3 (CSS Color 4)
        (Colour(primaries="bt2020", transfer="smpte2084"), (0, 0, 0), (0, 0, 0)),
        (Colour(primaries="bt2020", transfer="smpte2084"), (64, 64, 64), (45, 45, 45)),  # 5.3 cd/m2 of 203
        (Colour(transfer="arib-std-b67"), (0, 0, 0), (0, 0, 0)),
        (Colour(transfer="smpte2084"), (255, 255, 255), (255, 255, 255)),
    ],
)
def test_colours_in_sdr(colour: Colour, value: Any, expected: Any) -> None:
    result = pixels_to_sdr(rgba(value), colour)
    assert np.abs(result[0, 0, :3].astype(int) - expected).max() <= 4, result
    assert result[0, 0, 3] == 255


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_tone_mapping_rises_and_keeps_grey(transfer: str) -> None:
    ramp = rgba(*((level, level, level) for level in range(256)))
    result = pixels_to_sdr(ramp, Colour(primaries="bt2020", transfer=transfer))[0].astype(int)
    assert (np.diff(result[:, 0]) >= 0).all()
    assert np.abs(result[:, 0] - result[:, 2]).max() <= 1
    assert result[-1, 0] == 255


# --- files from the wild ----------------------------------------------------------------------------------------------


@needs_corpus
@pytest.mark.parametrize(
    "path",
    # One has more pixels than are taken (tests/packets/test_probe.py).
    [pytest.param(path, id=path.name) for path in corpus_files("image") if path.name != "black_large.webp"],
)
def test_every_picture_of_the_corpus_becomes_a_bitmap(path: Path, make_bitmap: Callable[..., Planes]) -> None:
    if path.name == "ultrahdr.jpg":  # it ends after its header
        with pytest.raises(BadMedia, match="truncated"):
            make_bitmap(path, 90, 160)
        return
    bitmap = make_bitmap(path, 90, 160, Framing(fit="contain"))
    assert bitmap.a is None or bitmap.a.max() == 255
    if path.name.startswith("four-colors"):
        inside = bitmap.a > 0 if bitmap.a is not None else np.ones(bitmap.y.shape, bool)
        rows = np.flatnonzero(inside.any(axis=1))
        picture = seen(bitmap)[rows[0] : rows[-1] + 1]
        flipped = ((255, 255, 0), (255, 0, 0), (0, 0, 255), (0, 255, 0))
        assert_quarters(picture, flipped, within=6)


def test_a_file_that_breaks_after_its_facts_were_read(worker: Worker, tmp_path: Path) -> None:
    path = save(quarters(), tmp_path / "a.jpg", "jpeg")
    facts = probe(path, "0" * 64, "a")
    assert facts.video
    (asset := tmp_path / "asset").mkdir()
    (asset / "asset").write_bytes(path.read_bytes()[:500])
    worker.store.publish(asset, "0" * 64, "asset")
    operation = ImageBitmap(source=source_of(facts.video, "0" * 64, facts.demuxer), width=64, height=64)
    with pytest.raises(BadMedia, match="image a: is a picture that cannot be decoded"):
        make_image_bitmap(operation, StepContext(worker, tmp_path, "image a"))
