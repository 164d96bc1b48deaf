"""A ZIP archive as it goes: files as they are, one after another, its size known before its first byte.

Nothing is compressed, as videos and pictures are already, and nothing is kept: what is read is sent. So checksums come after
their files (data descriptors), as of any archive that is written without going back; whatever reads the directory at the end
reads it, which is nearly all there is (of Java's, `ZipFile`, not `ZipInputStream`). Format: PKWARE's APPNOTE 6.3.10.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

LIMIT = 0xFFFFFFFF
"""From this on a number needs 64 bits (4.4.1.4)."""
MOST_ENTRIES = 0xFFFF

_LOCAL, _DESCRIPTOR, _CENTRAL = 0x04034B50, 0x08074B50, 0x02014B50
_END64, _LOCATOR64, _END = 0x06064B50, 0x07064B50, 0x06054B50
_OLD, _WITH_64 = 20, 45
"""Version needed to read it: 2.0, or 4.5 with numbers of 64 bits (4.4.3)."""
_UNIX = 3 << 8
_FLAGS = 1 << 3 | 1 << 11
"""A descriptor follows; names are UTF-8 (4.4.4)."""
_PLAIN_FILE = 0o100644 << 16


class Entry(NamedTuple):
    """A file of the archive."""

    name: str
    """With slashes between its parts."""
    bytes: int
    modified: datetime

    @property
    def wide(self) -> bool:
        return self.bytes >= LIMIT


Read = Callable[[Entry], Iterable[bytes]]
"""The bytes of an entry, in blocks."""


def zip_bytes(entries: Sequence[Entry]) -> int:
    """The size of the archive of these files."""
    return sum(len(block) for block in _around(entries)) + sum(entry.bytes for entry in entries)


def zip_blocks(entries: Sequence[Entry], read: Read) -> Iterator[bytes]:
    """The archive, in blocks. Raises `ValueError` where a file is not as long as its entry says, and what `read` raises; what
    came until then is no archive."""
    checksums: list[int] = []
    for entry in entries:
        yield _local(entry)
        checksum, done = 0, 0
        for block in read(entry):
            checksum, done = zlib.crc32(block, checksum), done + len(block)
            if done <= entry.bytes:
                yield block
        if done != entry.bytes:
            raise ValueError(f"{entry.name} has {done} bytes, and {entry.bytes} were announced")
        checksums.append(checksum)
        yield _descriptor(entry, checksum)
    yield from _directory(entries, checksums)


def _around(entries: Sequence[Entry]) -> Iterator[bytes]:
    """All but the files themselves, for its length: checksums are wrong."""
    for entry in entries:
        yield _local(entry)
        yield _descriptor(entry, 0)
    yield from _directory(entries, [0] * len(entries))


def _local(entry: Entry) -> bytes:
    name, extra = entry.name.encode(), struct.pack("<HHQQ", 1, 16, 0, 0) if entry.wide else b""
    size, version = (LIMIT, _WITH_64) if entry.wide else (0, _OLD)
    head = struct.pack("<IHHHIIIIHH", _LOCAL, version, _FLAGS, 0, _moment(entry), 0, size, size, len(name), len(extra))
    return head + name + extra


def _descriptor(entry: Entry, checksum: int) -> bytes:
    return struct.pack("<IIQQ" if entry.wide else "<IIII", _DESCRIPTOR, checksum, entry.bytes, entry.bytes)


def _directory(entries: Sequence[Entry], checksums: Sequence[int]) -> Iterator[bytes]:
    offset, size = 0, 0
    for entry, checksum in zip(entries, checksums, strict=True):
        record = _central(entry, checksum, offset)
        offset += len(_local(entry)) + entry.bytes + len(_descriptor(entry, 0))
        size += len(record)
        yield record
    yield _end(len(entries), offset, size)


def _central(entry: Entry, checksum: int, offset: int) -> bytes:
    wide = [*([entry.bytes] * 2 if entry.wide else []), *([offset] if offset >= LIMIT else [])]
    extra = struct.pack(f"<HH{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
    name, version, size = entry.name.encode(), _WITH_64 if wide else _OLD, min(entry.bytes, LIMIT)
    head = struct.pack("<IHHHHI", _CENTRAL, _UNIX | version, version, _FLAGS, 0, _moment(entry))
    sizes = struct.pack("<IIIHHHHH", checksum, size, size, len(name), len(extra), 0, 0, 0)
    return head + sizes + struct.pack("<II", _PLAIN_FILE, min(offset, LIMIT)) + name + extra


def _end(count: int, offset: int, size: int) -> bytes:
    wide = b""
    if count >= MOST_ENTRIES or offset >= LIMIT or size >= LIMIT:
        record = struct.pack("<HHIIQQQQ", _UNIX | _WITH_64, _WITH_64, 0, 0, count, count, size, offset)
        wide = struct.pack("<IQ", _END64, len(record)) + record
        wide += struct.pack("<IIQI", _LOCATOR64, 0, offset + size, 1)
    shown = min(count, MOST_ENTRIES)
    return wide + struct.pack("<IHHHHIIH", _END, 0, 0, shown, shown, min(size, LIMIT), min(offset, LIMIT), 0)


def _moment(entry: Entry) -> int:
    """Date and time as MS-DOS wrote them, to two seconds (4.4.6); in UTC, as the format knows no zones."""
    when = max(entry.modified.astimezone(UTC), datetime(1980, 1, 1, tzinfo=UTC))
    date = (when.year - 1980) << 9 | when.month << 5 | when.day
    return date << 16 | when.hour << 11 | when.minute << 5 | when.second // 2
