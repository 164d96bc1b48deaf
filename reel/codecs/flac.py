"""FLAC: without loss."""

from __future__ import annotations

from reel.codecs.audio import AudioCodec

FLAC = AudioCodec(
    name="flac",
    stream="flac",
    encoder="flac",
    options={
        # 24 bits, in FFmpeg's samples of 32: below what any converter tells apart.
        "sample_fmt": "s32",
        # Blocks of one length (the last may be shorter), whatever FFmpeg's levels say.
        "frame_size": 4096,
    },
    containers=("mp4",),
    suffix="mp4",
    file_muxer="flac",
    file_suffix="flac",
    codec_string="fLaC",
    frame=4096,
)
