"""Memoised digests: what did not change is not read again (what git's index does for a working tree)."""

from __future__ import annotations

import hashlib
import json
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

State = tuple[str | float | None, ...]
"""All that tells one content of a source from another without reading it."""


@dataclass(frozen=True)
class MemoEntry:
    """What is known of a source."""

    state: State
    sha256: str


class DigestMemo:
    """SHA-256 digests of sources by name, each with the state that it is true of, in small JSON files below a folder.

    Only a help: what cannot be read or written is as if nothing were remembered, and the folder may be removed at any
    time. Names are kept as digests, since URLs can hold secrets. Any number of threads and processes may share it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    def recall(self, name: str) -> MemoEntry | None:
        """What was last remembered under the name; `None` where nothing was."""
        try:
            held = json.loads(self._entry(name).read_bytes())
            state, sha256 = tuple(held["state"]), held["sha256"]
        except (OSError, ValueError, LookupError, TypeError):
            return None
        return MemoEntry(state, sha256) if isinstance(sha256, str) and len(sha256) == 64 else None

    def remember(self, name: str, state: State, sha256: str) -> None:
        """Remember the digest of the bytes that the name stands for while its state is this one."""
        entry = self._entry(name)
        pending = entry.with_name(f"{entry.name}.{secrets.token_hex(6)}")
        try:
            entry.parent.mkdir(parents=True, exist_ok=True)
            pending.write_text(json.dumps({"state": state, "sha256": sha256}))
            pending.replace(entry)
        except OSError:
            with suppress(OSError):
                pending.unlink(missing_ok=True)

    def _entry(self, name: str) -> Path:
        hashed = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
        return self.folder / hashed[:2] / f"{hashed}.json"
