"""Joining segments and sound by copying packets, with time stamps of our own making.

The concat demuxer of FFmpeg trusts durations that containers round, and copies time stamps that may overlap. Here a packet's
times follow from its place: the i-th frame decoded is due at tick (i - delay) of a clock whose tick is a frame.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import av
from av.packet import Packet as AnyPacket

from reel.errors import Internal
from reel.time import SAMPLE_RATE, ticks_per_frame, timescale_of

Packet: TypeAlias = "AnyPacket[Any]"


@dataclass(frozen=True)
class Joined:
    """What was written, to be compared with what can be read back."""

    frames: int
    picture_sha256: str
    """Of the payloads of all video packets, in order."""
    sound_sha256: str


def join(segments: Sequence[Path], sound: Path, output: Path, rate: Fraction) -> Joined:
    """Write `output` (mp4, index first) from video-only segments and one soundtrack, all made by us for this rate."""
    options = {
        # The index in front of the data: playback can begin before all is loaded.
        "movflags": "+faststart",
        "fflags": "+bitexact",
        # The edit lists of both tracks count in this; see `reel.ffmpeg.sound`.
        "movie_timescale": str(SAMPLE_RATE),
        "video_track_timescale": str(timescale_of(rate)),
    }
    picture_hash, sound_hash = hashlib.sha256(), hashlib.sha256()
    delay = max(_delay(segment, rate) for segment in segments)
    frames = 0
    with av.open(str(output), "w", format="mp4", options=options) as target, av.open(str(sound)) as source:
        video = _video_like(target, segments, rate)
        audio = target.add_stream_from_template(source.streams.audio[0])
        waiting = _packets(source, 0)
        next_sound = next(waiting, None)
        for packet in _numbered(segments, rate, delay):
            # In the order of decoding times, so that the muxer need not hold one track back for the other.
            while next_sound and _due(next_sound) <= _due(packet):
                sound_hash.update(next_sound)
                next_sound.stream = audio
                target.mux(next_sound)
                next_sound = next(waiting, None)
            picture_hash.update(packet)
            packet.stream = video
            target.mux(packet)
            frames += 1
        while next_sound:
            sound_hash.update(next_sound)
            next_sound.stream = audio
            target.mux(next_sound)
            next_sound = next(waiting, None)
    return Joined(frames, picture_hash.hexdigest(), sound_hash.hexdigest())


def _video_like(target: av.container.OutputContainer, segments: Sequence[Path], rate: Fraction) -> av.VideoStream:
    """A video stream with the parameters of the first segment, which must be those of all."""
    with av.open(str(segments[0])) as first:
        stream = first.streams.video[0]
        parameters = bytes(stream.codec_context.extradata or b"")
        video = target.add_stream_from_template(stream)
        video.time_base = Fraction(1, timescale_of(rate))
    for segment in segments[1:]:
        with av.open(str(segment)) as other:
            if bytes(other.streams.video[0].codec_context.extradata or b"") != parameters:
                raise Internal.at(segment.name, "its codec parameters differ from the first segment's", "report this")
    return video


def _numbered(segments: Sequence[Path], rate: Fraction, delay: int) -> Iterator[Packet]:
    """All packets of all segments, with times on one clock."""
    ticks = ticks_per_frame(rate)
    time_base = Fraction(1, timescale_of(rate))
    done = 0
    for segment in segments:
        with av.open(str(segment)) as source:
            count = 0
            for packet in _packets(source, 0):
                assert packet.pts is not None and packet.time_base is not None
                shown = packet.pts * packet.time_base * rate
                if shown.denominator != 1:
                    raise Internal.at(segment.name, f"a frame is due at {float(shown):.6f} frames, between two frames")
                packet.pts = (done + shown.numerator) * ticks
                packet.dts = (done + count - delay) * ticks
                packet.duration = ticks
                packet.time_base = time_base
                yield packet
                count += 1
            done += count


def _delay(segment: Path, rate: Fraction) -> int:
    """By how many frames the first frame is decoded before it is shown (B-frames need it)."""
    with av.open(str(segment)) as source:
        first = next(_packets(source, 0))
        assert first.pts is not None and first.dts is not None and first.time_base is not None
        return round((first.pts - first.dts) * first.time_base * rate)


def _due(packet: Packet) -> Fraction:
    """When a packet is decoded, in seconds."""
    assert packet.dts is not None
    return packet.dts * packet.time_base


def _packets(source: av.container.InputContainer, stream: int) -> Iterator[Packet]:
    return (packet for packet in source.demux(stream) if packet.dts is not None)
