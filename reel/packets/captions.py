"""Closed captions that lie within pictures (CEA-608 and 708, as ATSC A/53 part 4 has them in H.264, H.265, AV1 and MPEG-2)."""

from __future__ import annotations

CODECS = ("h264", "hevc", "av1", "mpeg2video")
"""Of which pictures hold them, by FFmpeg's names."""
MARK = b"GA94\x03"
"""In front of a picture's captions: who says so (ATSC), and of what kind it is (`cc_data`)."""
TRIPLES, VALID = 0x1F, 0x04
"""Of the byte after the mark how many triples there are; of a triple's first byte whether it holds anything."""


def has_captions(packet: bytes) -> bool:
    """Whether a packet of video says anything in captions: many programs write empty ones into each picture."""
    at = packet.find(MARK)
    while at >= 0:
        begin = at + len(MARK) + 2
        for place in range(begin, begin + 3 * (packet[begin - 2] & TRIPLES), 3) if begin <= len(packet) else ():
            triple = packet[place : place + 3]
            # The eighth bit of the others is their parity.
            if len(triple) == 3 and triple[0] & VALID and (triple[1] & 0x7F or triple[2] & 0x7F):
                return True
        at = packet.find(MARK, at + 1)
    return False
