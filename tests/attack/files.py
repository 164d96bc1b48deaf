"""Files that are made to harm whoever reads them: 60 of them."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

Make = Callable[[Path], bytes]


def video(
    kind: str, codec: str, times: tuple[int, ...] = (0, 40, 80), size: tuple[int, int] = (32, 32), **options: str
) -> bytes:
    """A small video, its frames at these milliseconds."""
    held = io.BytesIO()
    with av.open(held, "w", format=kind, options=options) as out:
        stream: Any = out.add_stream(codec, rate=25)
        stream.width, stream.height = size
        stream.options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for number, time in enumerate(times):
            frame = av.VideoFrame.from_ndarray(
                np.full((size[1] * 3 // 2, size[0]), 40 * number % 255, np.uint8), "yuv420p"
            )
            frame = frame.reformat(format=stream.pix_fmt)
            frame.pts, frame.time_base = time, Fraction(1, 1000)
            for packet in stream.encode(frame):
                out.mux(packet)
        for packet in stream.encode(None):
            out.mux(packet)
    return held.getvalue()


def picture(kind: str, size: tuple[int, int] = (64, 64), mode: str = "RGB", **options: object) -> bytes:
    held = io.BytesIO()
    Image.new(mode, size).save(held, kind, **options)
    return held.getvalue()


def png(width: int, height: int, *more: tuple[bytes, bytes], data: bytes = b"") -> bytes:
    """A PNG that says it has this size."""
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)),
        *more,
        (b"IDAT", data or zlib.compress(bytes(99))),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def gif(width: int, height: int, frames: int) -> bytes:
    """A GIF of so many frames of one pixel each, on a screen of this size."""
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    frame = b"\x21\xf9\x04\x00\x04\x00\x00\x00\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return head + frame * frames + b"\x3b"


def box(kind: str, *inside: bytes) -> bytes:
    content = b"".join(inside)
    return struct.pack(">I", 8 + len(content)) + kind.encode() + content


def patched(data: bytes, after: bytes, skip: int, new: bytes) -> bytes:
    """The same with other bytes somewhere behind a mark."""
    at = data.index(after) + len(after) + skip
    return data[:at] + new + data[at + len(new) :]


def wav(channels: int = 2, rate: int = 48_000, bits: int = 16, says: int = 4000) -> bytes:
    form = struct.pack(
        "<HHIIHH", 1, channels, rate, rate * channels * bits // 8 & 0xFFFFFFFF, channels * bits // 8 & 0xFFFF, bits
    )
    return (
        b"RIFF"
        + struct.pack("<I", says + 36)
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + form
        + b"data"
        + struct.pack("<I", says)
        + bytes(4000)
    )


def noise(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


MP4 = lambda: video("mp4", "libx264")  # noqa: E731
MKV = lambda *times: video("matroska", "mjpeg", times or (0, 40, 80))  # noqa: E731

FILES: dict[str, Make] = {
    "time stamps of thirty years": lambda _: MKV(0, 40, 10**12),
    "time stamps just within a day": lambda _: MKV(0, 40, 86_000_000),
    "time stamps before zero": lambda _: patched(MKV(0, 40, 10**9), b"\x1f\x43\xb6\x75", 3, b"\xff"),
    "a PNG of 30,000 by 30,000": lambda _: png(30_000, 30_000),
    "a PNG of two thousand million pixels": lambda _: png(2**31 - 1, 1),
    "a PNG bomb within bounds": lambda _: png(8000, 8000, data=zlib.compress(bytes(8000 * 32_001), 9)),
    "a PNG whose profile is a bomb": lambda _: png(9, 9, (b"iCCP", b"a\0\0" + zlib.compress(bytes(1 << 28), 9))),
    "a PNG whose text is a bomb": lambda _: png(9, 9, (b"zTXt", b"a\0\0" + zlib.compress(bytes(1 << 28), 9))),
    "a PNG of a million chunks": lambda _: png(9, 9, *[(b"tEXt", b"a\0b")] * 1_000_000),
    "an APNG that says it has four thousand million frames": lambda _: png(
        64, 64, (b"acTL", struct.pack(">II", 2**32 - 1, 0))
    ),
    "a GIF of 100,000 frames of 16,000 by 16,000": lambda _: gif(16_000, 16_000, 100_000),
    "a GIF of 100,000 frames of 7,000 by 7,000": lambda _: gif(7_000, 7_000, 100_000),
    "a GIF of 65,535 by 65,535": lambda _: gif(65_535, 65_535, 1),
    "a JPEG that says 65,500 by 65,500": lambda _: patched(
        picture("JPEG"), b"\xff\xc0", 3, struct.pack(">HH", 65_500, 65_500)
    ),
    "a JPEG of 8,000 by 8,000": lambda _: picture("JPEG", (8000, 8000)),
    "a JPEG in CMYK of 7,900 by 7,900": lambda _: picture("JPEG", (7900, 7900), "CMYK"),
    "a JPEG of a thousand scans": lambda _: (
        picture("JPEG", (512, 512), progressive=True)[:-2]
        + (b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + bytes(64)) * 1000
    ),
    "a WebP of 8,000 by 8,000": lambda _: picture("WEBP", (8000, 8000), "RGBA", lossless=True),
    "a TIFF of 60,000 by 60,000": lambda _: patched(
        picture("TIFF"), b"\x00\x01\x04\x00\x01\x00\x00\x00", 0, struct.pack("<I", 60_000)
    ),
    "a TIFF whose directories go round": lambda _: b"II*\0\x08\0\0\0\x01\0\0\x01\x04\0\x01\0\0\0\x40\0\0\0\x08\0\0\0",
    "a BMP of minus 30,000 lines": lambda _: patched(picture("BMP"), b"BM", 20, struct.pack("<i", -30_000)),
    "a PPM of 99,999 by 99,999": lambda _: b"P6 99999 99999 255\n" + bytes(99),
    "a PAM of huge depth": lambda _: (
        b"P7\nWIDTH 9000\nHEIGHT 9000\nDEPTH 4\nMAXVAL 65535\nTUPLTYPE RGB_ALPHA\nENDHDR\n" + bytes(99)
    ),
    "a Y4M of 99,999 by 99,999": lambda _: b"YUV4MPEG2 W99999 H99999 F25:1\nFRAME\n" + bytes(99),
    "a QOI of 65,535 by 65,535": lambda _: b"qoif" + struct.pack(">IIBB", 65_535, 65_535, 4, 0) + bytes(99),
    "a PSD of 30,000 by 30,000": lambda _: (
        b"8BPS\0\x01" + bytes(6) + struct.pack(">HIIHH", 4, 30_000, 30_000, 8, 3) + bytes(99)
    ),
    "an SGI picture of 65,535 by 65,535": lambda _: (
        struct.pack(">HBBHHHH", 474, 1, 1, 3, 65_535, 65_535, 4) + bytes(600)
    ),
    "a JPEG 2000 of 2^31 pixels a side": lambda _: (
        b"\xff\x4f\xff\x51\x00\x29\x00\x00"
        + struct.pack(">8I", 2**31 - 1, 2**31 - 1, 0, 0, 64, 64, 0, 0)
        + b"\0\x01\x07\x01\x01"
        + bytes(99)
    ),
    "an HEIC of which nothing is true": lambda _: (
        box("ftyp", b"heic", bytes(4), b"mif1heic") + box("meta", bytes(4), box("iloc", noise(4000)))
    ),
    "an AVIF of noise": lambda _: box("ftyp", b"avif", bytes(4), b"mif1avif") + box("mdat", noise(9000)),
    "an MP4 cut in half": lambda _: MP4()[:-400],
    "an MP4 of boxes within boxes": lambda _: (
        box("ftyp", b"isom", bytes(4))
        + b"".join(struct.pack(">I", 800_000 - 8 * n) + b"moov" for n in range(90_000))
        + bytes(9000)
    ),
    "an MP4 of 30,000 tracks": lambda _: (
        box("ftyp", b"isom", bytes(4)) + box("moov", *[box("trak", box("mdia"))] * 30_000)
    ),
    "an MP4 of four thousand million samples": lambda _: patched(MP4(), b"stsz", 8, b"\xff\xff\xff\xff"),
    "an MP4 whose frames last for ever": lambda _: patched(MP4(), b"stts", 8, b"\xff\xff\xff\xff\xff\xff\xff\xff"),
    "an MP4 of one tick a year": lambda _: patched(MP4(), b"mdhd", 12, struct.pack(">II", 1, 2**31 - 1)),
    "an MP4 of a million million ticks": lambda _: patched(MP4(), b"mdhd", 12, struct.pack(">II", 2**32 - 1, 1)),
    "an MP4 whose picture says 60,000 by 60,000": lambda _: patched(
        MP4(), b"avc1", 24, struct.pack(">HH", 60_000, 60_000)
    ),
    "an MP4 of noise in its data": lambda _: patched(MP4(), b"mdat", 0, noise(300)),
    "Matroska within Matroska": lambda _: (
        b"\x1a\x45\xdf\xa3\x80" + b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff" * 50_000
    ),
    "Matroska cut short": lambda _: MKV()[:-300],
    "an AVI of noise": lambda _: patched(video("avi", "mjpeg"), b"movi", 8, noise(300)),
    "an AVI of no rate": lambda _: patched(video("avi", "mjpeg"), b"avih", 4, bytes(4)),
    "a transport stream of noise": lambda _: b"".join(b"\x47" + noise(187, seed) for seed in range(2000)),
    "a WAV of 65,535 channels": lambda _: wav(channels=65_535),
    "a WAV of four thousand million samples a second": lambda _: wav(rate=2**32 - 1),
    "a WAV that says it has four gigabytes": lambda _: wav(says=2**32 - 40),
    "a WAV of one sample a second": lambda _: wav(rate=1),
    "an MP3 whose cover is a bomb": lambda _: (
        b"ID3\x03\0\0\0\x20\0\0APIC"
        + struct.pack(">IH", 900, 0)
        + b"\0image/png\0\x03\0"
        + png(30_000, 30_000)
        + noise(4000)
    ),
    "a FLAC that says it lasts for years": lambda _: (
        b"fLaC\x80\0\0\x22" + b"\x10\0\x10\0" + bytes(6) + b"\0\x00\x1f\xff\xff\xff\xff\xff" + bytes(16) + noise(4000)
    ),
    "an HLS playlist": lambda folder: (
        f"#EXTM3U\n#EXTINF:1,\nfile://{folder}/elsewhere/canary\n#EXTINF:1,\nhttp://127.0.0.1:PORT/\n".encode()
    ),
    "a list for concat": lambda folder: f"ffconcat version 1.0\nfile '{folder}/elsewhere/canary'\n".encode(),
    "an SVG that reads files": lambda folder: (
        f'<svg xmlns="http://www.w3.org/2000/svg"><image href="file://{folder}/elsewhere/canary"/></svg>'.encode()
    ),
    "a DASH manifest": lambda _: b'<?xml version="1.0"?><MPD><BaseURL>http://127.0.0.1:PORT/</BaseURL></MPD>',
    "comments of XML without end": lambda _: b"<!---->" * 580,
    "nothing but zeros": lambda _: bytes(10_000_000),
    "noise": lambda _: noise(1_000_000),
    "a ZIP": lambda _: b"PK\x03\x04" + noise(4000),
    "a program": lambda _: b"\x7fELF\x02\x01\x01" + noise(4000),
    "an empty file": lambda _: b"",
}
