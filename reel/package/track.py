"""What a packaged track is: facts of one CMAF file, as manifests need them. Read back from the file, never carried over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from reel.errors import BadMedia
from reel.package.boxes import HEADER_BYTES, Fields, Malformed, header, inside, optional, run_of
from reel.package.entries import PictureFacts, Protection, SoundFacts, described

MOST_HEAD_BYTES = 1 << 20
"""Of `ftyp` and `moov` of one track: ours have under 1 kB."""
MOST_INDEX_BYTES = 1 << 24
"""Of `sidx` (a million fragments) or `moof`."""


@dataclass(frozen=True)
class Fragment:
    """One `moof` with its `mdat`."""

    start: Fraction
    """Seconds, as shown."""
    end: Fraction
    offset: int
    """Of its first byte in the file."""
    size: int
    first_sample_end: int
    """Bytes from its beginning to the end of its first sample: of a picture, the key frame."""


@dataclass(frozen=True)
class Track:
    """One CMAF file."""

    facts: PictureFacts | SoundFacts
    codec: str
    """As RFC 6381 has it."""
    head_size: int
    """Bytes of `ftyp` and `moov`, with which the file begins."""
    index_size: int
    """Bytes of `sidx`, which follows."""
    fragments: tuple[Fragment, ...]
    protection: Protection | None = None
    """Null: it is clear."""

    @property
    def end(self) -> Fraction:
        """Seconds, as shown, after which nothing follows."""
        return self.fragments[-1].end

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self.fragments[-1].offset + self.fragments[-1].size


@contextmanager
def well_formed(path: Path) -> Iterator[None]:
    """Errors name the file."""
    try:
        yield
    except Malformed as error:
        raise BadMedia.at(path.name, f"is no CMAF file of one track: {error}", "package its source again") from error


def read_track(path: Path) -> Track:
    """The facts of a CMAF file of one track. `BadMedia` where it is none, or where its boxes do not fill it to the byte."""
    with well_formed(path), path.open("rb") as file:
        boxes = list(top_level(file, path.stat().st_size))
        names = [name for name, _, _ in boxes]
        count = (len(names) - 3) // 2
        if not count or names != ["ftyp", "moov", "sidx"] + ["moof", "mdat"] * count:
            raise Malformed(f"its boxes are {' '.join(names[:8])}")
        (_, moov_at, moov_size), (_, index_at, index_size) = boxes[1:3]
        moov = contents_at(file, moov_at, moov_size, MOST_HEAD_BYTES)
        timescale, pieces = index_of(contents_at(file, index_at, index_size, MOST_INDEX_BYTES))
        zero = _media_zero(moov)
        moofs = [(at, contents_at(file, at, size, MOST_INDEX_BYTES)) for name, at, size in boxes if name == "moof"]
        if len(pieces) != len(moofs) or timescale != _timescale(moov):
            raise Malformed(f"its index lists {len(pieces)} fragments at {timescale} ticks, and it has {len(moofs)}")
        fragments, lasts = _fragments(moofs, pieces, timescale, zero, index_at + index_size)
        if fragments[-1].offset + fragments[-1].size != path.stat().st_size:
            raise Malformed("its index does not end where the file does")
        facts, codec, protection = described(moov, timescale, lasts)
        return Track(facts, codec, moov_at + moov_size, index_size, fragments, protection)


def top_level(file: BinaryIO, size: int) -> Iterator[tuple[str, int, int]]:
    """Name, place and size of each box of a file."""
    place = 0
    while place < size:
        file.seek(place)
        name, _, whole = header(file.read(16), size - place)
        yield name, place, whole
        place += whole


def contents_at(file: BinaryIO, place: int, size: int, most: int) -> bytes:
    """What is in the box at a place of a file, which has no more than `most` bytes."""
    if size > most:
        raise Malformed(f"a box of {size} bytes, and {most} are the most")
    file.seek(place)
    data = file.read(size)
    return data[header(data, size)[1] :]


def index_of(data: bytes) -> tuple[int, list[tuple[int, int]]]:
    """Ticks per second, and bytes and ticks of each fragment, from `sidx`."""
    fields = Fields(data)
    version, _ = fields.version()
    _, timescale, earliest, distance = (fields.number(size) for size in (4, 4, *(4 + 4 * version,) * 2))
    _, count = fields.number(2), fields.number(2)
    if earliest or distance or not timescale:
        raise Malformed(f"its index begins at tick {earliest} and byte {distance}")
    pieces = []
    for _ in range(count):
        size, ticks, access = (fields.number(4) for _ in range(3))
        if size >> 31 or not ticks or access >> 28 != 0b1001:
            raise Malformed("its index lists what is no fragment with a key frame in front")
        pieces.append((size, ticks))
    if fields.rest():
        raise Malformed("its index is longer than its list")
    return timescale, pieces


def _timescale(moov: bytes) -> int:
    fields = Fields(inside(moov, "trak", "mdia", "mdhd"))
    version, _ = fields.version()
    fields.take(16 if version else 8)
    return fields.number(4)


def _media_zero(moov: bytes) -> int:
    """The tick of the track that is shown first: 0, unless an edit list names another."""
    edits = optional(inside(moov, "trak"), "edts")
    if edits is None:
        return 0
    fields = Fields(inside(edits, "elst"))
    version, _ = fields.version()
    if (count := fields.number(4)) != 1:
        raise Malformed(f"its edit list has {count} entries")
    fields.take(8 if version else 4)
    zero = fields.signed(8 if version else 4)
    if zero < 0:
        raise Malformed("it begins with an empty edit")
    return zero


def _fragments(
    moofs: list[tuple[int, bytes]], pieces: list[tuple[int, int]], timescale: int, zero: int, first: int
) -> tuple[tuple[Fragment, ...], int]:
    """The fragments, and the ticks that samples usually last."""
    fragments = []
    place, tick, usual = first, 0, 0
    for (at, moof), (size, ticks) in zip(moofs, pieces, strict=True):
        run = run_of(moof)
        if not run.lasts:
            raise Malformed("its samples last no time")
        shown = run.decoded_at + run.shown_after
        if at != place or max(0, shown - zero) != tick:
            raise Malformed(f"a fragment at byte {at} and tick {shown - zero} where the index has {place} and {tick}")
        usual = usual or run.lasts
        head = HEADER_BYTES + len(moof) + HEADER_BYTES  # `moof` whole, the header of `mdat`
        fragments.append(
            Fragment(Fraction(tick, timescale), Fraction(tick + ticks, timescale), at, size, head + run.sizes[0])
        )
        place, tick = place + size, tick + ticks
    return tuple(fragments), usual
