"""MP3 by LAME."""

from __future__ import annotations

from reel.codecs.audio import AudioCodec

CUTOFF = 19_000

MP3 = AudioCodec(
    name="mp3",
    stream="mp3",
    encoder="libmp3lame",
    options={
        # LAME's own choice follows the bitrate (17 kHz at 128 kbit/s).
        "cutoff": CUTOFF,
        # No frame borrows bits of the ones before: a player that begins anywhere hears it at once.
        "reservoir": 0,
    },
    containers=("mp4", "mov"),
    suffix="mp4",
    file_muxer="mp3",
    file_suffix="mp3",
    # Of MPEG-1 layer III (ISO/IEC 14496-1, object type 6B).
    codec_string="mp4a.6B",
    frame=1152,
    # LAME's delay of 576 samples and the decoder's of 529.
    priming=1105,
    bits_per_second=192_000,
    cutoff=CUTOFF,
)
