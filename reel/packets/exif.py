"""The EXIF orientation of a WebP file, which FFmpeg reads past (it does read that of JPEG, PNG and TIFF). Pure."""

from __future__ import annotations

from typing import BinaryIO, Literal

TURNS = {2: (0, True), 3: (180, False), 4: (180, True), 5: (270, True), 6: (90, False), 7: (90, True), 8: (270, False)}
"""EXIF's orientation as a mirroring left to right, done first, and a clockwise turn in degrees."""
ORIENTATION = 0x0112
MOST_CHUNKS = 1000


def webp_turn(file: BinaryIO) -> tuple[int, bool]:
    """Clockwise turn in degrees that brings the picture upright, and whether it is mirrored before that."""
    return TURNS.get(_orientation(_exif_chunk(file)), (0, False))


def _exif_chunk(file: BinaryIO) -> bytes:
    file.seek(12)
    for _ in range(MOST_CHUNKS):
        header = file.read(8)
        size = int.from_bytes(header[4:], "little")
        if len(header) < 8:
            break
        if header[:4] == b"EXIF":
            return file.read(min(size, 1 << 16)).removeprefix(b"Exif\0\0")
        file.seek(size + size % 2, 1)
    return b""


def _orientation(tiff: bytes) -> int:
    """The orientation in the first directory of a TIFF header, 1 where there is none."""
    order: Literal["little", "big"] = "little" if tiff[:2] == b"II" else "big"

    def number(at: int, size: int) -> int:
        return int.from_bytes(tiff[at : at + size], order)

    directory = number(4, 4)
    for entry in range(directory + 2, directory + 2 + 12 * number(directory, 2), 12):
        if number(entry, 2) == ORIENTATION:
            return number(entry + 8, 2)
    return 1
