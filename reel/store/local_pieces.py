"""Objects in pieces in a folder: a file that grows, beside the objects, until it is moved to its name."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from reel.disk import disk_errors, make_folder, require_space
from reel.errors import Transient
from reel.store.local import LocalObjects
from reel.store.objects import check_object_name
from reel.store.pieces import Received

UPLOADS = ".uploads"


class LocalPieces:
    """`Pieces` in a folder; processes that share it may go on with each other's."""

    def __init__(self, objects: LocalObjects) -> None:
        self._objects = objects

    def begin(self, name: str, total: int) -> Received:
        """See `Pieces.begin`. Raises `Resource` where there is no room for all of it."""
        path = self._path(name)
        with disk_errors(path.parent):
            require_space(self._objects.root, total)
            make_folder(path.parent)
            path.touch(mode=0o600)
        return Received(name, total)

    def writer(self, received: Received) -> LocalWriter:
        """See `Pieces.writer`."""
        return LocalWriter(self._path(received.name), received)

    def finish(self, received: Received) -> None:
        """See `Pieces.finish`."""
        path = self._path(received.name)
        with disk_errors(path.parent):
            if not path.exists() and self._objects.stat(received.name):
                return
            # Of a writer who was cut off, more may be there than counts.
            os.truncate(path, received.bytes)
            self._objects.put(received.name, path, "", consume=True)
            self._prune(path)

    def abandon(self, received: Received) -> None:
        """See `Pieces.abandon`."""
        path = self._path(received.name)
        with disk_errors(path.parent):
            path.unlink(missing_ok=True)
            self._prune(path)

    def _path(self, name: str) -> Path:
        return self._objects.root / UPLOADS / check_object_name(name)

    def _prune(self, path: Path) -> None:
        with suppress(OSError):  # of another upload
            path.parent.rmdir()


class LocalWriter:
    """Writes on in a file."""

    def __init__(self, path: Path, received: Received) -> None:
        self._folder, self._received = path.parent, received
        self._written = received.bytes
        with disk_errors(path.parent):
            if not path.exists():
                raise Transient.at(received.name, "what had come of it is gone", "begin a new upload")
            self._file = path.open("r+b", buffering=0)
            self._file.seek(received.bytes)

    def write(self, block: bytes) -> None:
        """See `PieceWriter.write`."""
        require_space(self._folder, len(block))
        with disk_errors(self._folder, len(block)):
            view = memoryview(block)
            while view:
                view = view[self._file.write(view) :]
        self._written += len(block)

    def durable(self) -> Received:
        """See `PieceWriter.durable`."""
        with disk_errors(self._folder):
            os.fdatasync(self._file.fileno())
        self._received = replace(self._received, bytes=self._written)
        return self._received

    def close(self) -> Received:
        """See `PieceWriter.close`."""
        with self._file:
            return self.durable()

    def discard(self) -> None:
        """See `PieceWriter.discard`."""
        self._file.close()
