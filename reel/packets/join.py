"""Joining segments and sound by copying packets, with time stamps of our own making.

The concat demuxer of FFmpeg trusts durations that containers round, and copies time stamps that may overlap. Here a packet's
times follow from its place: the i-th frame decoded is due at tick (i - delay) of a clock whose tick is a frame.

An mp4 file states its codec parameters once. Where segments have parameters of their own, each key frame brings them along,
so that decoding can begin at any of them; the file states those that ask most of a decoder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import av
from av.container import InputContainer, OutputContainer
from av.packet import Packet as AnyPacket

from reel.errors import Internal
from reel.packets.lock import LOOP_LOCK
from reel.packets.mp4 import add_video_stream, open_mp4
from reel.packets.undecoded import open_undecoded
from reel.packets.units import CODINGS, Coding, demand, nal_types, parameter_sets
from reel.time import ticks_per_frame, timescale_of

Packet: TypeAlias = "AnyPacket[Any]"


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


def join(
    parts: Sequence[SegmentRange], sound: Path, output: Path, rate: Fraction, delay: int, *, in_band: bool = False
) -> Joined:
    """Write `output` (mp4, index first) from video-only segments and one soundtrack, all made by us for this rate.

    `delay` is the largest of the segments' (`SegmentMeasure.delay`). `in_band`: they may have codec parameters of their own.
    Segments are open one at a time: there may be more than files may be.
    """
    picture_hash, sound_hash = hashlib.sha256(), hashlib.sha256()
    frames = 0
    with LOOP_LOCK, ExitStack() as stack:
        # The index in front of the data: playback can begin before all is loaded.
        target = stack.enter_context(open_mp4(output, rate, "+faststart"))
        source = stack.enter_context(av.open(str(sound)))
        video = _video_like(target, [part.path for part in parts], rate, in_band=in_band)
        audio = target.add_stream_from_template(source.streams.audio[0])
        waiting = (packet for packet in source.demux(0) if packet.dts is not None)
        next_sound = next(waiting, None)
        # Decoding times of both tracks as whole numbers of one clock: fractions would take longer than all the rest.
        ahead, behind = _common_clock(video.time_base, source.streams.audio[0].time_base)
        for packet in _numbered(parts, rate, delay, in_band=in_band):
            # In the order of decoding times, so that the muxer need not hold one track back for the other.
            while next_sound and (next_sound.dts or 0) * behind <= (packet.dts or 0) * ahead:
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


def join_pictures(segments: Sequence[Path], output: Path, rate: Fraction, delay: int) -> None:
    """Write a segment from segments that may have codec parameters of their own."""
    with open_mp4(output, rate) as target:
        video = _video_like(target, segments, rate, in_band=True)
        for packet in _numbered([SegmentRange(path) for path in segments], rate, delay, in_band=True):
            packet.stream = video
            target.mux(packet)


def _video_like(target: OutputContainer, segments: Sequence[Path], rate: Fraction, *, in_band: bool) -> av.VideoStream:
    """A video stream with the parameters of the segments, or of the one that asks most of a decoder."""
    model = max(dict.fromkeys(segments), key=_demand) if in_band else segments[0]
    with av.open(str(model)) as source:
        return add_video_stream(target, source.streams.video[0], rate, in_band=in_band)


def _demand(segment: Path) -> tuple[int, int]:
    with open_undecoded(segment) as source:
        stream = source.streams.video[0]
        return demand(bytes(stream.codec_context.extradata or b""), _coding(stream))


def _coding(stream: av.VideoStream) -> Coding:
    return CODINGS[stream.codec_context.name]


def _numbered(parts: Sequence[SegmentRange], rate: Fraction, delay: int, *, in_band: bool) -> Iterator[Packet]:
    """All packets of all parts, with times on one clock."""
    ticks, time_base = ticks_per_frame(rate), Fraction(1, timescale_of(rate))
    common = b""
    done = 0
    for part in parts:
        with open_undecoded(part.path) as source:
            coding = _coding(source.streams.video[0])
            parameters = bytes(source.streams.video[0].codec_context.extradata or b"")
            common = common or parameters
            if parameters != common and not in_band:
                raise Internal.at(part.path.name, "its codec parameters differ from the first segment's", "report this")
            sets = parameter_sets(parameters, coding) if in_band else b""
            count = 0
            for shown, packet in _packets(source, part, rate):
                packet = _with_sets(packet, sets, coding) if in_band and packet.is_keyframe else packet
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
        shown, between = divmod(packet.pts * due, per_frame)
        if between:
            raise Internal.at(part.path.name, f"a frame is due between frames {shown} and {shown + 1}", "report this")
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


def _common_clock(one: Fraction | None, other: Fraction | None) -> tuple[int, int]:
    """What ticks of two clocks are worth in ticks of a clock that both fit."""
    assert one is not None
    assert other is not None
    return one.numerator * other.denominator, other.numerator * one.denominator
