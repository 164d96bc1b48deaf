"""What players call the codecs of a video of ours (RFC 6381), from the video itself."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from reel.codecs import AUDIO_CODECS, VIDEO_CODECS_BY_STREAM
from reel.codecs.video import MadeStream
from reel.packets.writing import stream_codec

SOUNDS = {codec.stream: codec for codec in AUDIO_CODECS.values()}


def codec_strings(path: Path, rate: Fraction) -> list[str]:
    """Of the picture, which has this rate (WebM states none, and a single frame tells none), and of the sound where there is
    one."""
    # Decoded as far as it takes to learn the bit depth, which no record of VP9 says.
    with av.open(str(path)) as source:
        pictures = [_picture(stream, rate) for stream in source.streams.video]
        return [*pictures, *(SOUNDS[stream_codec(stream)].codec_string for stream in source.streams.audio)]


def _picture(stream: Any, rate: Fraction) -> str:
    context = stream.codec_context
    made = MadeStream(
        record=bytes(context.extradata or b""),
        width=stream.width,
        height=stream.height,
        rate=rate,
        bit_depth=10 if "10" in (context.pix_fmt or "") else 8,
        tag=context.codec_tag,
    )
    return VIDEO_CODECS_BY_STREAM[stream_codec(stream)].codec_string(made)
