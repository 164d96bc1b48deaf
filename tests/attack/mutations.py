"""Good files with a few bytes changed, cut, repeated or exchanged, by a seed: the same file for the same number, always."""

from __future__ import annotations

import io
import random
from collections.abc import Mapping
from functools import cache
from typing import Any

import av
import numpy as np

from tests.attack.files import gif, picture, video, wav


@cache
def seeds() -> Mapping[str, bytes]:
    """One small file of each kind."""
    times = tuple(range(0, 1000, 40))
    return {
        "mp4": video("mp4", "libx264", times, (64, 64)),
        "fragmented.mp4": video("mp4", "libx264", times, (64, 64), movflags="frag_keyframe+empty_moov"),
        "mkv": video("matroska", "mjpeg", times, (64, 64)),
        "webm": video("webm", "libvpx", times, (64, 64)),
        "avi": video("avi", "mpeg4", times, (64, 64)),
        "ts": video("mpegts", "libx264", times, (64, 64)),
        "mov": video("mov", "libx265", times, (64, 64)),
        "gif": gif(32, 32, 10),
        "png": picture("PNG", mode="RGBA"),
        "jpg": picture("JPEG"),
        "webp": picture("WEBP"),
        "tiff": picture("TIFF"),
        "wav": wav(),
        "m4a": sound("mp4", "aac"),
        "mp3": sound("mp3", "libmp3lame"),
        "flac": sound("flac", "flac"),
        "opus": sound("ogg", "libopus"),
    }


def sound(kind: str, codec: str) -> bytes:
    """Half a second of a tone."""
    held = io.BytesIO()
    with av.open(held, "w", format=kind) as out:
        stream: Any = out.add_stream(codec, rate=48_000)
        tone = (np.sin(np.arange(24_000) / 20) * 9000).astype(np.int16)[None, :]
        frame = av.AudioFrame.from_ndarray(tone, format="s16", layout="mono")
        frame.sample_rate = 48_000
        resampler = av.AudioResampler(
            format=stream.format, layout=stream.layout, rate=48_000, frame_size=stream.frame_size or 960
        )
        for piece in (*resampler.resample(frame), *resampler.resample(None)):
            for packet in stream.encode(piece):
                out.mux(packet)
        for packet in stream.encode(None):
            out.mux(packet)
    return held.getvalue()


def mutation(number: int) -> tuple[str, bytes]:
    """The mutation of a number: what it was, and its bytes."""
    chance = random.Random(number)
    name = chance.choice(sorted(seeds()))
    data = bytearray(seeds()[name])
    for _ in range(chance.choice((1, 1, 2, 4, 16, 64))):
        at = chance.randrange(len(data)) if chance.random() < 0.5 else chance.randrange(min(len(data), 400))
        match chance.randrange(6):
            case 0:
                data[at] ^= 1 << chance.randrange(8)
            case 1:
                data[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
            case 2:
                data[at : at + 4] = chance.choice(
                    (b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"\x80\0\0\0")
                )
            case 3:
                del data[at : at + chance.randrange(1, 40)]
            case 4:
                data[at:at] = data[at : at + chance.randrange(1, 400)]
            case _:
                data[at : at + 8] = chance.randbytes(8)
        if len(data) < 16:
            break
    return name, bytes(data)
