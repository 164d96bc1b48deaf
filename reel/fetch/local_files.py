"""Assets that are files of this machine: copied and hashed in one pass.

A file can be anything, and it can change under our hands: what is opened is looked at again, and what was read is held
against what was promised. All that is wrong with it is `BadMedia` and names the place in the request and the path.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
from io import FileIO
from itertools import islice
from pathlib import Path
from typing import IO

from reel.disk import require_space
from reel.errors import BadMedia, InvalidRequest, ReelError, Transient
from reel.fetch.memo import DigestMemo, State
from reel.fetch.roots import ANYWHERE, INSTEAD, Roots
from reel.fetch.source import LocalFile
from reel.fetch.target import written
from reel.settings import settings
from reel.words import nearest

BLOCK_BYTES = 1 << 20
"""How much is read at a time: enough that system calls cost nothing, and it stays in the processor's cache."""

RACY_SECONDS = 2.0
"""A file changed this recently is not remembered. Its times may be as coarse as two seconds (FAT; ticks elsewhere).
Another write of as many bytes within them leaves every field as it was, and a stale digest would pass for good."""

MOST_NEIGHBOURS = 1000
"""Files of a folder that are looked through for one of a similar name."""

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


def fetch(
    source: LocalFile, to: Path, place: str, memo: DigestMemo | None = None, roots: Roots = ANYWHERE
) -> tuple[str, int]:
    """See `reel.fetch.fetch`."""
    with _opened(source.path, place, roots) as file:
        before = os.fstat(file.fileno())
        require_space(to.parent, before.st_size)
        with written(to, before.st_size) as target:
            return _read(file, before, source.path, place, target, memo)


def file_digest(source: LocalFile, place: str, memo: DigestMemo | None = None) -> tuple[str, int]:
    """The file's SHA-256 and size without a copy, and without reading where the memo knows it. Errors: as `fetch`."""
    with _opened(source.path, place) as file:
        before = os.fstat(file.fileno())
        if memo and (known := _recall(source.path, before, memo)):
            return known, before.st_size
        return _read(file, before, source.path, place, None, memo)


def unchanged(source: LocalFile, place: str, memo: DigestMemo, roots: Roots = ANYWHERE) -> str | None:
    """See `reel.fetch.unchanged`. What is wrong with a file, `fetch` will say."""
    try:
        require_root(source.path, source.path, place, roots)
        found = source.path.stat()
        require_own(found, source.path, place, roots)
        return _recall(source.path, found, memo)
    except OSError:
        return None


def _recall(path: Path, found: os.stat_result, memo: DigestMemo) -> str | None:
    held = memo.recall(_memo_name(path))
    return held.sha256 if held and held.state == _state(found) else None


def _memo_name(path: Path) -> str:
    return f"file:{path.absolute()}"


def _state(found: os.stat_result) -> State:
    """The time of change (`ctime`) is part of it: no program can set it, so `touch -r` does not deceive us."""
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _read(
    file: FileIO, before: os.stat_result, path: Path, place: str, target: IO[bytes] | None, memo: DigestMemo | None
) -> tuple[str, int]:
    sha256 = hashlib.sha256()
    buffer = memoryview(bytearray(BLOCK_BYTES))
    size = 0
    # One byte more than promised tells a file that grows; a file that never ends is not read for ever.
    while size <= before.st_size and (count := _read_block(file, buffer, path, place)):
        sha256.update(buffer[:count])
        if target:
            target.write(buffer[:count])
        size += count
    after = os.fstat(file.fileno())
    if (size, after.st_size, after.st_mtime_ns) != (before.st_size, before.st_size, before.st_mtime_ns):
        remedy = "ask again when it is complete"
        raise BadMedia.at(place, f"{path} changed while it was read: {before.st_size:,} bytes became others", remedy)
    if memo and max(before.st_mtime, before.st_ctime) <= time.time() - RACY_SECONDS:
        memo.remember(_memo_name(path), _state(before), sha256.hexdigest())
    return sha256.hexdigest(), size


def _read_block(file: FileIO, buffer: memoryview, path: Path, place: str) -> int:
    try:
        return file.readinto(buffer) or 0
    except OSError as error:
        raise _unreadable(error, path, place) from error


def _opened(path: Path, place: str, roots: Roots = ANYWHERE) -> FileIO:
    try:
        # Looked at before it is opened, as opening a device can do things, and after, as it may have been exchanged.
        require_root(path, path, place, roots)
        _check(path.stat(), path, place)
        file = FileIO(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY))
    except OSError as error:
        raise _unreadable(error, path, place) from error
    try:
        require_root(path, Path(f"/proc/self/fd/{file.fileno()}"), place, roots)
        _check(os.fstat(file.fileno()), path, place)
        require_own(os.fstat(file.fileno()), path, place, roots)
    except BaseException:
        file.close()
        raise
    return file


def require_root(path: Path, reached: Path, place: str, roots: Roots = ANYWHERE) -> None:
    """`InvalidRequest` where the file that `reached` leads to is in none of the folders that assets may lie in, by the settings
    or by the tenant's `roots`."""
    for allowed, said_by in ((settings().file_roots, "REEL_FILE_ROOTS"), (roots.files, roots.said_by)):
        if allowed is None:
            continue
        real = Path(os.path.realpath(reached))
        if not any(real.is_relative_to(os.path.realpath(root)) for root in allowed):
            known = ", ".join(map(str, allowed)) or f"none: {INSTEAD}"
            raise InvalidRequest.at(place, f"{path} is outside the folders for assets", f"{said_by} allows {known}")


def require_own(found: os.stat_result, path: Path, place: str, roots: Roots) -> None:
    """`InvalidRequest` for a file of several names, where tenants have folders of their own: another of its names may lie in
    somebody else's, and no path says so."""
    if roots.files is not None and found.st_nlink > 1:
        what = f"{path} has {found.st_nlink} names (hard links), of which others may be somebody else's"
        raise InvalidRequest.at(place, what, "give a copy of its own")


def _check(found: os.stat_result, path: Path, place: str) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise BadMedia.at(place, f"{path} {_KINDS.get(stat.S_IFMT(found.st_mode), 'is no plain file')}")
    if found.st_size == 0:
        raise BadMedia.at(place, f"{path} is empty")
    if found.st_size > (most := settings().max_asset_bytes):
        what = f"{path} has {found.st_size:,} bytes, more than the {most:,} that are allowed"
        raise BadMedia.at(place, what, "REEL_MAX_ASSET_BYTES sets the limit")


def _neighbour(path: Path) -> str:
    """The file of the same folder that was probably meant; empty where none is near."""
    try:
        require_root(path, path, "")
        with os.scandir(path.parent) as entries:
            return nearest(path.name, [entry.name for entry in islice(entries, MOST_NEIGHBOURS)])
    except (OSError, InvalidRequest):
        return ""


def _unreadable(error: OSError, path: Path, place: str) -> ReelError:
    if what := _FAULTS.get(error.errno or 0):
        if error.errno == errno.ENOENT and path.is_symlink():
            what = f"is a symbolic link to {path.readlink()}, which does not exist"
        near = _neighbour(path) if error.errno == errno.ENOENT else ""
        return BadMedia.at(place, f"{path} {what}", f"did you mean `{near}`?" if near else "")
    return Transient.at(place, f"{path} could not be read: {error.strerror}")
