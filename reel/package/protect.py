"""A CMAF file whose samples are encrypted (common encryption, ISO/IEC 23001-7), laid out as the clear one is.

Shaka Packager encrypts samples, and says how; but it cuts sound where it likes, leaves out the shapes of pixels, and writes the
time of day. So of its file nothing is taken but the samples, the boxes that tell players of the encryption (`sinf`, `pssh`),
and what each sample needs to be decrypted (`senc`). Encryption leaves sizes and times as they are: everything else is the clear
file's, down to the byte.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import BinaryIO

from reel.disk import disk_errors
from reel.errors import Internal
from reel.package.boxes import (
    HEADER_BYTES,
    Fields,
    Malformed,
    box,
    changed,
    children,
    full_box,
    header,
    inside,
    optional,
    run_of,
)
from reel.package.entries import ENCRYPTED_ENTRIES, ENTRY_BYTES, ENTRY_TABLE, PictureFacts, Protection
from reel.package.fragments import sidx
from reel.package.track import (
    MOST_HEAD_BYTES,
    MOST_INDEX_BYTES,
    Track,
    contents_at,
    index_of,
    read_track,
    top_level,
)
from reel.packets.track import Kind, read_payloads

SUBSAMPLES = 0x2
"""Flag of `senc`: what is encrypted of a sample is listed (23001-7, 7.2.1)."""


@dataclass(frozen=True)
class EncryptedSample:
    """A sample as Shaka Packager wrote it."""

    data: bytes
    needs: bytes
    """Its vector, and which of its bytes are encrypted; empty where all samples have the same vector, and are so as a whole."""
    ranged: bool
    """Whether that has a list of ranges of bytes."""


def write_protected(clear: Path, encrypted: Path, output: Path, wanted: Protection, key: bytes) -> Track:
    """Write `clear` with the samples of `encrypted`, and read back that they are those of `clear` under the key.

    The same files give the same bytes. Raises `Internal` where `encrypted` is not the same track, `wanted`, under that key.
    """
    track = read_track(clear)
    kind: Kind = "video" if isinstance(track.facts, PictureFacts) else "audio"
    with disk_errors(output.parent), _of_packager(encrypted):
        sent = _write(clear, track, encrypted, output)
    written = read_track(output)
    if written.protection != wanted:
        raise Internal.at(output.name, f"is protected by {written.protection}, not by {wanted}", "report this")
    _check_written(clear, output, kind, key, sent)
    return written


@contextmanager
def _of_packager(path: Path) -> Iterator[None]:
    try:
        yield
    except Malformed as error:
        what = f"is not the clear track encrypted: {error}"
        raise Internal.at(path.name, what, "report this with the version of Shaka Packager") from error


def _write(clear: Path, track: Track, encrypted: Path, output: Path) -> str:
    """Write the file; SHA-256 of all payloads that went into it."""
    sent = hashlib.sha256()
    with clear.open("rb") as source, encrypted.open("rb") as locked, output.open("wb") as file:
        moov, samples = _head(locked), _samples(locked)
        file.write(_protected_head(source.read(track.head_size), moov))
        index_at = file.tell()
        timescale, pieces = index_of(contents_at(source, track.head_size, track.index_size, MOST_INDEX_BYTES))
        file.write(sidx(timescale, pieces))
        sizes = []
        for fragment in track.fragments:
            moof = _moof(source, fragment.offset)
            taken = [*islice(samples, len(lengths := run_of(moof).sizes))]
            if tuple(len(sample.data) for sample in taken) != lengths:
                raise Malformed("its samples are others than the clear file's, or of other sizes")
            payload = b"".join(sample.data for sample in taken)
            head = box("moof", with_needs(moof, taken))
            file.write(head + struct.pack(">I4s", HEADER_BYTES + len(payload), b"mdat") + payload)
            sizes.append(len(head) + HEADER_BYTES + len(payload))
            sent.update(payload)
        if next(samples, None):
            raise Malformed("it has more samples than the clear file")
        file.seek(index_at)  # of the same length whatever the numbers
        file.write(sidx(timescale, [(size, ticks) for size, (_, ticks) in zip(sizes, pieces, strict=True)]))
    return sent.hexdigest()


def _head(file: BinaryIO) -> bytes:
    """The contents of `moov`."""
    return next(
        contents_at(file, at, size, MOST_HEAD_BYTES)
        for name, at, size in top_level(file, _size(file))
        if name == "moov"
    )


def _size(file: BinaryIO) -> int:
    return file.seek(0, 2)


def _moof(file: BinaryIO, place: int) -> bytes:
    file.seek(place)
    _, _, size = header(file.read(16), _size(file) - place)
    return contents_at(file, place, size, MOST_INDEX_BYTES)


def _protected_head(head: bytes, locked: bytes) -> bytes:
    """`ftyp` and `moov` of a clear file with what `locked`, the `moov` of an encrypted one, says of its encryption."""
    is_picture = inside(locked, "trak", "mdia", "hdlr")[8:12] == b"vide"
    name, bare = ENCRYPTED_ENTRIES[is_picture], ENTRY_BYTES[is_picture]
    sinf = box("sinf", inside(inside(inside(locked, *ENTRY_TABLE)[8:], name)[bare:], "sinf"))

    def protected(table: bytes) -> bytes:
        ((_, entry),) = children(table[8:])  # version, flags, and that there is one
        return table[:8] + box(name, entry, sinf)

    systems = b"".join(box("pssh", contents) for each, contents in children(locked) if each == "pssh")
    return changed(changed(head, ("moov", *ENTRY_TABLE), protected), ("moov",), lambda moov: moov + systems)


def _samples(file: BinaryIO) -> Iterator[EncryptedSample]:
    """The samples of an encrypted file, in the order of decoding."""
    moov, size = _head(file), _size(file)
    is_picture = inside(moov, "trak", "mdia", "hdlr")[8:12] == b"vide"
    entry = inside(inside(moov, *ENTRY_TABLE)[8:], ENCRYPTED_ENTRIES[is_picture])
    vector = inside(entry[ENTRY_BYTES[is_picture] :], "sinf", "schi", "tenc")[7]
    boxes = [*top_level(file, size)]
    for (name, at, whole), (following, data_at, _) in pairwise(boxes):
        if name == "moof" and following == "mdat":
            moof = contents_at(file, at, whole, MOST_INDEX_BYTES)
            lengths = run_of(moof).sizes
            ranged, needs = _needs(moof, len(lengths), vector)
            file.seek(data_at + HEADER_BYTES)
            for length, need in zip(lengths, needs, strict=True):
                yield EncryptedSample(file.read(length), need, ranged)


def _needs(moof: bytes, count: int, vector: int) -> tuple[bool, list[bytes]]:
    """What `senc` has for each sample, and whether that lists ranges; `vector`: bytes of a vector of its own."""
    found = optional(inside(moof, "traf"), "senc")
    if found is None:
        return False, [b""] * count
    fields = Fields(found)
    _, flags = fields.version()
    if fields.number(4) != count:
        raise Malformed("it does not tell of each sample how it is encrypted")
    ranged = bool(flags & SUBSAMPLES)
    needs = []
    for _ in range(count):
        own = fields.take(vector)
        if ranged:
            listed = fields.take(2)
            own += listed + fields.take(6 * int.from_bytes(listed, "big"))
        needs.append(own)
    return ranged, needs


def with_needs(moof: bytes, samples: Sequence[EncryptedSample]) -> bytes:
    """The contents of `moof` with what its samples need to be decrypted: `senc`, and where in it each one's begins (23001-7,
    7.2; ISO/IEC 14496-12, 8.7.8 and 8.7.9)."""
    needs = [sample.needs for sample in samples]
    if not any(needs):
        return moof
    flags = SUBSAMPLES if any(sample.ranged for sample in samples) else 0
    senc = full_box("senc", 0, flags, struct.pack(">I", len(needs)), *needs)
    lengths = {len(need) for need in needs}
    listed = b"" if len(lengths) == 1 else bytes(map(len, needs))
    saiz = full_box("saiz", 0, 0, struct.pack(">BI", 0 if listed else lengths.pop(), len(needs)), listed)
    saio_size = HEADER_BYTES + 4 + 4 + 4
    # From the begin of `moof`, which `tfhd` makes the base of all that its fragment points to.
    at = HEADER_BYTES + len(moof) + len(saiz) + saio_size + HEADER_BYTES + 4 + 4
    saio = full_box("saio", 0, 0, struct.pack(">II", 1, at))
    grown = len(saiz) + len(saio) + len(senc)

    def moved(run: bytes) -> bytes:
        """Its payload begins that much later."""
        return run[:8] + struct.pack(">I", int.from_bytes(run[8:12], "big") + grown) + run[12:]

    later = changed(moof, ("traf", "trun"), moved)
    return changed(later, ("traf",), lambda traf: traf + saiz + saio + senc)


def _check_written(clear: Path, output: Path, kind: Kind, key: bytes, sent: str) -> None:
    """`Internal` unless FFmpeg, which decrypts by code of its own, reads the packets of `clear`, shown at the same times, and
    without the key others."""
    before, after = hashlib.sha256(), hashlib.sha256()
    stamps: list[list[object]] = [[], []]
    for file, own, found, seen in ((clear, None, before, stamps[0]), (output, key, after, stamps[1])):
        for stamp, payload in read_payloads(file, kind, own):
            seen.append(stamp)
            found.update(payload)
    if stamps[0] != stamps[1] or before.digest() != after.digest():
        raise Internal.at(
            output.name, "does not decrypt to what was encrypted, or is shown at other times", "report this"
        )
    if before.hexdigest() == sent:
        raise Internal.at(output.name, "is as clear as what was to be encrypted", "report this")
