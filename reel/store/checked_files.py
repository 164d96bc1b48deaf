"""Files of this machine whose bytes are checked, once for as long as they do not change."""

from __future__ import annotations

import hashlib
from pathlib import Path

from reel.artefact import StoredFile

_verified: set[tuple[str, str, int, int, int, int]] = set()
"""Path, SHA-256, device, inode, size and modification time of files whose bytes this process has seen to be right."""


def sha256_of(path: Path) -> str:
    """The digest of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def identity_of(path: Path) -> tuple[int, int, int, int]:
    """Device, inode, size and modification time: what changes with a file's bytes."""
    stat = path.stat()
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns


def is_right(path: Path, file: StoredFile) -> bool:
    """Whether a file's bytes are those of an artefact; read once for as long as they do not change."""
    identity = identity_of(path)
    if (str(path), file.sha256, *identity) in _verified:
        return True
    if sha256_of(path) != file.sha256:
        return False
    note_right(path, file.sha256, identity)
    return True


def note_right(path: Path, sha256: str, identity: tuple[int, int, int, int]) -> None:
    """Note that a file, as it is now, has these bytes."""
    if len(_verified) >= 100_000:
        _verified.clear()
    _verified.add((str(path), sha256, *identity))
