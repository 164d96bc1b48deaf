"""One walk through all packets of a file: what each stream shows and when, with the first frames decoded on the way.

Decoding everything would tell the most, at fifty times the price. Packets tell the same where every packet is a frame, so the
first frames are decoded to see whether that holds.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import av

HEAD_FRAMES = 12
"""Decoded at the beginning of each stream; enough to see interlacing and reordering."""
HEAD_PACKETS = 50
"""A stream that gives no frame from so many packets is taken as undecodable."""


@dataclass
class Track:
    """What the walk gathers of one video or audio stream. Times are in ticks of the stream's time base."""

    stream: Any
    packets: int = 0
    damaged: int = 0
    timeless: int = 0
    """Shown packets that carry no time stamp at all."""
    times: array[int] = field(default_factory=lambda: array("q"))
    keyframes: array[int] = field(default_factory=lambda: array("q"))
    last: tuple[int, int] = (-(1 << 63), 0)
    """Time and duration of the packet that is shown last."""
    end: int | None = None
    """End of the last packet, less the samples that a decoder drops there."""
    head: list[Any] = field(default_factory=list)
    head_fault: str = ""
    resized: bool = False

    @property
    def decodable(self) -> bool:
        return bool(self.head)

    @property
    def head_is_all(self) -> bool:
        """Whether the stream is so short that the head holds every frame of it."""
        return len(self.head) < HEAD_FRAMES and self.packets < HEAD_PACKETS

    @property
    def codec(self) -> str:
        context = self.stream.codec_context
        return str(context.codec.canonical_name) if context else ""

    def take(self, packet: av.Packet) -> None:
        """Notes one packet; decodes it where the head is still wanted."""
        if len(self.head) < HEAD_FRAMES and self.packets < HEAD_PACKETS:
            self._decode(packet)
        if packet.size == 0:
            return
        self.packets += 1
        self.damaged += packet.is_corrupt
        if packet.is_discard or (self.codec in ("vp8", "vp9") and not shows_frame(self.codec, memoryview(packet))):
            return
        self._note_time(packet)
        self.resized |= packet.is_keyframe and self.packets > 1 and packet.has_sidedata("new_extradata")

    def _note_time(self, packet: av.Packet) -> None:
        time = packet.pts if packet.pts is not None else packet.dts
        if time is None:
            self.timeless += 1
            return
        duration = packet.duration or 0
        self.times.append(time)
        if packet.is_keyframe:
            self.keyframes.append(time)
        if time >= self.last[0]:
            self.last = (time, duration)
            self.end = time + duration - self._dropped_at_end(packet)

    def _dropped_at_end(self, packet: av.Packet) -> int:
        """Ticks of sound that the container wants cut from the end of this packet (AV_PKT_DATA_SKIP_SAMPLES)."""
        if self.stream.type != "audio" or not packet.has_sidedata("skip_samples"):
            return 0
        samples = int.from_bytes(bytes(packet.get_sidedata("skip_samples"))[4:8], "little")
        return round(samples / self.stream.codec_context.sample_rate / self.stream.time_base)

    def _decode(self, packet: av.Packet) -> None:
        try:
            self.head.extend(self.stream.decode(packet if packet.size else None))
        except (av.FFmpegError, ValueError) as error:
            self.head_fault = self.head_fault or getattr(error, "strerror", None) or str(error)


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


def walk(container: Any, tracks: Iterable[Track]) -> str:
    """Feeds every packet of the file to its track; returns what went wrong on the way, if anything did."""
    by_index = {track.stream.index: track for track in tracks}
    if not by_index:
        return ""
    try:
        for packet in container.demux(*(track.stream for track in by_index.values())):
            by_index[packet.stream.index].take(packet)
    except av.FFmpegError as error:
        return f"reading stopped early: {error.strerror}"
    return ""


def shows_frame(codec: str, data: memoryview) -> bool:
    """Whether a VP8 or VP9 packet shows a frame; "alternate reference" frames are decoded and never shown.

    VP8: RFC 6386, 9.1. VP9: the bitstream specification, 6.2 and annex B (a superframe always shows one frame).
    """
    if codec == "vp8":
        return bool(data[0] & 0x10)
    if data[-1] & 0xE0 == 0xC0:
        return True
    bits = data[0] << 8 | (data[1] if len(data) > 1 else 0)
    shift = 11 if bits >> 12 & 3 == 3 else 12
    show_existing, show_frame = bits >> (shift - 1) & 1, bits >> (shift - 3) & 1
    return bool(show_existing or show_frame)


def decoded_times(container: Any, index: int, max_pixels: int) -> list[int | None]:
    """Time stamps of all frames of one stream by decoding it whole; what cannot be decoded is passed over."""
    stream = container.streams[index]
    stream.codec_context.options = {"max_pixels": str(max_pixels)}
    stream.codec_context.thread_type = "AUTO"
    times: list[int | None] = []
    for packet in container.demux(stream):
        try:
            times.extend(frame.pts for frame in stream.decode(packet if packet.size else None))
        except (av.FFmpegError, ValueError):
            continue
    return times
