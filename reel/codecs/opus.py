"""Opus by libopus."""

from __future__ import annotations

from reel.codecs.audio import AudioCodec

OPUS = AudioCodec(
    name="opus",
    stream="opus",
    encoder="libopus",
    options={
        # Frames of 20 ms: the usual length, and a whole number of a WebM file's milliseconds.
        "frame_duration": 20,
        # Bits follow the sound; what is asked for is the mean.
        "vbr": "on",
    },
    containers=("webm", "mp4"),
    suffix="mp4",
    file_muxer="opus",
    file_suffix="opus",
    codec_string="opus",
    frame=960,
    # libopus's look-ahead at 48 kHz, which files state as pre-skip (RFC 7845).
    priming=312,
    bits_per_second=128_000,
    # Opus codes up to 20 kHz ("fullband", RFC 6716).
    cutoff=20_000,
)
