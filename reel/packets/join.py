"""Joining segments and sound by copying packets, with time stamps of our own making.

The concat demuxer of FFmpeg trusts durations that containers round, and copies time stamps that may overlap. Here a packet's
times follow from its place: the i-th frame decoded is due at tick (i - delay) of a clock whose tick is a frame.

An mp4 file states its codec parameters once. Where segments have parameters of their own, each key frame brings them along,
so that decoding can begin at any of them; the file states those that ask most of a decoder.
"""

from __future__ import annotations

import hashlib
import heapq
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import av
from av.container import InputContainer, OutputContainer
from av.packet import Packet as AnyPacket

from reel.codecs import AUDIO_CODECS
from reel.codecs.container import Container
from reel.codecs.nal import Coding
from reel.errors import Internal
from reel.packets.lock import LOOP_LOCK
from reel.packets.payload import digest_packet, discard_end
from reel.packets.undecoded import open_undecoded
from reel.packets.units import CODINGS, length_prefixed, nal_types, parameter_sets, record_units, with_lengths
from reel.packets.writing import add_stream_like, add_video_stream, open_container, stream_codec
from reel.time import ticks_per_frame, timescale_of

Packet: TypeAlias = "AnyPacket[Any]"

AUDIO_FRAMES = {codec.stream: codec.frame for codec in AUDIO_CODECS.values()}
"""Samples of a packet, by FFmpeg's name of the streams."""


@dataclass(frozen=True)
class SegmentRange:
    """A segment, or a stretch of one in which no frame is decoded after a later one."""

    path: Path
    first: int = 0
    """A key frame."""
    frames: int | None = None
    """Null: to its end."""


@dataclass(frozen=True)
class Joined:
    """What was written, to be compared with what can be read back."""

    frames: int
    picture_sha256: str
    """Of the payloads of all video packets, in order."""
    sound_sha256: str
    """Of nothing, where there is no sound."""
    parameters: tuple[str, str]
    """The name that the container has for the pictures' codec, and the SHA-256 of their configuration record."""


def join(
    parts: Sequence[SegmentRange],
    sound: Path | None,
    output: Path,
    rate: Fraction,
    delay: int,
    *,
    container: Container = "mp4",
    in_band: bool = False,
) -> Joined:
    """Write `output`, index first, from segments of pictures alone and one soundtrack, or none, all made by us for this rate.

    `delay` is the largest of the segments' (`SegmentMeasure.delay`). `in_band`: they may have codec parameters of their own.
    Segments are open one at a time: there may be more than files may be.
    """
    picture, heard = PacketsDigest(), PacketsDigest()
    with LOOP_LOCK, ExitStack() as stack:
        target = stack.enter_context(open_container(output, rate, container, in_front=True))
        video = _video_like(target, [part.path for part in parts], rate, in_band=in_band)
        tracks = [into(video, picture.read(_numbered(parts, rate, delay, in_band=in_band)))]
        clocks = {video.index: Fraction(1, timescale_of(rate))}
        if sound:
            source = stack.enter_context(open_undecoded(sound))
            track = source.streams.audio[0]
            audio = add_stream_like(target, track)
            tracks.insert(0, into(audio, heard.read(sound_packets(source, track, noted=container == "webm"))))
            clocks[audio.index] = Fraction(track.time_base or 0)
        mux_in_order(target, tracks, clocks)
        parameters = parameters_of(video)
    return Joined(picture.packets, picture.hexdigest, heard.hexdigest, parameters)


def mux_in_order(target: OutputContainer, tracks: Sequence[Iterator[Packet]], clocks: Mapping[int, Fraction]) -> None:
    """Write tracks in the order of decoding times, so that the muxer need not hold one track back for the other. `clocks`: the
    tick of each stream's packets, by its index."""
    # They are compared as whole numbers of one clock: fractions would take longer than all the rest.
    common = math.lcm(*(clock.denominator for clock in clocks.values()))
    worth = {index: int(clock * common) for index, clock in clocks.items()}
    for packet in heapq.merge(*tracks, key=lambda packet: (packet.dts or 0) * worth[packet.stream_index]):
        target.mux(packet)


def parameters_of(stream: av.VideoStream) -> tuple[str, str]:
    """What a file states of its pictures' codec, to be compared: its name and its parameter sets."""
    context = stream.codec_context
    stated, coding = bytes(context.extradata or b""), CODINGS.get(stream_codec(stream))
    if coding and length_prefixed(stated, coding):
        # The record around them also says whether there may be others in the packets, which the muxer puts by the name.
        stated = with_lengths([*record_units(stated, coding)])
    return context.codec_tag.strip("\0"), hashlib.sha256(stated).hexdigest()


class PacketsDigest:
    """The digest of packets on their way."""

    def __init__(self) -> None:
        self.packets = 0
        self._sha256 = hashlib.sha256()

    def read(self, packets: Iterator[Packet]) -> Iterator[Packet]:
        """The packets, which are counted and added as they come."""
        for packet in packets:
            digest_packet(self._sha256, packet)
            self.packets += 1
            yield packet

    @property
    def hexdigest(self) -> str:
        """Of the payloads so far."""
        return self._sha256.hexdigest()


def into(stream: Any, packets: Iterator[Packet]) -> Iterator[Packet]:
    """Packets as those of a stream of a new file."""
    for packet in packets:
        packet.stream = stream
        yield packet


def join_pictures(segments: Sequence[Path], output: Path, rate: Fraction, delay: int) -> None:
    """Write a segment from segments that may have codec parameters of their own."""
    with open_container(output, rate) as target:
        video = _video_like(target, segments, rate, in_band=True)
        parts = [SegmentRange(path) for path in segments]
        for packet in into(video, _numbered(parts, rate, delay, in_band=True)):
            target.mux(packet)


def _video_like(target: OutputContainer, segments: Sequence[Path], rate: Fraction, *, in_band: bool) -> av.VideoStream:
    """A video stream with the parameters of the segments, or of the one that asks most of a decoder."""
    model = max(dict.fromkeys(segments), key=_demand) if in_band else segments[0]
    with av.open(str(model)) as source:
        return add_video_stream(target, source.streams.video[0], rate, in_band=in_band)


def _demand(segment: Path) -> tuple[int, int]:
    with open_undecoded(segment) as source:
        stream = source.streams.video[0]
        return _coding(stream, segment).demand(bytes(stream.codec_context.extradata or b""))


def _coding(stream: av.VideoStream, segment: Path) -> Coding:
    """How its packets are made of units, among which parameter sets can stand."""
    name = stream_codec(stream)
    if name not in CODINGS:
        what = f"is {name}, whose segments cannot have parameters of their own"
        raise Internal.at(segment.name, what, "report this")
    return CODINGS[name]


def _numbered(parts: Sequence[SegmentRange], rate: Fraction, delay: int, *, in_band: bool) -> Iterator[Packet]:
    """All packets of all parts, with times on one clock."""
    ticks, time_base = ticks_per_frame(rate), Fraction(1, timescale_of(rate))
    common = b""
    done = 0
    for part in parts:
        with open_undecoded(part.path) as source:
            stream = source.streams.video[0]
            parameters = bytes(stream.codec_context.extradata or b"")
            common = common or parameters
            if parameters != common and not in_band:
                raise Internal.at(part.path.name, "its codec parameters differ from the first segment's", "report this")
            coding = _coding(stream, part.path) if in_band else None
            sets = parameter_sets(parameters, coding) if coding else b""
            count = 0
            for shown, packet in _packets(source, part, rate):
                packet = _with_sets(packet, sets, coding) if coding and packet.is_keyframe else packet
                packet.pts = (done + shown) * ticks
                packet.dts = (done + count - delay) * ticks
                packet.duration = ticks
                packet.time_base = time_base
                yield packet
                count += 1
            done += count


def _packets(source: InputContainer, part: SegmentRange, rate: Fraction) -> Iterator[tuple[int, Packet]]:
    """The packets of a part, each with the number of its frame within it."""
    stream = source.streams.video[0]
    tick = stream.time_base
    assert tick
    due, per_frame = tick.numerator * rate.numerator, tick.denominator * rate.denominator
    if part.first:
        source.seek(part.first * per_frame // due, stream=stream)
    count = 0
    for packet in source.demux(stream):
        if count == part.frames:
            return
        if packet.pts is None:
            continue
        shown = (2 * packet.pts * due + per_frame) // (2 * per_frame)
        # WebM's clock has milliseconds, to which times are rounded; on a clock that has all of them, no frame is off.
        if 2 * abs(packet.pts * due - shown * per_frame) > due:
            raise Internal.at(part.path.name, f"a frame is due beside frame {shown}", "report this")
        if part.frames is not None and shown != part.first + count:
            raise Internal.at(part.path.name, f"frame {shown} comes where {part.first + count} is due", "report this")
        yield shown - part.first, packet
        count += 1


def _with_sets(packet: Packet, sets: bytes, coding: Coding) -> Packet:
    """A key frame with its parameter sets in front, unless it has them."""
    data = bytes(packet)
    if coding.sequence in nal_types(data, coding):
        return packet
    carrying = AnyPacket(sets + data)
    carrying.is_keyframe = True
    return carrying


def sound_packets(source: InputContainer, track: av.AudioStream, *, noted: bool) -> Iterator[Packet]:
    """The packets of a soundtrack of ours, the last one no longer than the sound: codecs fill it up with silence. `noted`: it
    says itself by how much."""
    assert track.duration is not None
    waiting = None
    for packet in source.demux(track):
        if packet.dts is None:
            continue
        if waiting:
            yield waiting
        waiting = packet
    if waiting and waiting.pts is not None and waiting.duration:
        ends_at = min(waiting.pts + waiting.duration, track.duration)
        if noted:
            discard_end(waiting, filled=(AUDIO_FRAMES[stream_codec(track)] or 0) - (ends_at - waiting.pts))
        waiting.duration = ends_at - waiting.pts
        yield waiting
