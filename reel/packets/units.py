"""The units that H.264 packets are made of, where each has its length in front (ISO/IEC 14496-15), as in mp4 and Matroska."""

from __future__ import annotations

from collections.abc import Iterator

IDR, SPS, PPS = 5, 7, 8
"""Types of units (ITU-T H.264, table 7-1): a frame that begins anew, and the two parameter sets."""

LENGTH_BYTES = 4


def length_prefixed(extradata: bytes) -> bool:
    """Whether a stream's configuration record says that units have lengths of four bytes in front."""
    return len(extradata) > 6 and extradata[0] == 1 and extradata[4] & 3 == LENGTH_BYTES - 1


def nal_types(packet: bytes) -> set[int]:
    """The types of the units in a packet."""
    return {unit[0] & 31 for unit in units(packet) if unit}


def units(packet: bytes) -> Iterator[bytes]:
    """The units of a packet, without their lengths."""
    place = 0
    while place + LENGTH_BYTES <= len(packet):
        length = int.from_bytes(packet[place : place + LENGTH_BYTES], "big")
        yield packet[place + LENGTH_BYTES : place + LENGTH_BYTES + length]
        place += LENGTH_BYTES + length


def parameter_sets(extradata: bytes) -> bytes:
    """The parameter sets of a configuration record, as units that can stand in front of a packet."""
    if not length_prefixed(extradata):
        raise ValueError("not a configuration record with lengths of four bytes")
    sets = b""
    place = 5
    for mask in (31, 255):
        count, place = extradata[place] & mask, place + 1
        for _ in range(count):
            length = int.from_bytes(extradata[place : place + 2], "big")
            sets += length.to_bytes(LENGTH_BYTES, "big") + extradata[place + 2 : place + 2 + length]
            place += 2 + length
    return sets
