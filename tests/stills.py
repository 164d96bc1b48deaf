"""Small still pictures made on the spot: four quarters of known colours, in every format and orientation.

`QUARTERS` are the colours as one sees them: top left, top right, bottom left, bottom right.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pillow_heif
from PIL import Image

pillow_heif.register_heif_opener()

RED, GREEN, BLUE, YELLOW = (200, 30, 40), (20, 160, 60), (40, 50, 190), (210, 190, 30)
QUARTERS = (RED, GREEN, BLUE, YELLOW)
SIZE = (96, 64)
"""Of what one sees; not square, so that a missing turn shows."""

NO_CHUNKS: Mapping[str, bytes] = MappingProxyType({})

STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How the picture is stored that an EXIF orientation brings upright: the opposite turn."""

FORMATS: dict[str, dict[str, Any]] = {
    "jpeg": {"format": "JPEG", "quality": 95, "subsampling": 0},
    "jpeg-420": {"format": "JPEG", "quality": 95, "subsampling": 2},
    "jpeg-progressive": {"format": "JPEG", "quality": 95, "subsampling": 0, "progressive": True},
    "png": {"format": "PNG"},
    "webp": {"format": "WEBP", "quality": 95},
    "webp-lossless": {"format": "WEBP", "lossless": True},
    "avif": {"format": "AVIF", "quality": 95, "subsampling": "4:4:4"},
    "heic": {"format": "HEIF", "quality": 95, "chroma": 444},
    "gif": {"format": "GIF"},
    "tiff": {"format": "TIFF"},
    "tiff-lzw": {"format": "TIFF", "compression": "tiff_lzw"},
    "bmp": {"format": "BMP"},
    "jp2": {"format": "JPEG2000", "irreversible": False},
    "ppm": {"format": "PPM"},
    "pcx": {"format": "PCX"},
    "sgi": {"format": "SGI"},
    "qoi": {"format": "QOI"},
    "tiff-lzma": {"format": "TIFF", "compression": "lzma"},
    "tiff-big": {"format": "TIFF", "big_tiff": True},
}


def quarters(size: tuple[int, int] = SIZE, colours: tuple[tuple[int, ...], ...] = QUARTERS) -> Image.Image:
    """A picture of four colours."""
    width, height = size
    pixels = np.empty((height, width, len(colours[0])), np.uint8)
    for index, colour in enumerate(colours):
        down, across = divmod(index, 2)
        pixels[
            down * height // 2 : (down + 1) * height // 2 + height % 2,
            across * width // 2 : (across + 1) * width // 2 + width % 2,
        ] = colour
    return Image.fromarray(pixels)


def save(image: Image.Image, path: Path, kind: str = "png", orientation: int = 1, **options: Any) -> Path:
    """Write a picture as one of the `FORMATS`, held as an EXIF orientation says."""
    turn = STORED[orientation]
    if turn is not None:
        image = image.transpose(turn)
        options["exif"] = Image.Exif()
        options["exif"][0x0112] = orientation
    image.save(path, **FORMATS[kind], **options)
    return path


def masked_bmp(path: Path) -> Path:
    """The picture of four colours as a BMP of 32 bits whose masks put blue and green beside each other, which FFmpeg does not
    read."""
    pixels = np.asarray(quarters()).astype("<u4")[::-1]  # rows from the bottom
    width, height = SIZE
    data = (pixels[..., 0] << 24 | pixels[..., 1] << 8 | pixels[..., 2]).astype("<u4").tobytes()
    head = struct.pack("<IiiHHIIiiII", 52, width, height, 1, 32, 3, len(data), 0, 0, 0, 0)
    masks = struct.pack("<3I", 0xFF000000, 0xFF00, 0xFF)
    path.write_bytes(struct.pack("<2sIHHI", b"BM", 66 + len(data), 0, 0, 66) + head + masks + data)
    return path


def turned_heic(path: Path) -> Path:
    """A HEIC as telephones write it: stored lying on its side, with a property that turns it by 90 degrees to the left.

    The property (`irot`, ISO/IEC 23008-12, 6.5.10) takes the place of one that nobody needs.
    """
    data = save(quarters().transpose(Image.Transpose.ROTATE_270), path, "heic").read_bytes()
    assert data.count(b"pixi\0\0\0\0") == 1
    path.write_bytes(data.replace(b"pixi\0\0\0\0", b"irot\1\0\0\0"))
    return path


def with_deep_colours(path: Path, size: tuple[int, int] = SIZE, *, grey: bool = False) -> Path:
    """A PNG of 16 bits per channel."""
    pixels = np.asarray(quarters(size)).astype(np.uint16) * 257
    return written_png(path, pixels[..., :1] if grey else pixels, 16)


def written_png(path: Path, samples: npt.NDArray[Any], depth: int = 8, chunks: Mapping[str, bytes] = NO_CHUNKS) -> Path:
    """A PNG of grey or RGB samples of so many bits, with these chunks in front; by hand, as Pillow writes few kinds."""
    height, width, channels = samples.shape
    if depth < 8:
        bits = np.unpackbits(samples.astype("u1"), axis=-1)[..., -depth:]
        rows = np.packbits(bits.reshape(height, -1), axis=1)
    else:
        rows = samples.reshape(height, -1).astype(f">u{depth // 8}").view("u1")
    header = struct.pack(">IIBBBBB", width, height, depth, 0 if channels == 1 else 2, 0, 0, 0)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    said = b"".join(chunk(name.encode(), data) for name, data in chunks.items())
    stored = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + said + chunk(b"IDAT", stored) + chunk(b"IEND", b"")
    )
    return path


def swapping_profile() -> bytes:
    """An ICC profile in which red means blue and blue means red: who passes it over shows wrong colours.

    A matrix profile of version 2 (ICC.1:2001-04) with the primaries of sRGB, adapted to D50, and a gamma of 2.2.
    """

    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))

    curve = b"curv\0\0\0\0" + struct.pack(">IHxx", 1, round(2.2 * 256))
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", 5) + b"swap\0" + bytes(78),
        b"cprt": b"text\0\0\0\0none\0\0\0\0",
        b"wtpt": xyz(0.9642, 1, 0.8249),
        b"rXYZ": xyz(0.1431, 0.0606, 0.7141),
        b"gXYZ": xyz(0.3851, 0.7169, 0.0971),
        b"bXYZ": xyz(0.4361, 0.2225, 0.0139),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    table, data, begin = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += name + struct.pack(">II", begin + len(data), len(content))
        data += content + bytes(-len(content) % 4)
    size = begin + len(data)
    header = struct.pack(">I4sI4s4s4s12x4s", size, b"none", 0x02100000, b"mntr", b"RGB ", b"XYZ ", b"acsp")
    header = header.ljust(68, b"\0") + struct.pack(">3i", 63190, 65536, 54061)
    return header.ljust(128, b"\0") + table + data
