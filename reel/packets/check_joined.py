"""Reading joined videos back.

They need not be decoded: their packets are proven to be those of their segments, bit for bit and in order, behind the same
codec parameters; every segment was decoded to its end, begins with a key frame and refers to nothing outside itself; so they
decode to the same frames. Only time stamps are new, and all of them are read.
"""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path
from typing import Any

from reel.codecs import AUDIO_CODECS, AudioCodecName
from reel.codecs.audio import AudioCodec
from reel.errors import Internal
from reel.packets.expecting import expect, opened, ticks_at
from reel.packets.join import Joined, Packet, parameters_of
from reel.packets.lock import LOOP_LOCK
from reel.packets.payload import digest_packet, discarded
from reel.packets.undecoded import open_undecoded
from reel.presets import Canvas
from reel.time import SAMPLE_RATE


def check_joined(
    path: Path, canvas: Canvas, frames: int, samples: int, audio: AudioCodecName | None, parts: Joined, place: str
) -> None:
    """Read a joined video back, packet by packet. `audio`: the codec of its sound; null: it has none.

    Raises `Internal` unless it holds exactly the packets of its parts, at the right times: picture and sound begin
    together at 0, frames are evenly spaced, decoding times rise, and the sound is as long as the plan says.
    """
    with LOOP_LOCK, opened(path, place, open_undecoded) as source:
        expect(place, "streams", [stream.type for stream in source.streams], ["video", "audio"] if audio else ["video"])
        video = source.streams.video[0]
        expect(place, "size", (video.width, video.height), (canvas.width, canvas.height))
        expect(place, "codec parameters", parameters_of(video), parts.parameters)
        tracks = [PacketTrack(place, stream) for stream in source.streams]
        for packet in source.demux():
            if packet.dts is not None:
                tracks[packet.stream_index].read(packet)
    expect_picture(tracks[0], canvas.rate, frames, parts.picture_sha256)
    if audio:
        expect_sound(tracks[1], AUDIO_CODECS[audio], samples, parts.sound_sha256)


class PacketTrack:
    """Collects what the packets of one stream say, in ticks of its clock."""

    def __init__(self, place: str, stream: Any) -> None:
        self.place = place
        self.name = "picture" if stream.type == "video" else "sound"
        self.tick: Fraction = stream.time_base
        self.duration: int | None = stream.duration
        self.shown: list[int] = []
        self.payload = hashlib.sha256()
        self.discarded = 0
        """Samples that are none, at the end of the last packet."""
        self._last = -(2**63)

    def read(self, packet: Packet) -> None:
        """Note one packet. Raises `Internal` where it is damaged or comes too late."""
        assert packet.pts is not None and packet.dts is not None
        if packet.dts <= self._last or packet.is_corrupt:
            number = len(self.shown)
            raise Internal.at(self.place, f"packet {number} of the {self.name} is damaged or out of order")
        self._last = packet.dts
        self.shown.append(packet.pts)
        self.discarded = discarded(packet)
        digest_packet(self.payload, packet)


def expect_picture(track: PacketTrack, rate: Fraction, frames: int, sha256: str) -> None:
    """Raise `Internal` unless frames are evenly spaced from 0 on, and their packets have this digest."""
    expect(track.place, "frames", len(track.shown), frames)
    due = [ticks_at(number / rate, track.tick) for number in range(frames)]
    expect(track.place, "times of the frames", sorted(track.shown), due)
    expect(track.place, "packets of the picture", track.payload.hexdigest(), sha256)


def expect_sound(track: PacketTrack, codec: AudioCodec, samples: int, sha256: str) -> None:
    """Packets follow one another from where the codec begins, and their sound ends with the plan's last sample."""
    if track.duration is None:
        # WebM tells no length to the sample, but how much of all that its packets hold is no sound.
        assert codec.frame, "what WebM takes has packets of one length"
        length = Fraction(len(track.shown) * codec.frame - codec.priming - track.discarded)
    else:
        length = track.duration * track.tick * SAMPLE_RATE
    expect(track.place, "length of the sound in samples", length, samples)
    begin = -codec.priming if track.shown[0] else 0
    expect(track.place, "packet out of its time", _first_off(track, begin, codec.frame), None)
    expect(track.place, "packets of the sound", track.payload.hexdigest(), sha256)


def _first_off(track: PacketTrack, begin: int, frame: int | None) -> int | None:
    """The number of the first packet that is not where the packets before it end. Where they are of any length, only the first
    has its place."""
    tick = track.tick * SAMPLE_RATE
    slack = max(Fraction(1), tick)
    for number, shown in enumerate(track.shown if frame else track.shown[:1]):
        # WebM's milliseconds are rounded; on a clock that has all samples, none is off.
        if 2 * abs(shown * tick - (begin + number * (frame or 0))) > slack:
            return number
    return None
