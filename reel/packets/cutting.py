"""Copying whole frames out of a stream, as packets. Runs in the child process of `reel.packets.copy_reader`.

Frames are numbered as they are shown, from the stream's first. With B-frames, packets come in another order; a stretch can
end only where the packets so far are exactly the frames so far.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, BinaryIO, TypeAlias

import av
from av.packet import Packet as AnyPacket

from reel.packets.refuse import Refusal
from reel.packets.units import IDR, SPS, length_prefixed, nal_types
from reel.time import ticks_per_frame, timescale_of

Packet: TypeAlias = "AnyPacket[Any]"


def copy_out(source: str, order: dict[str, Any], out: BinaryIO) -> None:
    """Write the packets of as many of the ordered frames as can be copied, as mp4.

    The order has `stream`, `demuxer`, `rate`, `start` (seconds of the stream's first frame), `first` and `frames`. Raises
    `Refusal` where nothing can be copied.
    """
    rate, start = Fraction(order["rate"]), Fraction(order["start"])
    with av.open(source, format=order["demuxer"].split(",")[0]) as container:
        stream = container.streams[order["stream"]]
        if not length_prefixed(bytes(stream.codec_context.extradata or b"")):
            raise Refusal("its packets are not in mp4's form", "")
        numbered = list(_numbered(container, stream, rate, start, order["first"], order["frames"]))
        packets = _closed(numbered, order["first"], order["frames"])
        if not packets:
            raise Refusal("too few of its frames can be told apart from those that follow", "")
        _write(packets, order["first"], stream, rate, out)


def _numbered(
    container: Any, stream: Any, rate: Fraction, start: Fraction, first: int, frames: int
) -> Iterator[tuple[int, Packet]]:
    """Packets from the key frame `first` on, each with its frame's number; a few more than are needed."""
    seek_to = int((start + (first + Fraction(1, 4)) / rate) / stream.time_base)
    container.seek(seek_to, stream=stream, backward=True)
    begun = False
    for packet in container.demux(stream):
        if packet.pts is None:
            continue
        number = round((packet.pts * stream.time_base - start) * rate)
        if not begun:
            if number != first:
                continue
            begun = True
            if IDR not in nal_types(bytes(packet)):
                raise Refusal("its key frames do not begin anew (open GOP)", "")
        elif number < first:
            raise Refusal("frames before a key frame are stored after it (open GOP)", "")
        if packet.is_discard or packet.is_corrupt:
            raise Refusal("packets are damaged, or hidden by an edit list", "")
        yield number, packet
        # In decoding order; when a key frame is far beyond the end, all that is needed has come.
        if number > first + frames + 64:
            return


def _closed(numbered: list[tuple[int, Packet]], first: int, frames: int) -> list[tuple[int, Packet]]:
    """The longest beginning whose frames follow one another without a gap, and end where asked for, or before."""
    highest, best = first - 1, 0
    for count, (number, _) in enumerate(numbered, start=1):
        highest = max(highest, number)
        if highest >= first + frames:
            break
        if highest == first + count - 1:
            best = count
    return numbered[:best]


def _write(packets: list[tuple[int, Packet]], first: int, stream: Any, rate: Fraction, out: BinaryIO) -> None:
    ticks, delay = ticks_per_frame(rate), max(place - (number - first) for place, (number, _) in enumerate(packets))
    options = {"video_track_timescale": str(timescale_of(rate)), "fflags": "+bitexact", "movie_timescale": "48000"}
    with av.open(out, "w", format="mp4", options=options) as target:
        video = target.add_stream_from_template(stream)
        video.time_base = Fraction(1, timescale_of(rate))
        for place, (number, packet) in enumerate(packets):
            if SPS in nal_types(bytes(packet)) and place:
                raise Refusal("its codec parameters change on the way", "")
            packet.stream = video
            packet.pts = (number - first) * ticks
            packet.dts = (place - delay) * ticks
            packet.duration = ticks
            packet.time_base = video.time_base
            target.mux(packet)
