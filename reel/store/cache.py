"""Copies, on this machine, of objects that are elsewhere: bounded, the least recently used removed first.

    folder/a/b/c.mp4        a copy of the object `a/b/c.mp4`; when it was used last is its access time, which we set
    folder/.incoming/...    downloads under way
    folder/.users/...       an empty file of each process that was handed a path, made before that

Several processes may share a folder. A path that was handed out stays as long as the process lives that asked for it, for
`GRACE_SECONDS` at most, whatever the bound says: it may not have opened it yet. (What is open may go: its bytes last as long
as somebody reads them.) So the cache may exceed its bound by what the generations under way use; the disk's own reserve is
kept all the same, by refusing to fetch.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from reel.disk import free_bytes, require_space, total_bytes
from reel.settings import settings
from reel.store import scratch

INCOMING, USERS = ".incoming", ".users"
GRACE_SECONDS = 30 * 60.0
MOST_BYTES = 20 << 30
"""The bound where none is set, unless a tenth of the disk is less."""
TRIMMED = 0.9
"""What is left of the bound after removing, so that not every fetch removes something."""
LOOK_EVERY = 0.05
"""The folder is looked through whenever this process has added so much of the bound."""


class _Copy(NamedTuple):
    used: float
    bytes: int
    path: Path


class Cache:
    """A folder of copies by name. Errors of all methods: `OSError`, for the caller to name."""

    def __init__(self, folder: Path, most_bytes: int | None = None) -> None:
        self.folder = folder.absolute()
        self.incoming = self.folder / INCOMING
        self.users = self.folder / USERS
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._added: int | None = None
        """Since we looked; `None` before that."""
        self._is_user = False

    @property
    def most_bytes(self) -> int:
        most = self._most_bytes if self._most_bytes is not None else settings().cache_bytes
        return most if most is not None else min(MOST_BYTES, total_bytes(self.folder) // 10)

    def find(self, name: str) -> Path | None:
        """Where the copy lies; it stays there for this process, for `GRACE_SECONDS`. `None` where there is none."""
        path = self.folder / name
        self._use()
        try:
            # Only the time of access: the other one tells whether the bytes are still those that were checked.
            os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))
        except (FileNotFoundError, NotADirectoryError):
            return None
        return path

    def take(self, name: str, source: Path) -> Path:
        """Move a file of the same file system in, in place of what was there; where it lies now."""
        size = source.stat().st_size
        self._use()
        os.utime(source, ns=(time.time_ns(), source.stat().st_mtime_ns))
        path = self.folder / name
        _move(source, path)
        with self._lock:
            self._added = None if self._added is None else self._added + size
            if self._added is None or self._added > self.most_bytes * LOOK_EVERY:
                self._added = 0
                self.trim(int(self.most_bytes * TRIMMED))
        return path

    def make_room(self, needed: int) -> None:
        """See that so many bytes can be written: by removing what may be removed. Errors: `Resource`."""
        if free_bytes(self.folder) - needed < settings().min_free_bytes:
            self.trim(0)
        require_space(self.folder, needed)

    def trim(self, most_bytes: int) -> None:
        """Remove what nobody may be about to open, least recently used first, until no more than so many bytes are left."""
        copies = sorted(self._copies())
        held = sum(copy.bytes for copy in copies)
        now = time.time()
        oldest = max(now - GRACE_SECONDS, min(scratch.owned_since(self.users), default=now))
        for copy in copies:
            if held <= most_bytes or copy.used > oldest:
                return
            if _last_used(copy.path) == copy.used:
                copy.path.unlink(missing_ok=True)
                held -= copy.bytes
                self._prune(copy.path.parent)

    def _copies(self) -> Iterator[_Copy]:
        for folder, folders, names in os.walk(self.folder):
            folders[:] = [name for name in folders if name not in (INCOMING, USERS)]
            for path in (Path(folder, name) for name in names):
                with suppress(FileNotFoundError):
                    found = path.stat()
                    yield _Copy(found.st_atime, found.st_size, path)

    def _use(self) -> None:
        """Have others know that this process may be about to open what it asked for."""
        if self._is_user:
            return
        with self._lock:
            if not self._is_user:
                self.users.mkdir(parents=True, exist_ok=True)
                (self.users / scratch.owned_name()).touch()
                self._is_user = True

    def _prune(self, folder: Path) -> None:
        with suppress(OSError):
            while folder != self.folder:
                folder.rmdir()
                folder = folder.parent


def _last_used(path: Path) -> float | None:
    try:
        return path.stat().st_atime
    except FileNotFoundError:
        return None


def _move(source: Path, path: Path) -> None:
    # Another process may remove the folder as empty before the file is in it.
    for _ in range(100):
        with suppress(FileExistsError):
            path.parent.mkdir(parents=True, exist_ok=True)
        try:
            source.replace(path)
        except FileNotFoundError:
            if not source.exists():
                raise
        else:
            return
    raise FileNotFoundError(2, "its folder is removed again and again", str(path))
