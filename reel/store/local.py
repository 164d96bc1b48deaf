"""Objects as files below one folder: the default store, and the cache of others.

    root/a/b/c.mp4        the object `a/b/c.mp4`
    root/.incoming/...    copies under way, named after their owner; `sweep` clears away what a dead one left

A copy is made and synced under its temporary name and only then takes its place, so that no name ever shows a part.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from stat import S_ISREG

from reel.disk import disk_errors, make_folder, require_space, sync
from reel.errors import InvalidRequest, Transient
from reel.store import scratch
from reel.store.copying import copy_through_file
from reel.store.objects import NoSuchObject, ObjectStat, ObjectStore, Speed, check_object_name, check_prefix
from reel.store.tiers import Availability

INCOMING = ".incoming"

_NO_LINKS = frozenset({errno.EXDEV, errno.EMLINK, errno.EPERM, errno.ENOTSUP, errno.ENOSYS})
"""Another file system, too many links already, or a file system that has none."""


class LocalObjects:
    """An `ObjectStore` in a folder of one file system; any number of processes may share it."""

    local = True

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()

    def put(self, name: str, path: Path, sha256: str, *, consume: bool = False) -> None:
        """See `ObjectStore.put`. A consumed file of the same file system is moved, everything else copied."""
        target = self._path(name)
        with disk_errors(self.root):
            size = path.stat().st_size
        with disk_errors(self.root, size):
            if consume and not path.is_symlink() and self._move(path, target):
                return
            self._copy(path, target, size)
            if consume:
                path.unlink()

    def get(self, name: str, to: Path) -> None:
        """See `ObjectStore.get`."""
        with disk_errors(to.parent, self._require(name).bytes):
            try:
                shutil.copyfile(self._path(name), to)
            except BaseException:
                to.unlink(missing_ok=True)
                raise

    def part(self, name: str, start: int, size: int) -> bytes:
        """See `ObjectStore.part`."""
        self._require(name)
        with disk_errors(self.root), self._path(name).open("rb") as file:
            file.seek(start)
            return file.read(size)

    def local_path(self, name: str) -> Path | None:
        """See `ObjectStore.local_path`."""
        return self._path(name) if self.stat(name) else None

    def stat(self, name: str) -> ObjectStat | None:
        """See `ObjectStore.stat`."""
        with disk_errors(self.root):
            try:
                found = self._path(name).stat()
            except (FileNotFoundError, NotADirectoryError):
                return None
        return ObjectStat(name, found.st_size, found.st_mtime) if S_ISREG(found.st_mode) else None

    def _require(self, name: str) -> ObjectStat:
        if stat := self.stat(name):
            return stat
        raise NoSuchObject.at(name, f"is not in {self.root}")

    def list(self, prefix: str) -> Iterator[ObjectStat]:
        """See `ObjectStore.list`."""
        return self._walk(self.root / check_prefix(prefix), prefix)

    def delete(self, *names: str) -> None:
        """See `ObjectStore.delete`. Folders that become empty go too."""
        for path in [self._path(name) for name in names]:
            with disk_errors(self.root):
                self._remove(path)

    def copy_from(self, other: ObjectStore, name_there: str, name: str, sha256: str) -> None:
        """See `ObjectStore.copy_from`. On one file system it is a hard link: two names of the same bytes."""
        target = self._path(name)
        source = other.local_path(name_there)
        if source is None or not self._link(source, target):
            copy_through_file(other, name_there, self, name, sha256, self.root / INCOMING)

    def where(self, name: str) -> str:
        """See `ObjectStore.where`."""
        return str(self._path(name))

    def url(self, name: str, seconds: int, *, download: bool = False) -> str:
        """See `ObjectStore.url`."""
        return self._path(name).as_uri()

    def move(self, name: str, tier: str) -> None:
        """See `ObjectStore.move`: a folder has no storage classes."""
        self._require(name)
        raise InvalidRequest.at(
            name, f"cannot be moved to {tier}: {self.root} is a folder", "name a bucket in REEL_OUTPUTS"
        )

    def restore(self, name: str, days: int, speed: Speed = "Standard") -> Availability:
        """See `ObjectStore.restore`: what is there can be read."""
        return self._require(name).availability

    def require_space(self, needed: int) -> None:
        """`Resource` when `needed` more bytes would leave less than `settings().min_free_bytes` on this disk."""
        require_space(self.root, needed)

    def sweep(self) -> int:
        """Remove the copies that dead processes left under way; how many there were."""
        return scratch.sweep(self.root / INCOMING)

    def _path(self, name: str) -> Path:
        return self.root / check_object_name(name)

    def _move(self, path: Path, target: Path) -> bool:
        sync(path)
        try:
            _into_place(path, target)
        except OSError as error:
            if error.errno == errno.EXDEV:
                return False
            raise
        return True

    def _link(self, path: Path, target: Path) -> bool:
        incoming = self.root / INCOMING / scratch.owned_name()
        with disk_errors(self.root):
            make_folder(incoming.parent)
            try:
                incoming.hardlink_to(path)
                _into_place(incoming, target)
            except OSError as error:
                if error.errno in _NO_LINKS:
                    return False
                raise
            finally:
                # Renaming does nothing where both are names of one file already.
                incoming.unlink(missing_ok=True)
        return True

    def _remove(self, path: Path) -> None:
        try:
            path.unlink()
        except (FileNotFoundError, NotADirectoryError):
            return
        for folder in path.parents:
            if folder == self.root or not _remove_if_empty(folder):
                return

    def _copy(self, path: Path, target: Path, size: int) -> None:
        self.require_space(size)
        incoming = self.root / INCOMING / scratch.owned_name()
        make_folder(incoming.parent)
        try:
            shutil.copyfile(path, incoming)
            sync(incoming)
            _into_place(incoming, target)
        except BaseException:
            incoming.unlink(missing_ok=True)
            raise

    def _walk(self, folder: Path, prefix: str) -> Iterator[ObjectStat]:
        with disk_errors(self.root):
            try:
                with os.scandir(folder) as found:
                    names = [entry.name + "/" * entry.is_dir() for entry in found]
            except (FileNotFoundError, NotADirectoryError):
                return
        # A folder sorts with its slash, so that the order is that of the bytes of whole names, as S3 lists them.
        for name in sorted(names):
            if name.startswith("."):
                continue
            if name.endswith("/"):
                yield from self._walk(folder / name, prefix + name)
            elif stat := self.stat(prefix + name):
                yield stat


def _into_place(source: Path, target: Path) -> None:
    """Give the file its final name, lastingly."""
    for _ in range(100):
        try:
            make_folder(target.parent)
            source.replace(target)
        except FileNotFoundError:
            # `delete` in another process took the folder away as empty after we had made it: make it again.
            if not source.exists():
                raise
        else:
            with suppress(FileNotFoundError):
                sync(target.parent)
            return
    raise Transient.at(str(target), "its folder is removed again and again")


def _remove_if_empty(folder: Path) -> bool:
    try:
        folder.rmdir()
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT):
            return False
        raise
    return True
