"""What a track's sample entry says of it: sizes, rates, codecs, and whether it is encrypted."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction

from reel.package.boxes import Fields, Malformed, header, inside, optional
from reel.package.codecs import Colour, picture_codec, sound_codec

ENTRY_TABLE = ("trak", "mdia", "minf", "stbl", "stsd")
"""The way to a track's sample entry within `moov`."""
ENCRYPTED_ENTRIES = ("enca", "encv")
ENTRY_BYTES = (28, 78)
"""Of an entry of sound, and of a picture, before its boxes (ISO/IEC 14496-12, 12.2.3 and 12.1.3)."""


@dataclass(frozen=True)
class PictureFacts:
    """What manifests say of a picture beside its codec."""

    width: int
    height: int
    pixel_aspect: Fraction
    """Width of a pixel by its height."""
    rate: Fraction
    """Frames per second."""
    colour: Colour


@dataclass(frozen=True)
class SoundFacts:
    """What manifests say of a sound beside its codec."""

    sample_rate: int
    channels: int


@dataclass(frozen=True)
class Protection:
    """How the samples of a track are encrypted (ISO/IEC 23001-7)."""

    scheme: str
    """`cbcs` or `cenc`."""
    key_id: bytes


def described(moov: bytes, timescale: int, lasts: int) -> tuple[PictureFacts | SoundFacts, str, Protection | None]:
    """What the sample entry says; samples last so many ticks."""
    table = Fields(inside(moov, *ENTRY_TABLE))
    table.version()
    if (count := table.number(4)) != 1:
        raise Malformed(f"{count} sample entries where one is due")
    entry = table.rest()
    name, head, _ = header(entry[:16], len(entry))
    fields = Fields(entry[head:])
    fields.take(8)  # reserved, data reference
    is_picture = inside(moov, "trak", "mdia", "hdlr")[8:12] == b"vide"
    protection = None
    if name == ENCRYPTED_ENTRIES[is_picture]:
        name, protection = _protection(entry[head + ENTRY_BYTES[is_picture] :])
    if is_picture:
        return *_picture(name, fields, Fraction(timescale, lasts)), protection
    return *_sound(name, fields, timescale), protection


def _protection(boxes: bytes) -> tuple[str, Protection]:
    """What an encrypted sample entry is called in the clear, and how it is encrypted (ISO/IEC 14496-12, 8.12; 23001-7, 8.2)."""
    sinf = inside(boxes, "sinf")
    scheme, entry = inside(sinf, "schm")[4:8].decode("latin-1"), inside(sinf, "frma").decode("latin-1")
    fields = Fields(inside(sinf, "schi", "tenc"))
    fields.take(4 + 2)  # version and flags; reserved, the pattern
    if fields.take(1) != b"\1" or scheme not in ("cbcs", "cenc"):
        raise Malformed(f"its scheme of encryption is {scheme!r}, or it is not encrypted by default")
    fields.take(1)  # bytes of a vector
    return entry, Protection(scheme, fields.take(16))


def _picture(name: str, fields: Fields, rate: Fraction) -> tuple[PictureFacts, str]:
    fields.take(16)
    width, height = fields.number(2), fields.number(2)
    fields.take(50)
    boxes = fields.rest()
    colour = _colour(optional(boxes, "colr"))
    aspect = struct.unpack(">II", shape) if (shape := optional(boxes, "pasp")) and len(shape) == 8 else (1, 1)
    if not all((width, height, *aspect)):
        raise Malformed(f"a picture of {width}x{height} with pixels of {aspect[0]}:{aspect[1]}")
    return PictureFacts(width, height, Fraction(*aspect), rate, colour), picture_codec(name, boxes, colour)


def _colour(box: bytes | None) -> Colour:
    if box is None or box[:4] != b"nclx":
        return Colour()
    fields = Fields(box, 4)
    return Colour(fields.number(2), fields.number(2), fields.number(2), bool(fields.number(1) >> 7))


def _sound(name: str, fields: Fields, sample_rate: int) -> tuple[SoundFacts, str]:
    """A tick is a sample: the entry's own field for the rate ends at 65,535."""
    fields.take(20)
    codec, channels = sound_codec(name, fields.rest())
    return SoundFacts(sample_rate, channels), codec
