"""What a manifest says of a codec (RFC 6381), read out of the sample entry in the head of a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reel.package.boxes import Fields, Malformed, inside

UNSPECIFIED = 2


@dataclass(frozen=True)
class Colour:
    """Code points of ITU-T H.273; 2 stands for unspecified."""

    primaries: int = UNSPECIFIED
    transfer: int = UNSPECIFIED
    matrix: int = UNSPECIFIED
    full_range: bool = False


BT709 = Colour(1, 1, 1)


def picture_codec(entry: str, boxes: bytes, colour: Colour) -> str:
    """The codec of a picture, from the boxes inside its sample entry."""
    writer = PICTURES.get(entry)
    if not writer:
        raise Malformed(f"pictures of kind {entry!r} are not known here")
    return writer(boxes, colour)


def _avc(boxes: bytes, colour: Colour) -> str:
    """ISO/IEC 14496-15, 5.3.3.1: profile, constraints and level as they stand there."""
    record = Fields(inside(boxes, "avcC"))
    record.take(1)
    return f"avc1.{record.take(3).hex()}"


def _hevc(boxes: bytes, colour: Colour) -> str:
    """ISO/IEC 14496-15, annex E.3."""
    record = Fields(inside(boxes, "hvcC"))
    record.take(1)
    profile, compatible, constraints, level = record.number(1), record.number(4), record.take(6), record.number(1)
    space = ("", "A", "B", "C")[profile >> 6]
    reversed_bits = int(f"{compatible:032b}"[::-1], 2)
    tier = "H" if profile >> 5 & 1 else "L"
    held = "".join(f".{byte:X}" for byte in constraints.rstrip(b"\0"))
    return f"hvc1.{space}{profile & 31}.{reversed_bits:X}.{tier}{level}{held}"


def _av1(boxes: bytes, colour: Colour) -> str:
    """AV1 in ISO base media files, section 5. Sampling and colours stand there where they are not the usual ones."""
    record = Fields(inside(boxes, "av1C"))
    record.take(1)
    profile, bits = record.number(1), record.number(1)
    depth = 12 if bits >> 5 & 1 else 10 if bits >> 6 & 1 else 8
    text = f"av01.{profile >> 5}.{profile & 31:02}{'H' if bits >> 7 else 'M'}.{depth:02}"
    mono, sampling = bits >> 4 & 1, f"{bits >> 3 & 1}{bits >> 2 & 1}{bits & 3 if bits & 12 == 12 else 0}"
    usual = colour in (BT709, Colour()) and not mono and sampling == "110"
    return text if usual else f"{text}.{mono}.{sampling}.{_code_points(colour)}.{colour.full_range:d}"


def _vp9(boxes: bytes, colour: Colour) -> str:
    """VP codec ISO media file format binding, version 1."""
    record = Fields(inside(boxes, "vpcC"))
    record.version()
    profile, level, bits, *points = record.take(6)
    written = ".".join(f"{number:02}" for number in (profile, level, bits >> 4, bits >> 1 & 7, *points, bits & 1))
    return f"vp09.{written}"


def _code_points(colour: Colour) -> str:
    return f"{colour.primaries:02}.{colour.transfer:02}.{colour.matrix:02}"


PICTURES: dict[str, Callable[[bytes, Colour], str]] = {"avc1": _avc, "hvc1": _hevc, "av01": _av1, "vp09": _vp9}


def sound_codec(entry: str, boxes: bytes) -> tuple[str, int]:
    """The codec of a sound and its channels, from the boxes inside its sample entry."""
    reader = SOUNDS.get(entry)
    if not reader:
        raise Malformed(f"sound of kind {entry!r} is not known here")
    return reader(boxes)


def _aac(boxes: bytes) -> tuple[str, int]:
    """Object type and channels of the AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1), which the esds box holds (14496-1)."""
    fields = Fields(inside(boxes, "esds"))
    fields.version()
    config = _descriptor(_descriptor(fields, 3, skip=3), 4, skip=13)
    bits = _descriptor(config, 5).number(2)
    kind, rate, channels = bits >> 11, bits >> 7 & 15, bits >> 3 & 15
    if kind == 31 or rate == 15 or not 1 <= channels <= 7:
        raise Malformed(f"AAC of object type {kind} with rate {rate} and channels {channels} is not known here")
    return f"mp4a.40.{kind}", 8 if channels == 7 else channels


def _descriptor(fields: Fields, tag: int, skip: int = 0) -> Fields:
    """What a descriptor holds behind its first `skip` bytes."""
    if (found := fields.number(1)) != tag:
        raise Malformed(f"descriptor {found} where {tag} is due")
    size = 0
    for _ in range(4):
        byte = fields.number(1)
        size = size << 7 | byte & 127
        if byte < 128:
            break
    held = Fields(fields.take(size))
    held.take(skip)
    return Fields(held.rest())


def _opus(boxes: bytes) -> tuple[str, int]:
    """Opus in ISO base media files, 4.3.2."""
    record = Fields(inside(boxes, "dOps"))
    record.take(1)
    return "opus", record.number(1)


def _flac(boxes: bytes) -> tuple[str, int]:
    """FLAC in ISO base media files: STREAMINFO behind the header of its block (RFC 9639, 8.2)."""
    record = Fields(inside(boxes, "dfLa"))
    record.take(4 + 4 + 10)
    return "flac", (record.number(4) >> 9 & 7) + 1


SOUNDS: dict[str, Callable[[bytes], tuple[str, int]]] = {"mp4a": _aac, "Opus": _opus, "fLaC": _flac}
