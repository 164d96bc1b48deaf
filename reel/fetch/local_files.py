"""Assets that are files of this machine: found, then copied and hashed in one pass.

    path = resolve("clips/a.mp4", base)
    sha256, size = fetch(path, scratch / "0.mp4", "clips[0].asset")

A file can be anything, and it can change under our hands: what is opened is looked at again, and what was read is held
against what was promised. All that is wrong with it is `BadMedia` and names the place in the request and the path.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import IO
from urllib.parse import unquote_to_bytes

from reel.errors import BadMedia, InvalidRequest, ReelError, Resource, Transient
from reel.fetch.memo import DigestMemo
from reel.settings import settings

BLOCK_BYTES = 1 << 20
"""How much is read at a time: enough that system calls cost nothing, and it stays in the processor's cache."""

# A scheme of one letter is no scheme but a drive or a short name.
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(.*)", re.DOTALL)

_KINDS = {
    stat.S_IFDIR: "is a folder, not a file",
    stat.S_IFIFO: "is a pipe, not a file",
    stat.S_IFSOCK: "is a socket, not a file",
    stat.S_IFCHR: "is a device, not a file",
    stat.S_IFBLK: "is a device, not a file",
}
_FAULTS = {
    errno.ENOENT: "does not exist",
    errno.ENOTDIR: "does not exist: a part of the path is no folder",
    errno.EACCES: "may not be read by this user",
    errno.EPERM: "may not be read by this user",
    errno.ELOOP: "is a symbolic link that leads back to itself",
    errno.ENAMETOOLONG: "is too long for a path",
}
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EMFILE, errno.ENFILE)


def resolve(asset: str, base: Path, place: str = "asset") -> Path:
    """The absolute path that an asset's name stands for: a path relative to `base`, or a `file:` URI.

    Says nothing about whether it exists. Errors: `InvalidRequest`.
    """
    if match := _SCHEME.fullmatch(asset):
        asset = _path_of_uri(match[1].lower(), match[2], asset, place)
    if not asset:
        raise InvalidRequest.at(place, "names no file")
    if "\0" in asset:
        raise InvalidRequest.at(place, f"{asset!r} holds a NUL character, as no path can")
    return (base / asset).absolute()


def fetch(path: Path, to: Path, place: str, memo: DigestMemo | None = None) -> tuple[str, int]:
    """Copy the file to the new file `to`; its SHA-256 in hex and its size in bytes.

    `place` is where the request names it, such as `clips[2].asset`. After an error there is no `to`.
    Errors: `BadMedia`; `Resource` where the disk of `to` has no room; `Transient`.
    """
    with _opened(path, place) as source:
        before = os.fstat(source.fileno())
        _require_space(to.parent, before.st_size)
        with _written(to, before.st_size) as target:
            return _read(source, before, path, place, target, memo)


def digest(path: Path, place: str, memo: DigestMemo | None = None) -> tuple[str, int]:
    """The file's SHA-256 and size without a copy, and without reading where the memo knows it. Errors: as `fetch`."""
    with _opened(path, place) as source:
        before = os.fstat(source.fileno())
        if memo and (known := memo.recall(path, before)):
            return known, before.st_size
        return _read(source, before, path, place, None, memo)


def _read(
    source: FileIO, before: os.stat_result, path: Path, place: str, target: IO[bytes] | None, memo: DigestMemo | None
) -> tuple[str, int]:
    sha256 = hashlib.sha256()
    buffer = memoryview(bytearray(BLOCK_BYTES))
    size = 0
    # One byte more than promised tells a file that grows; a file that never ends is not read for ever.
    while size <= before.st_size and (count := _read_block(source, buffer, path, place)):
        sha256.update(buffer[:count])
        if target:
            target.write(buffer[:count])
        size += count
    after = os.fstat(source.fileno())
    if (size, after.st_size, after.st_mtime_ns) != (before.st_size, before.st_size, before.st_mtime_ns):
        remedy = "ask again when it is complete"
        raise BadMedia.at(place, f"{path} changed while it was read: {before.st_size:,} bytes became others", remedy)
    if memo:
        memo.remember(path, before, sha256.hexdigest())
    return sha256.hexdigest(), size


def _read_block(source: FileIO, buffer: memoryview, path: Path, place: str) -> int:
    try:
        return source.readinto(buffer) or 0
    except OSError as error:
        raise _unreadable(error, path, place) from error


def _opened(path: Path, place: str) -> FileIO:
    try:
        # Looked at before it is opened, as opening a device can do things, and after, as it may have been exchanged.
        _check(path.stat(), path, place)
        source = FileIO(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY))
    except OSError as error:
        raise _unreadable(error, path, place) from error
    try:
        _check(os.fstat(source.fileno()), path, place)
    except BaseException:
        source.close()
        raise
    return source


def _check(found: os.stat_result, path: Path, place: str) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise BadMedia.at(place, f"{path} {_KINDS.get(stat.S_IFMT(found.st_mode), 'is no plain file')}")
    if found.st_size == 0:
        raise BadMedia.at(place, f"{path} is empty")
    if found.st_size > (most := settings().max_asset_bytes):
        what = f"{path} has {found.st_size:,} bytes, more than the {most:,} that are allowed"
        raise BadMedia.at(place, what, "REEL_MAX_ASSET_BYTES sets the limit")


def _unreadable(error: OSError, path: Path, place: str) -> ReelError:
    if what := _FAULTS.get(error.errno or 0):
        if error.errno == errno.ENOENT and path.is_symlink():
            what = f"is a symbolic link to {path.readlink()}, which does not exist"
        return BadMedia.at(place, f"{path} {what}")
    return Transient.at(place, f"{path} could not be read: {error.strerror}")


@contextmanager
def _written(to: Path, size: int) -> Iterator[IO[bytes]]:
    try:
        with to.open("wb") as target:
            yield target
    except BaseException as error:
        to.unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        what = f"{error.strerror}: {to}, for {size:,} bytes"
        if error.errno in _FULL:
            raise Resource.at(str(to.parent), what, "make room on this disk, or use another one") from error
        if error.errno in _FORBIDDEN:
            raise Resource.at(str(to.parent), what) from error
        raise Transient.at(str(to.parent), what) from error


def _require_space(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    reserve = settings().min_free_bytes
    if free - needed < reserve:
        what = f"{needed:,} bytes are needed and {free:,} are free, of which {reserve:,} stay untouched"
        raise Resource.at(str(folder), what, "make room, or set REEL_MIN_FREE_BYTES")


def _path_of_uri(scheme: str, rest: str, asset: str, place: str) -> str:
    if scheme != "file":
        remedy = f"known are paths and file: URIs; https:// and s3:// come later; a file of that name is ./{asset}"
        raise InvalidRequest.at(place, f"{asset!r} has the unknown scheme {scheme!r}", remedy)
    if any(char in rest for char in "?#"):
        raise InvalidRequest.at(place, f"{asset!r} holds ? or #", "in a file: URI write %3F and %23")
    if re.search(r"%(?![0-9A-Fa-f]{2})", rest):
        raise InvalidRequest.at(place, f"{asset!r} holds a % without two hex digits", "in a file: URI write %25")
    if rest.startswith("//"):
        host, slash, path = rest[2:].partition("/")
        if host.lower() not in ("", "localhost"):
            raise InvalidRequest.at(place, f"{asset!r} is on another machine, {host!r}", "write file:///path")
        rest = slash + path
    return os.fsdecode(unquote_to_bytes(rest))
