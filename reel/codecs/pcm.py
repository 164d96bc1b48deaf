"""Samples as they are, of 24 bits: what editing programs expect beside ProRes."""

from __future__ import annotations

from reel.codecs.audio import AudioCodec

PCM = AudioCodec(
    name="pcm",
    stream="pcm_s24le",
    encoder="pcm_s24le",
    options={},
    containers=("mov",),
    suffix="mov",
    file_muxer="wav",
    file_suffix="wav",
    # QuickTime's name of little-endian samples of 24 bits; no player of the web takes it.
    codec_string="in24",
    frame=None,
)
