"""Boxes of ISO/IEC 14496-12, written and read; what does not add up to the byte is refused."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

HEADER_BYTES = 8


class Malformed(ValueError):
    """Bytes that are not the boxes which they should be; the argument says what is wrong."""


def box(name: str, *parts: bytes) -> bytes:
    """A box with these contents."""
    contents = b"".join(parts)
    return struct.pack(">I4s", HEADER_BYTES + len(contents), name.encode("latin-1")) + contents


def full_box(name: str, version: int, flags: int, *parts: bytes) -> bytes:
    """A box that states its version."""
    return box(name, struct.pack(">I", version << 24 | flags), *parts)


@dataclass
class Fields:
    """A reader of numbers, one after another, that never reads past its end."""

    data: bytes
    place: int = 0

    def take(self, count: int) -> bytes:
        """So many bytes."""
        end = self.place + count
        if count < 0 or end > len(self.data):
            raise Malformed(f"{count} bytes are due at {self.place}, and only {len(self.data)} are there")
        taken, self.place = self.data[self.place : end], end
        return taken

    def number(self, count: int) -> int:
        """An unsigned number of so many bytes."""
        return int.from_bytes(self.take(count), "big")

    def signed(self, count: int) -> int:
        """A number of so many bytes, which may be negative."""
        return int.from_bytes(self.take(count), "big", signed=True)

    def version(self) -> tuple[int, int]:
        """Version and flags of a full box."""
        return self.number(1), self.number(3)

    def rest(self) -> bytes:
        """What is left."""
        return self.take(len(self.data) - self.place)


def header(data: bytes, room: int) -> tuple[str, int, int]:
    """Name, size of the header and size of the whole of the box that begins with `data`, of which `room` bytes are there."""
    fields = Fields(data)
    size, name, head = fields.number(4), fields.take(4), HEADER_BYTES
    if size == 1:
        size, head = fields.number(8), 16
    if not head <= size <= room:
        raise Malformed(f"a box says {size} bytes where {room} are there")
    return name.decode("latin-1"), head, size


def children(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and contents of each box; they fill `data` to its end."""
    place = 0
    while place < len(data):
        name, head, size = header(data[place : place + 16], len(data) - place)
        yield name, data[place + head : place + size]
        place += size


def optional(data: bytes, name: str) -> bytes | None:
    """The contents of the box of this name, or None; `Malformed` where there are two."""
    found = [contents for each, contents in children(data) if each == name]
    if len(found) > 1:
        raise Malformed(f"{len(found)} boxes {name} where one is due")
    return found[0] if found else None


def inside(data: bytes, *path: str) -> bytes:
    """The contents of the one box at the end of a path; `Malformed` where it is missing."""
    for name in path:
        found = optional(data, name)
        if found is None:
            raise Malformed(f"no box {name}")
        data = found
    return data


def changed(data: bytes, path: Sequence[str], change: Callable[[bytes], bytes]) -> bytes:
    """`data` with other contents in the one box at the end of a path; of no path, itself changed. `Malformed` where that box
    is missing."""
    if not path:
        return change(data)
    inside(data, path[0])
    return b"".join(
        box(name, changed(contents, path[1:], change) if name == path[0] else contents)
        for name, contents in children(data)
    )


@dataclass(frozen=True)
class Run:
    """The samples of a fragment of one run (ISO/IEC 14496-12, 8.8.7, 8.8.8 and 8.8.12)."""

    decoded_at: int
    """Tick at which the first is decoded."""
    lasts: int
    """Ticks of each by default; 0 where that is not said."""
    sizes: tuple[int, ...]
    shown_after: int
    """Ticks from the first's decoding to its showing."""


def run_of(moof: bytes) -> Run:
    """What a fragment says of its samples."""
    traf = inside(moof, "traf")
    decoded, defaults, run = (Fields(inside(traf, name)) for name in ("tfdt", "tfhd", "trun"))
    version, _ = decoded.version()
    decoded_at = decoded.number(8 if version else 4)
    _, said = defaults.version()
    defaults.take(4 + 8 * bool(said & 0x1) + 4 * bool(said & 0x2))
    lasts = defaults.number(4) if said & 0x8 else 0
    usual = defaults.number(4) if said & 0x10 else 0
    version, listed = run.version()
    count = run.number(4)
    run.take(4 * bool(listed & 0x1) + 4 * bool(listed & 0x4))
    sizes, after = [], []
    for _ in range(count):
        run.take(4 * bool(listed & 0x100))
        sizes.append(run.number(4) if listed & 0x200 else usual)
        run.take(4 * bool(listed & 0x400))
        after.append((run.signed(4) if version else run.number(4)) if listed & 0x800 else 0)
    if not sizes:
        raise Malformed("a fragment has no samples")
    return Run(decoded_at, lasts, tuple(sizes), after[0])
