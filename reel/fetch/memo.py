"""Remembered digests: a file that did not change is not hashed again (what git's index does for a working tree)."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path

RACY_SECONDS = 2.0
"""A file changed this recently is not remembered. Its times may be as coarse as two seconds (FAT; ticks elsewhere).
Another write of as many bytes within them leaves every field as it was, and a stale digest would pass for good."""


class DigestMemo:
    """SHA-256 digests of files by path, device, inode, size and times, in small JSON files below a folder.

    The time of change (`ctime`) is one of them: no program can set it, so `touch -r` does not deceive us. Only a help:
    what cannot be read or written is as if nothing were remembered, and the folder may be removed at any time.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    def recall(self, path: Path, found: os.stat_result) -> str | None:
        """The digest of the file as `found` describes it; `None` where it is not known."""
        try:
            held = json.loads(self._entry(path).read_bytes())
        except (OSError, ValueError):
            return None
        sha256 = held.get("sha256") if isinstance(held, dict) and held.get("file") == _identity(path, found) else None
        return sha256 if isinstance(sha256, str) and len(sha256) == 64 else None

    def remember(self, path: Path, found: os.stat_result, sha256: str) -> None:
        """Remember the digest. `found` was taken before the first byte was read, and held after the last."""
        if max(found.st_mtime, found.st_ctime) > time.time() - RACY_SECONDS:
            return
        entry = self._entry(path)
        pending = entry.with_name(f"{entry.name}.{secrets.token_hex(6)}")
        try:
            entry.parent.mkdir(parents=True, exist_ok=True)
            pending.write_text(json.dumps({"file": _identity(path, found), "sha256": sha256}))
            pending.replace(entry)
        except OSError:
            with suppress(OSError):
                pending.unlink(missing_ok=True)

    def _entry(self, path: Path) -> Path:
        name = hashlib.sha256(os.fsencode(path.absolute())).hexdigest()
        return self.folder / name[:2] / f"{name}.json"


def _identity(path: Path, found: os.stat_result) -> list[str | int]:
    times = [found.st_mtime_ns, found.st_ctime_ns]
    return [os.fsencode(path.absolute()).hex(), found.st_dev, found.st_ino, found.st_size, *times]
