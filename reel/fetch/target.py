"""The file that an asset is written to: whole or not there, and never into the disk's last room."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from reel.errors import Resource, Transient
from reel.settings import settings

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EMFILE, errno.ENFILE)


@contextmanager
def written(to: Path) -> Iterator[IO[bytes]]:
    """The new file, open for writing; gone after an error. Errors of the disk become `Resource` and `Transient`."""
    try:
        with disk_faults(to), to.open("wb") as target:
            yield target
    except BaseException:
        to.unlink(missing_ok=True)
        raise


@contextmanager
def disk_faults(to: Path) -> Iterator[None]:
    """Turns what the system says while `to` is written into errors of ours."""
    try:
        yield
    except OSError as error:
        what = f"{error.strerror}: {to}"
        if error.errno in _FULL:
            raise Resource.at(str(to.parent), what, "make room on this disk, or use another one") from error
        raise (Resource if error.errno in _FORBIDDEN else Transient).at(str(to.parent), what) from error


def require_space(folder: Path, needed: int) -> None:
    """`Resource` when writing `needed` bytes in the folder would leave less than `settings().min_free_bytes`."""
    free = shutil.disk_usage(folder).free
    reserve = settings().min_free_bytes
    if free - needed < reserve:
        what = f"{needed:,} bytes are needed and {free:,} are free, of which {reserve:,} stay untouched"
        raise Resource.at(str(folder), what, "make room, or set REEL_MIN_FREE_BYTES")
