"""A soundtrack as a file of the sound's own kind: the same packets, and where sound begins and ends as such files say it."""

from __future__ import annotations

from pathlib import Path

import av

from reel.codecs import AUDIO_CODECS, AudioCodecName
from reel.packets.join import sound_packets
from reel.packets.lock import LOOP_LOCK
from reel.packets.undecoded import open_undecoded
from reel.packets.writing import add_stream_like
from reel.time import SAMPLE_RATE

TAGS = {"mp3": "\0\0\0\0", "wav": "\1\0\0\0"}
"""Where a container has another tag for the codec than mp4 and mov: none, and that of WAV's plain samples."""


def write_sound_file(source: Path, output: Path, codec: AudioCodecName) -> None:
    """Write a soundtrack of ours as a file of its own kind. Errors: those of PyAV."""
    muxer = AUDIO_CODECS[codec].file_muxer
    # No versions or times in the file: the same packets give the same bytes.
    options = {"fflags": "+bitexact"}
    if muxer == "mp4":
        # The index in front; the edit list counts in samples: 1/1000 would cut up to 47 of them.
        options |= {"movflags": "+faststart", "movie_timescale": str(SAMPLE_RATE)}
    with (
        LOOP_LOCK,
        open_undecoded(source) as made,
        av.open(str(output), "w", format=muxer, options=options) as target,
    ):
        track = made.streams.audio[0]
        sound = add_stream_like(target, track)
        if muxer in TAGS:
            sound.codec_context.codec_tag = TAGS[muxer]
        # Ogg says by its last time where sound ends, mp3 by a note beside its last packet; mp4 has an edit list.
        for packet in sound_packets(made, track, noted=muxer == "mp3"):
            packet.stream = sound
            target.mux(packet)
