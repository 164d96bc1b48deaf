"""MPEG-TS one of whose time stamps is false, as where a bit of it fell over."""

from __future__ import annotations

import re

PICTURE, SOUND = 0xE0, 0xC0
"""Kinds of pieces (ISO/IEC 13818-1, 2.4.3.7)."""


def with_false_stamp(whole: bytes, kind: int, number: int, seconds: float) -> bytes:
    """The file in which a piece (by kind and number) is said to be shown or heard so much later; not when it is decoded."""
    changed = bytearray(whole)
    at = [found.end() + 5 for found in re.finditer(b"\x00\x00\x01" + re.escape(bytes([kind])), whole)][number]
    said = int.from_bytes(whole[at : at + 5], "big")
    # A time stamp has 33 bits, in three parts with a bit behind each.
    ticks = (said >> 33 & 7) << 30 | (said >> 17 & 0x7FFF) << 15 | (said >> 1 & 0x7FFF)
    ticks += round(seconds * 90_000)
    parts = (ticks >> 30) << 33 | (ticks >> 15 & 0x7FFF) << 17 | (ticks & 0x7FFF) << 1
    changed[at : at + 5] = (said & ~(7 << 33 | 0x7FFF << 17 | 0x7FFF << 1) | parts).to_bytes(5, "big")
    return bytes(changed)
