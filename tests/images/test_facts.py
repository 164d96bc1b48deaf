"""The facts of still pictures: size as displayed, turn, transparency; and what is no use, named before anything is made."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from PIL import Image, PngImagePlugin

from reel.errors import BadMedia
from reel.media import MediaFacts
from reel.packets.probe import probe
from tests.packets.test_probe import make_by
from tests.some import some
from tests.stills import FORMATS, QUARTERS, SIZE, quarters, save, swapping_profile, turned_heic, with_deep_colours


def facts_of(path: Path) -> MediaFacts:
    return probe(path, "0" * 64, "images[0]")


def refusal_of(path: Path) -> str:
    with pytest.raises(BadMedia) as raised:
        facts_of(path)
    assert raised.value.problems[0].place == "images[0]"
    return str(raised.value)


def test_every_format_is_a_still_of_its_size(tmp_path: Path) -> None:
    for kind in FORMATS:
        facts = facts_of(save(quarters(), tmp_path / kind, kind))
        assert facts.still, kind
        assert facts.video, kind
        assert (facts.video.display_size, facts.video.frames) == (SIZE, 1), kind
        assert not facts.video.alpha, kind


@pytest.mark.parametrize("kind", some(["jpeg", "png", "tiff", "webp", "avif"], 3))
def test_the_size_is_that_of_the_upright_picture(kind: str, tmp_path: Path) -> None:
    for orientation in range(1, 9):
        facts = facts_of(save(quarters(), tmp_path / "a", kind, orientation))
        assert facts.video
        assert facts.video.display_size == SIZE, orientation


def test_the_turn_of_a_heic(tmp_path: Path) -> None:
    video = facts_of(turned_heic(tmp_path / "a.heic")).video
    assert video
    assert video.display_size == SIZE


def test_a_photo_in_tiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pillow_heif.options, "GRID_TILE_SIZE", 128)
    facts = facts_of(save(quarters((500, 300)), tmp_path / "a.heic", "heic"))
    assert facts.still
    assert facts.video
    assert (facts.video.display_size, facts.video.codec) == ((500, 300), "hevc")


def test_what_kind_of_pixels(tmp_path: Path) -> None:
    clear = quarters(colours=tuple((*colour, 128) for colour in QUARTERS))
    pictures = {
        "grey": (quarters().convert("L"), "png", False),
        "grey with alpha": (clear.convert("LA"), "png", True),
        "palette": (quarters().quantize(), "png", False),
        "black and white": (quarters().convert("1"), "tiff-lzw", False),
        "cmyk": (quarters().convert("CMYK"), "jpeg", False),
        "grey jpeg": (quarters().convert("L"), "jpeg-progressive", False),
        "png": (clear, "png", True),
        "webp": (clear, "webp", True),
        "webp-lossless": (clear, "webp-lossless", True),
        "avif": (clear, "avif", True),
        "heic": (clear, "heic", True),
        "tiff": (clear, "tiff", True),
    }
    for name, (image, kind, alpha) in pictures.items():
        facts = facts_of(save(image, tmp_path / "a", kind))
        assert facts.still, name
        assert facts.video, name
        assert facts.video.alpha == alpha, name
    deep = facts_of(with_deep_colours(tmp_path / "deep.png")).video
    assert deep
    assert deep.bit_depth == 16


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "avif", "heic", "tiff"])
def test_a_profile_of_colours_is_no_obstacle(kind: str, tmp_path: Path) -> None:
    """Nor together with EXIF: PyAV frees the profile's name in a PNG twice, and knows no EXIF."""
    facts = facts_of(save(quarters(), tmp_path / "a", kind, 3, icc_profile=swapping_profile()))
    assert facts.video
    assert facts.video.display_size == SIZE


def test_animations(tmp_path: Path) -> None:
    """A GIF or APNG that moves is a video; of an animated WebP, which FFmpeg's libraries do not read, the first picture
    is a still."""
    frames: dict[str, Any] = {"save_all": True, "append_images": [quarters().rotate(180)], "duration": 100}
    gif, apng = (
        facts_of(save(quarters(), tmp_path / "a", "gif", **frames)),
        facts_of(save(quarters(), tmp_path / "b", "png", **frames)),
    )
    assert gif.video
    assert apng.video
    assert (gif.still, gif.video.frames, apng.still, apng.video.frames) == (False, 2, False, 2)
    avif = facts_of(save(quarters(), tmp_path / "d", "avif", **frames))
    assert avif.video
    assert (avif.still, avif.video.frames) == (False, 2)
    assert [each.is_picture for each in (gif, apng, avif)] == [True] * 3, (
        "the first frame stands where a still is asked for"
    )
    assert (avif.video.alpha, avif.warnings) == (False, ())
    clear = quarters(colours=tuple((*colour, 128) for colour in QUARTERS))
    moving = {**frames, "append_images": [clear.rotate(180)]}
    for kind in ("avif", "gif", "png"):
        video = (facts := facts_of(save(clear, tmp_path / "f", kind, **moving))).video
        assert video
        assert video.alpha, "as a still picture it is transparent: nothing that lies below is left out"
        assert [told.startswith("is transparent as a still picture alone") for told in facts.warnings] == (
            [True] if kind == "avif" else []
        )
    webp = facts_of(save(quarters(), tmp_path / "c", "webp", **frames))
    assert webp.still
    assert "2 pictures, of which only the first" in webp.warnings[0]
    assert webp.without_motion == "is an animation of 2 pictures, of which only the first can be shown"
    assert facts_of(save(quarters(), tmp_path / "e", "webp")).without_motion == "is a still picture"


@pytest.mark.parametrize("kind", FORMATS)
def test_a_truncated_picture_is_refused(kind: str, tmp_path: Path) -> None:
    whole = save(Image.effect_noise((200, 150), 80).convert("RGB"), tmp_path / "whole", kind).read_bytes()
    for share in (0.1, 0.6, 0.98):
        path = tmp_path / "cut"
        path.write_bytes(whole[: int(len(whole) * share)])
        assert len(refusal_of(path)) > 30


def grey_tiff(bits: int, photometric: int) -> bytes:
    """A TIFF of 16 by 2 pixels of grey, without compression."""
    data = bytes(range(16 * 2 * bits // 8))
    tags = {256: 16, 257: 2, 258: bits, 259: 1, 262: photometric, 273: 8, 277: 1, 278: 2, 279: len(data)}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    return struct.pack("<2sHI", b"II", 42, 8 + len(data)) + data + struct.pack("<H", len(tags)) + entries + bytes(4)


def test_deep_grey_that_pillow_takes_for_other_than_it_is(tmp_path: Path) -> None:
    path = tmp_path / "grey.tif"
    for bits, photometric, said in (
        (12, 1, "grey of 12 bits"),
        (16, 0, "grey of 16 bits that is white at 0"),
    ):
        path.write_bytes(grey_tiff(bits, photometric))
        assert f"has pixels of a kind that is not accepted ({said})" in refusal_of(path)
    for bits, photometric in ((16, 1), (8, 1), (8, 0)):
        path.write_bytes(grey_tiff(bits, photometric))
        assert facts_of(path).still


def test_a_png_whose_end_lacks_is_not_said_to_have_no_size(tmp_path: Path) -> None:
    whole = save(Image.effect_noise((200, 150), 80).convert("RGB"), tmp_path / "whole", "png").read_bytes()
    (tmp_path / "cut").write_bytes(whole[: len(whole) // 2])
    assert "image file is truncated (the file is damaged" in refusal_of(tmp_path / "cut")


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_that_is_torn_is_told(progressive: bool, tmp_path: Path) -> None:
    """Its end is there, as motion photos and repaired uploads have it, and nothing of its middle: grey is shown for that."""
    noise = Image.effect_noise((200, 150), 80).convert("RGB")
    noise.save(tmp_path / "whole.jpg", quality=90, progressive=progressive)
    assert facts_of(tmp_path / "whole.jpg").warnings == ()
    whole = (tmp_path / "whole.jpg").read_bytes()
    half = len(whole) // 2
    for torn in (
        whole[:half] + b"\xff\xd9",
        whole[: int(len(whole) * 0.95)] + b"\xff\xd9",
        whole[:half] + whole[half + 900 :],
    ):
        path = tmp_path / "torn.jpg"
        path.write_bytes(torn)
        (told,) = facts_of(path).warnings
        assert told.startswith("the picture is damaged")


@pytest.mark.parametrize(
    "behind", [b"\0\xff\x5f\x08", b"\xff\x5f" * 300, "a gain map"], ids=["data", "much data", "gain map"]
)
def test_a_jpeg_with_something_behind_its_end_is_one(behind: bytes | str, tmp_path: Path) -> None:
    """Photos of today's telephones have a second JPEG there, and cameras and scanners data of their own."""
    path = save(quarters(), tmp_path / "photo", "jpeg")
    other = save(quarters((40, 30)), tmp_path / "map", "jpeg").read_bytes()
    with path.open("ab") as file:
        file.write(behind if isinstance(behind, bytes) else other[:2] + b"\xff\x5f\0\x08gained" + other[2:])
    facts = facts_of(path)
    assert facts.still
    assert facts.video
    assert (facts.video.display_size, facts.demuxer, facts.warnings) == (SIZE, "jpeg_pipe", ())


def test_a_jpeg_that_ffmpeg_has_no_decoder_for(tmp_path: Path) -> None:
    quarters().convert("CMYK").save(tmp_path / "a", "JPEG", subsampling="4:2:2")
    facts = facts_of(tmp_path / "a")
    assert facts.still
    assert facts.video
    assert (facts.video.display_size, facts.video.codec) == (SIZE, "mjpeg")


def test_text_in_a_png_does_not_spoil_it(tmp_path: Path) -> None:
    """Neither EXIF as ImageMagick writes it with a letter that is none of its digits, nor a text of 2 MiB."""
    for name, text in (("Raw profile type exif", "\nexif\n   8\n457869660g00\n"), ("Comment", "long " * 400_000)):
        said = PngImagePlugin.PngInfo()
        said.add_text(name, text, zip=True)
        facts = facts_of(save(quarters(), tmp_path / "a", "png", pnginfo=said))
        assert facts.video, name
        assert facts.video.display_size == SIZE, name


def test_a_kind_that_pillow_does_not_read_is_not_said_to_be_damaged(tmp_path: Path) -> None:
    """A BMP whose masks give each colour four bits."""
    head = struct.pack("<IiiHHIIiiII3I", 52, 2, 1, 1, 16, 3, 4, 0, 0, 0, 0, 0xF00, 0xF0, 0xF)[:52]
    path = tmp_path / "a.bmp"
    path.write_bytes(struct.pack("<2sIHHI", b"BM", 70, 0, 0, 66) + head + bytes(16))
    said = refusal_of(path)
    assert "of a kind that is not accepted" in said
    assert "damaged" not in said


def png_of(width: int, height: int, data: bytes) -> bytes:
    """A PNG of one-bit grey; `data` are its packed pixels."""
    chunks = {b"IHDR": struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0), b"IDAT": data, b"IEND": b""}
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        for name, content in chunks.items()
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty (0 bytes)"),
        (b"Dear customer, the photo follows tomorrow.", "is a text file"),
        (png_of(30_000, 30_000, zlib.compress(bytes(30_000 * 3751), 1)), "30000x30000, more than"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(300), "is a picture (mjpeg) that is damaged"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0\0\0\x40meta" + bytes(56), "is a picture"),
        (b"\0\0\0\x10ftypmif3heic" + b"\0\0\0\x40mini" + bytes(56), "is a picture of a kind that is not accepted"),
    ],
    ids=["nothing", "text", "bomb", "jpeg", "heic", "heic without boxes"],
)
def test_what_is_no_picture_is_refused(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    assert words in refusal_of(path)


def test_pictures_that_cannot_be_composed_are_refused(tmp_path: Path) -> None:
    drawn = make_by("-f lavfi -i testsrc2=s=64x64 -frames:v 1", tmp_path / "a.exr")
    assert "of a kind that is not accepted" in refusal_of(drawn)


def deep_apng(path: Path) -> Path:
    """A red picture of 16 bits, before an animation of such that lie over one another, which FFmpeg's decoder does not do."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    width, height = SIZE
    picture = zlib.compress((b"\0" + struct.pack(">4H", 0xFFFF, 0, 0, 0xFFFF) * width) * height)
    frames = [
        chunk(b"fcTL", struct.pack(">IIIIIHHBB", 2 * number, width, height, 0, 0, 1, 25, 0, 1))
        + chunk(b"fdAT", struct.pack(">I", 2 * number + 1) + picture)
        for number in range(2)
    ]
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 6, 0, 0, 0))
        + chunk(b"acTL", struct.pack(">II", len(frames), 0))
        + chunk(b"IDAT", picture)
        + b"".join(frames)
        + chunk(b"IEND", b"")
    )
    return path


def test_of_a_picture_that_pillow_decodes_nothing_is_told_of_what_ffmpeg_lacks(tmp_path: Path) -> None:
    facts = facts_of(deep_apng(tmp_path / "a.png"))
    assert facts.still
    assert facts.warnings == ()
