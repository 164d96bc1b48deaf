"""One walk through all packets of a file: what each stream shows and when, with the first frames decoded on the way.

Decoding everything would tell the most, at fifty times the price. Packets tell the same where every packet is a frame,
so the first frames are decoded to see whether that holds. What then differs is damage in the middle: a frame that a
decoder fails at is counted all the same.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import av

from reel.confinement.refusal import NO_DECODER
from reel.packets import captions
from reel.packets.layouts import held
from reel.stamps import TURNED_BACK

HEAD_FRAMES = 12
"""Decoded at the beginning of each stream; enough to see interlacing and reordering."""
HEAD_PACKETS = 50
"""A stream that gives no frame from so many packets, from its first key frame on, is taken as undecodable."""
KEYLESS_PACKETS = 1500
"""So many may lie before that key frame, in a recording that begins on the way to it: a minute at 25 in a second."""
CAPTION_PACKETS = 900
"""Of a video, that captions are looked for in: half a minute. All bytes of hours are not read for what begins later."""
TAIL_PACKETS = 8
"""Decoded at the end of a sound, to see where the last sample lies; MP3 reaches back over several packets."""


@dataclass(frozen=True)
class Shown:
    """What is kept of a decoded frame: twelve of a large picture would be gigabytes."""

    pts: int | None
    interlaced: bool = False
    is_key: bool = False
    samples: int = 0

    @classmethod
    def of(cls, frame: Any) -> Shown:
        if isinstance(frame, av.AudioFrame):
            return cls(frame.pts, samples=frame.samples)
        return cls(frame.pts, interlaced=bool(frame.interlaced_frame), is_key=bool(frame.key_frame))


@dataclass
class Track:
    """What the walk gathers of one video or audio stream. Times are in ticks of the stream's time base."""

    stream: Any
    packets: int = 0
    keyless: int = 0
    """Packets in front of the first key frame, of which nothing can be decoded."""
    damaged: int = 0
    timeless: int = 0
    """Shown packets that carry no time stamp at all."""
    times: array[int] = field(default_factory=lambda: array("q"))
    keyframes: array[int] = field(default_factory=lambda: array("q"))
    last: tuple[int, int] = (-(1 << 63), 0)
    """Time and duration of the packet that is shown last."""
    lasting: int = 0
    """How long all packets last together."""
    begin: int | None = None
    """When the first packet is decoded; null where nothing says so."""
    retimed: bool = False
    """Whether a packet is shown at another time than it is decoded at."""
    latest: int | None = None
    """When the packet is decoded that is decoded last."""
    turned_back: int | None = None
    """By then the time stamps of a picture begin anew."""
    begins_again: bool = False
    """Whether time stamps go back where packets of a sound follow each other: files that were put one behind another."""
    tail: deque[Any] = field(default_factory=lambda: deque(maxlen=TAIL_PACKETS))
    """The last packets of a sound."""
    first: Any = None
    """The first frame, whole."""
    head: list[Shown] = field(default_factory=list)
    """The first frames, this one included."""
    head_fault: str = ""
    resized: bool = False
    captioned: bool = False
    """Whether its first pictures hold closed captions."""

    @property
    def decodable(self) -> bool:
        return bool(self.head)

    @property
    def head_is_all(self) -> bool:
        """Whether the stream is so short that the head holds every frame of it."""
        return self._is_heading

    @property
    def _is_heading(self) -> bool:
        return len(self.head) < HEAD_FRAMES and self.packets - self.keyless < HEAD_PACKETS

    @property
    def codec(self) -> str:
        context = self.stream.codec_context
        return str(context.codec.canonical_name) if context else ""

    def take(self, packet: Any) -> None:
        """Notes one packet; decodes it where the head is still wanted."""
        if self._is_heading:
            self._decode(packet)
        if packet.size == 0:
            return
        if self.keyless == self.packets < KEYLESS_PACKETS and not packet.is_keyframe:
            self.keyless += 1
        self.packets += 1
        self.damaged += packet.is_corrupt
        if packet.is_discard or (self.codec in ("vp8", "vp9") and not shows_frame(self.codec, memoryview(packet))):
            return
        self._note_time(packet)
        if self.codec in captions.CODECS and not self.captioned and self.packets < CAPTION_PACKETS:
            self.captioned = captions.has_captions(bytes(packet))
        self.resized |= packet.is_keyframe and self.packets > 1 and packet.has_sidedata("new_extradata")

    def _turns_back(self, packet: Any) -> bool:
        """Whether a picture is the first to be decoded long before one that came before it."""
        if self.latest is None or self.turned_back is not None or self.stream.type != "video":
            return False
        return bool((self.latest - packet.dts) * self.stream.time_base > TURNED_BACK)

    def _note_time(self, packet: Any) -> None:
        time = packet.pts if packet.pts is not None else packet.dts
        if time is None:
            self.timeless += 1
            return
        if not self.times:
            self.begin = packet.dts
        self.retimed |= packet.pts != packet.dts
        if packet.dts is not None:
            if self._turns_back(packet):
                self.turned_back = self.latest
            self.latest = packet.dts if self.latest is None else max(packet.dts, self.latest)
        duration = packet.duration or 0
        self.lasting += duration
        self.begins_again |= self.stream.type == "audio" and bool(self.times) and time < self.times[-1]
        self.times.append(time)
        if packet.is_keyframe and begins_alpha(self.codec, packet):
            self.keyframes.append(time)
        if time >= self.last[0]:
            self.last = (time, duration)
        if self.stream.type == "audio":
            self.tail.append(packet)

    def end_of_sound(self) -> Fraction:
        """Seconds, on the file's clock, at which the last sample ends. Call it after the walk.

        How much of the last packet is padding stands in its duration (MP4, Ogg) or shows when it is decoded (MP3).
        """
        by_packets = (self.last[0] + self.last[1]) * self.stream.time_base if self.times else Fraction(0)
        by_decoding = self._decoded_end()
        if not self.last[1] or not by_decoding:
            return by_decoding or by_packets
        return min(by_packets, by_decoding)

    def _decoded_end(self) -> Fraction | None:
        """Where the last sample of the last packets ends; None where none of them can be decoded."""
        context, end = self.stream.codec_context, Fraction(0)
        context.flush_buffers()
        frames = [frame for packet in (*self.tail, None) for frame in _frames(context, packet)]
        for frame in frames:
            # Of several frames in one packet only the first has a time; the others follow it.
            begin = end if frame.pts is None else frame.pts * self.stream.time_base
            end = begin + Fraction(frame.samples, frame.sample_rate)
        return end if frames else None

    def _decode(self, packet: Any) -> None:
        try:
            for frame in held(self.stream.decode(packet if packet.size else None)):
                self.first = self.first or frame
                self.head.append(Shown.of(frame))
        except (av.FFmpegError, ValueError) as error:
            self.head_fault = self.head_fault or _fault(error)


def _fault(error: Exception) -> str:
    """Why a packet is not decoded, in words for whoever has the file: FFmpeg's own ask for patches to it."""
    if isinstance(error, av.error.PatchWelcomeError):
        return NO_DECODER
    return getattr(error, "strerror", None) or str(error)


@dataclass
class Subtitles:
    """What the walk gathers of one stream of subtitles: when each of them is shown, in ticks."""

    stream: Any
    starts: array[int] = field(default_factory=lambda: array("q"))
    ends: array[int] = field(default_factory=lambda: array("q"))

    def take(self, packet: Any) -> None:
        if packet.pts is None or packet.size <= self._least:
            return
        self.starts.append(packet.pts)
        self.ends.append(packet.pts + (packet.duration or 0))

    @property
    def _least(self) -> int:
        context = self.stream.codec_context
        return NOTHING_SAID if context and context.name == "mov_text" else 0

    def end(self) -> Fraction:
        """Seconds, on the file's clock, at which the last is over."""
        return Fraction(max(self.ends, default=0) * self.stream.time_base)

    def beyond(self, end: Fraction, slack: Fraction) -> tuple[int, int]:
        """How many begin from `end` on, in seconds on the file's clock; and of the others how many last longer, by more than
        `slack`."""
        tick = self.stream.time_base
        times = [(start * tick, stop * tick) for start, stop in zip(self.starts, self.ends, strict=True)]
        late = sum(start >= end for start, _ in times)
        return late, sum(start < end and stop > end + slack for start, stop in times)


NOTHING_SAID = 2
"""Bytes of a packet of MP4's timed text that shows nothing: such ones fill the time between subtitles."""

COVER_SHARE = 4
"""A single picture is a cover where the sound lasts more than so many times as long as the picture is shown."""
COVER_SECONDS = 1


def is_cover(picture: Track, sound: Track) -> bool:
    """Whether a stream is nothing but one picture beside a sound that goes on without it: a cover that its file does not call
    one. A picture that is shown for as long as the sound is a video."""
    if picture.stream.type != "video" or picture.packets != 1 or not sound.times:
        return False
    shown = picture.last[1] * picture.stream.time_base
    heard = (sound.last[0] + sound.last[1] - sound.times[0]) * sound.stream.time_base
    return bool(heard > max(COVER_SHARE * shown, COVER_SECONDS))


def tracks_of(container: Any, max_pixels: int) -> list[Track]:
    """Empty tracks for the video and audio streams that this machine may decode; attached pictures are left out."""
    disposition = av.stream.Disposition
    left_out = disposition.attached_pic | disposition.timed_thumbnails | disposition.dependent
    tracks = []
    for stream in container.streams:
        if stream.type not in ("video", "audio") or stream.codec_context is None or stream.disposition & left_out:
            continue
        if stream.type == "video":
            stream.codec_context.options = {"max_pixels": str(max_pixels)}
            # Frame threads would hold many frames of a large picture, and the head needs few.
            stream.codec_context.thread_count = 1
        tracks.append(Track(stream))
    return tracks


def subtitles_of(container: Any) -> list[Subtitles]:
    """The same for streams of subtitles."""
    return [Subtitles(stream) for stream in container.streams if stream.type == "subtitle"]


def walk(container: Any, tracks: Iterable[Track | Subtitles]) -> str:
    """Feeds every packet of the file to its track; returns what went wrong on the way, if anything did."""
    by_index = {track.stream.index: track for track in tracks}
    if not by_index:
        return ""
    try:
        for packet in _demuxed(container, *(track.stream for track in by_index.values())):
            by_index[packet.stream.index].take(packet)
    except av.FFmpegError as error:
        return f"reading stopped early: {error.strerror}"
    return ""


def _demuxed(container: Any, *streams: Any) -> Iterator[Any]:
    """All packets of some streams, then one empty packet for each.

    Where a stream begins only in the middle of a file, as in MPEG-TS, PyAV 18 looks for it among those of the beginning
    and fails; by then, all of ours has come.
    """
    try:
        yield from container.demux(*streams)
    except IndexError:
        return


def _frames(decoder: Any, packet: Any) -> list[Any]:
    """The frames of one packet, None for those that the decoder still holds; nothing where the packet is damaged."""
    try:
        return list(held(decoder.decode(packet)))
    except (av.FFmpegError, ValueError):
        return []


def shows_frame(codec: str, data: memoryview) -> bool:
    """Whether a VP8 or VP9 packet shows a frame; "alternate reference" frames are decoded and never shown.

    VP8: RFC 6386, 9.1. VP9: the bitstream specification, 6.2 and annex B (a superframe always shows one frame).
    """
    if codec == "vp8":
        return bool(data[0] & 0x10)
    if data[-1] & 0xE0 == 0xC0:
        return True
    show_existing, _, show_frame = _vp9_header(data)
    return show_existing or show_frame


def _vp9_header(data: bytes | memoryview) -> tuple[bool, bool, bool]:
    """Of a VP9 frame whether it shows another one again, whether it rests on others, and whether it is shown."""
    bits = data[0] << 8 | (data[1] if len(data) > 1 else 0)
    shift = 11 if bits >> 12 & 3 == 3 else 12
    show_existing, between, show_frame = (bool(bits >> (shift - place) & 1) for place in (1, 2, 3))
    return show_existing, between, show_frame


def begins_alpha(codec: str, packet: Any) -> bool:
    """Whether decoding of the alpha beside a picture can begin at a packet, where it has any: in WebM that is a stream of its
    own, which may have its key frames elsewhere."""
    if codec not in ("vp8", "vp9") or not packet.has_sidedata("matroska_block_additional"):
        return True
    # Behind the number of what is added, eight bytes, lies a frame as those of `shows_frame`.
    data = bytes(packet.get_sidedata("matroska_block_additional"))[8:10]
    if len(data) < 2 or codec == "vp8":
        return bool(data) and not data[0] & 1
    show_existing, between, _ = _vp9_header(data)
    return not (show_existing or between)


def decoded_times(container: Any, index: int, max_pixels: int) -> tuple[list[int | None], list[int | None]]:
    """Presentation and decoding times of all frames of one stream, by decoding it whole; what fails is passed over."""
    stream = container.streams[index]
    stream.codec_context.options = {"max_pixels": str(max_pixels)}
    stream.codec_context.thread_type = "AUTO"
    presented: list[int | None] = []
    decoded: list[int | None] = []
    with suppress(av.FFmpegError):
        for packet in _demuxed(container, stream):
            for frame in _frames(stream, packet if packet.size else None):
                presented.append(frame.pts)
                decoded.append(frame.dts)
    return presented, decoded
