"""The units that H.264 and H.265 packets are made of.

In mp4 and Matroska each has its length in front (ISO/IEC 14496-15); in a transport stream, a start code (annex B of both
standards). Parameter sets are in the stream's configuration record, or in front of key frames, or both.
"""

from __future__ import annotations

from collections.abc import Iterator

from reel.codecs import VIDEO_CODECS
from reel.codecs.hevc import UNITS as H265
from reel.codecs.nal import Coding

LENGTH_BYTES = 4
START_CODE = b"\x00\x00\x00\x01"


CODINGS = {codec.stream: codec.units for codec in VIDEO_CODECS.values() if codec.units}
"""Of the codecs whose packets are made of units, by FFmpeg's name of their streams."""

CLEAN, BROKEN_LINK = 21, 18
"""H.265's key frame of an open group (CRA), which frames shown before it may bridge; and the same where the bridge is gone
(BLA without leading pictures). Their headers are alike but for the type (7.3.6.1)."""

LEADING = range(6, 10)
"""H.265's frames that are decoded after a key frame and shown before it (RADL, RASL)."""

KEY_FRAMES = range(16, 24)
"""H.265's frames at which decoding can begin (IRAP)."""

FREE = range(62, 64)
"""H.265's units that the standard leaves to others; Dolby Vision has its metadata and its second layer there."""

SEI = 39
LIGHT_SEI = frozenset({137, 144, 147})
"""Messages that hold for the whole stream: the mastering display, the content's light, the transfer function."""


def length_prefixed(extradata: bytes, coding: Coding) -> bool:
    """Whether a stream's configuration record says that units have lengths of four bytes in front."""
    place = coding.length_size_at
    return len(extradata) > place + 1 and extradata[0] == 1 and extradata[place] & 3 == LENGTH_BYTES - 1


def nal_types(packet: bytes, coding: Coding) -> set[int]:
    """The types of the units in a packet."""
    return {coding.type_of(unit) for unit in units(packet) if unit}


def units(packet: bytes) -> Iterator[bytes]:
    """The units of a packet with lengths, without them."""
    place = 0
    while place + LENGTH_BYTES <= len(packet):
        length = int.from_bytes(packet[place : place + LENGTH_BYTES], "big")
        yield packet[place + LENGTH_BYTES : place + LENGTH_BYTES + length]
        place += LENGTH_BYTES + length


def units_of_annex_b(packet: bytes) -> Iterator[bytes]:
    """The units of a packet with start codes, without them and without the zeros that may follow a unit."""
    place = packet.find(b"\x00\x00\x01")
    while place >= 0:
        following = packet.find(b"\x00\x00\x01", place + 3)
        unit = packet[place + 3 : following if following >= 0 else len(packet)].rstrip(b"\x00")
        if unit:
            yield unit
        place = following


def with_lengths(parts: list[bytes]) -> bytes:
    """Units as mp4 has them."""
    return b"".join(len(unit).to_bytes(LENGTH_BYTES, "big") + unit for unit in parts)


def layer(unit: bytes) -> int:
    """The layer of an H.265 unit: 0, unless it is of a second view or of an alpha plane."""
    return (unit[0] & 1) << 5 | unit[1] >> 3


def as_broken_link(unit: bytes) -> bytes:
    """The same H.265 unit, a clean key frame's made that of a broken link."""
    return bytes([unit[0] & 0b1000_0001 | BROKEN_LINK << 1]) + unit[1:] if H265.type_of(unit) == CLEAN else unit


def drops_what_came_before(unit: bytes) -> bool:
    """Whether an H.265 key frame has a decoder throw away frames that are not shown yet (`no_output_of_prior_pics_flag`, the
    second bit of the slice's header)."""
    return H265.type_of(unit) in KEY_FRAMES and bool(unit[2] & 0b0100_0000)


def record_units(extradata: bytes, coding: Coding) -> Iterator[bytes]:
    """The parameter sets of a configuration record, with H.265's messages beside them. Raises `ValueError`."""
    if not length_prefixed(extradata, coding):
        raise ValueError("not a configuration record with lengths of four bytes")
    return coding.record_units(extradata)


def parameter_sets(extradata: bytes, coding: Coding) -> bytes:
    """What of a configuration record must stand in front of a key frame that is not the record's: units with lengths."""
    return with_lengths([unit for unit in record_units(extradata, coding) if _needed(unit, coding)])


def _needed(unit: bytes, coding: Coding) -> bool:
    kind = coding.type_of(unit)
    return kind in coding.sets or (coding is H265 and kind == SEI and unit[2] in LIGHT_SEI)
