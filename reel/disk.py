"""A disk that we write to: its room, its lasting writes, and its errors in our words."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reel.errors import Internal, Resource, Transient
from reel.settings import settings

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""The disk, the quota or the process's limit of file size is used up."""
FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
"""This user may not do this here."""
OUT_OF_HANDLES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})
OURS = frozenset({errno.ENOENT, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.EINVAL})
"""What only happens when we use a folder of ours wrongly: a source that is not there, a name that is also a folder."""


def free_bytes(folder: Path) -> int:
    """Bytes that this user may still write in the folder, or where it is to be made."""
    return shutil.disk_usage(_existing(folder)).free


def total_bytes(folder: Path) -> int:
    """Size of the disk that holds the folder, or will hold it once it is made."""
    return shutil.disk_usage(_existing(folder)).total


def require_space(folder: Path, needed: int) -> None:
    """`Resource` when writing `needed` bytes in the folder would leave less than `settings().min_free_bytes`."""
    free = free_bytes(folder)
    reserve = settings().min_free_bytes
    if free - needed < reserve:
        what = f"{needed:,} bytes are needed and {free:,} are free, of which {reserve:,} stay untouched"
        raise Resource.at(str(folder), what, "make room, or set REEL_MIN_FREE_BYTES")


@contextmanager
def disk_errors(folder: Path, needed: int = 0) -> Iterator[None]:
    """Turn what the system says while we use the folder, or write `needed` bytes in it, into errors of ours.

    `needed` is 0 where nobody knows it.
    """
    try:
        yield
    except OSError as error:
        text = f"{os.strerror(error.errno)}: {error.filename or folder}" if error.errno else str(error)
        if error.errno in FULL:
            wanted = f"{needed:,} bytes are needed and " if needed else ""
            what = f"{text}; {wanted}{free_bytes(folder):,} bytes are free"
            raise Resource.at(str(folder), what, "make room on this disk, or use another one") from error
        if error.errno in FORBIDDEN:
            remedy = f"let user {os.geteuid()} read and write in this folder, or use another one"
            raise Resource.at(str(folder), text, remedy) from error
        if error.errno in OUT_OF_HANDLES:
            raise Resource.at(str(folder), text, "raise the limit of open files or run fewer steps at once") from error
        if error.errno in OURS:
            raise Internal.at(str(folder), text) from error
        raise Transient.at(str(folder), text) from error


def sync(path: Path) -> None:
    """Have a file's bytes, or a folder's names, outlast a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, lastingly; harmless where it is there."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    try:
        folder.mkdir()
    except FileExistsError:
        # Another made it, and may even have removed it again: `exist_ok` takes that for a file in the way.
        if folder.is_file():
            raise
    sync(folder.parent)


def require_folder(setting: str, folder: Path, mode: int = 0o777) -> None:
    """`Resource`, under the name of the setting that says where it is, when the folder cannot be made or written to. One
    that is made has the mode, as far as the umask lets it."""
    remedy = f"set {setting} to a folder that user {os.geteuid()} may write to"
    try:
        folder.mkdir(mode, parents=True, exist_ok=True)
    except OSError as error:
        why = (
            "there is a file of that name"
            if error.errno in (errno.EEXIST, errno.ENOTDIR)
            else os.strerror(error.errno or 0)
        )
        raise Resource.at(setting, f"the folder {folder} cannot be made: {why}", remedy) from None
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise Resource.at(setting, f"the folder {folder} cannot be written to", remedy)


def keep_private(path: Path, mode: int = 0o700) -> None:
    """Take from everybody but this user what they may do with a file or folder of ours; harmless where it is not ours."""
    found = path.stat()
    if found.st_uid == os.geteuid() and found.st_mode & 0o777 & ~mode:
        path.chmod(found.st_mode & mode)


def _existing(folder: Path) -> Path:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder
