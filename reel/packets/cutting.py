"""Copying whole frames out of a stream, as packets. Runs in the child process of `reel.packets.copy_reader`.

Frames are numbered as they are shown, from the stream's first. With B-frames, packets come in another order; a stretch can
end only where the packets so far are exactly the frames so far.

H.265 allows frames that are decoded after a key frame and shown before it. They are in front of the stretch, where they are
encoded, not copied; so they are left out, and the key frame is marked as one that begins anew: a broken link (BLA), which is
what the standard has for splicing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, BinaryIO

import av
from av.packet import Packet

from reel.codecs.hevc import UNITS as H265
from reel.codecs.nal import Coding
from reel.confinement.refusal import Refusal
from reel.packets.form import Form, form_of
from reel.packets.units import (
    CLEAN,
    FREE,
    LEADING,
    as_broken_link,
    drops_what_came_before,
    layer,
)
from reel.packets.writing import add_video_stream, open_container
from reel.time import ticks_per_frame, timescale_of

READ_ON = 64
"""How many frames beyond the end are looked at: more than any frame is decoded early or late."""

FARTHEST_ENTRY = 3600
"""How many frames before the first wanted one are held for its sake, at most."""

ENTRY_BYTES = 8
"""Of the number behind what `wrap_out` writes."""


@dataclass(frozen=True)
class CodedFrame:
    """A packet's frame."""

    number: int
    """Its place as shown."""
    units: list[bytes]
    is_key: bool


def copy_out(source: str, order: dict[str, Any], out: BinaryIO) -> None:
    """Write the packets of as many of the ordered frames as can be copied, as mp4.

    The order has `stream`, `demuxer`, `rate`, `start` (seconds of the stream's first frame), `first` and `frames`. Raises
    `Refusal` where nothing can be copied.
    """
    with _opened(source, order) as reading:
        reading.seek(order["first"])
        _copy(reading, order["first"], order["frames"], out)


def wrap_out(source: str, order: dict[str, Any], out: BinaryIO) -> None:
    """Write the ordered frames with all that decoding them takes, from a file in which no seek is exact: it is read from its
    begin. Behind the mp4 stands, in `ENTRY_BYTES`, the number of its first frame. Raises `Refusal`.
    """
    first = order["first"]
    with _opened(source, order) as reading:
        key = _last_entry(reading, first)
    with _opened(source, order) as reading:
        _copy(reading, key, first - key + order["frames"] + READ_ON, out)
    out.seek(0, 2)
    out.write(key.to_bytes(ENTRY_BYTES, "big"))


@dataclass(frozen=True)
class PacketReader:
    """A stream that is read packet by packet."""

    container: Any
    stream: Any
    form: Form
    rate: Fraction
    start: Fraction

    def seek(self, number: int) -> None:
        """Go to a key frame."""
        time = (self.start + (number + Fraction(1, 4)) / self.rate) / self.stream.time_base
        self.container.seek(int(time), stream=self.stream, backward=True)

    def packets(self) -> Iterator[tuple[int, Any]]:
        """Packets in the order of decoding, with the numbers of their frames."""
        for packet in self.container.demux(self.stream):
            if packet.pts is not None:
                yield round((packet.pts * self.stream.time_base - self.start) * self.rate), packet


@contextmanager
def _opened(source: str, order: dict[str, Any]) -> Iterator[PacketReader]:
    with av.open(source, format=order["demuxer"].split(",")[0]) as container:
        stream = container.streams[order["stream"]]
        yield PacketReader(container, stream, form_of(stream), Fraction(order["rate"]), Fraction(order["start"]))


def _copy(reading: PacketReader, first: int, wanted: int, out: BinaryIO) -> None:
    frames = _closed(list(_numbered(reading, first, wanted)), first, wanted)
    if not frames:
        raise Refusal("too few of its frames can be told apart from those that follow", "")
    _write(frames, first, reading, out)


def _last_entry(reading: PacketReader, first: int) -> int:
    """The number of the last key frame, at or before frame `first`, that begins anew."""
    entry = None
    for number, packet in reading.packets():
        if packet.is_keyframe and number <= first and _begins(reading.form.units(bytes(packet)), reading.form.coding):
            entry = number
        if number > first + READ_ON:
            break
    if entry is None or first - entry > FARTHEST_ENTRY:
        raise Refusal("no key frame that begins anew is near (open GOP)", "")
    return entry


def _numbered(reading: PacketReader, first: int, frames: int) -> Iterator[CodedFrame]:
    """Frames from the key frame `first` on, in the order of decoding; a few more than are needed."""
    form = reading.form
    begun = False
    for number, packet in reading.packets():
        if not begun and number != first:
            continue
        if packet.is_discard or packet.is_corrupt:
            raise Refusal("packets are damaged, or hidden by an edit list", "")
        parts = form.units(bytes(packet))
        _hold(parts, form)
        if not begun:
            begun = True
            parts = _beginning(parts, form.coding)
        elif number < first:
            if _is_leading(parts, form.coding):
                continue
            raise Refusal("frames before a key frame are stored after it (open GOP)", "")
        yield CodedFrame(number, parts, bool(packet.is_keyframe))
        # In decoding order; when a key frame is far beyond the end, all that is needed has come.
        if number > first + frames + READ_ON:
            return


def _hold(parts: list[bytes], form: Form) -> None:
    """Raise `Refusal` where a packet has what cannot be kept among packets of other streams."""
    kinds = [form.coding.type_of(unit) for unit in parts]
    if any(kind in form.coding.sets and unit not in form.sets for kind, unit in zip(kinds, parts, strict=True)):
        raise Refusal("its codec parameters change on the way", "")
    if form.coding is H265:
        if any(kind in FREE for kind in kinds):
            raise Refusal("it carries Dolby Vision, which encoding the edges would lose", "")
        if any(layer(unit) for unit in parts):
            raise Refusal("it has several layers (two views, or an alpha plane)", "")


def _beginning(parts: list[bytes], coding: Coding) -> list[bytes]:
    """The first packet of a stretch, so that nothing before it matters. Raises `Refusal` where that is not to be had."""
    if not _begins(parts, coding):
        raise Refusal("its key frames do not begin anew (open GOP)", "")
    if coding is not H265:
        return parts
    if any(drops_what_came_before(unit) for unit in parts):
        raise Refusal("its key frames have a player throw away what is not shown yet", "")
    return [as_broken_link(unit) for unit in parts]


def _begins(parts: list[bytes], coding: Coding) -> bool:
    kinds = {coding.type_of(unit) for unit in parts}
    return bool(kinds & coding.fresh) or (coding is H265 and CLEAN in kinds)


def _is_leading(parts: list[bytes], coding: Coding) -> bool:
    """Whether a frame is one that H.265 lets be left out when decoding begins at the key frame before it."""
    pictures = [kind for unit in parts if (kind := coding.type_of(unit)) in coding.pictures]
    return coding is H265 and bool(pictures) and all(kind in LEADING for kind in pictures)


def _closed(frames: list[CodedFrame], first: int, wanted: int) -> list[CodedFrame]:
    """The longest beginning whose frames follow one another without a gap, and end where asked for, or before."""
    highest, best = first - 1, 0
    for count, frame in enumerate(frames, start=1):
        highest = max(highest, frame.number)
        if highest >= first + wanted:
            break
        if highest == first + count - 1:
            best = count
    return frames[:best]


def _write(frames: list[CodedFrame], first: int, reading: PacketReader, out: BinaryIO) -> None:
    form, rate = reading.form, reading.rate
    ticks, time_base = ticks_per_frame(rate), Fraction(1, timescale_of(rate))
    delay = max(place - (frame.number - first) for place, frame in enumerate(frames))
    with open_container(out, rate) as target:
        video = add_video_stream(target, reading.stream, rate, in_band=True)
        for place, frame in enumerate(frames):
            packet: Packet[Any] = Packet(form.packet(frame.units))
            packet.stream = video
            packet.is_keyframe = frame.is_key
            packet.pts = (frame.number - first) * ticks
            packet.dts = (place - delay) * ticks
            packet.duration = ticks
            packet.time_base = time_base
            target.mux(packet)
