"""An artefact: what a step made, named by the step's key."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from pydantic import Field

from reel.values import Value


class StoredFile(Value):
    """One file of an artefact."""

    name: str
    sha256: str
    bytes: int


class Spent(Value):
    """What a making took."""

    seconds: float = 0.0
    """Wall clock."""
    cpu_seconds: float = 0.0
    """Of processors: the making thread's, of threads that helped it, of the processes that it started (`reel.meter`)."""
    machine: str = ""
    """The class of machine that made it (`REEL_WORKER_CLASS`)."""


NOTHING_SPENT = Spent()


class Artefact(Spent):
    """A finished, verified result. It exists as a whole or not at all."""

    key: str
    """The key of the step that made it, or the SHA-256 of an asset's bytes."""
    operation: str
    """What made it: `picture`, `join`..., or `asset`."""
    files: tuple[StoredFile, ...]
    measured: dict[str, Any] = Field(default_factory=dict)
    """What verification found: frames, samples, seconds, levels..."""

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)

    def file(self, name: str) -> StoredFile:
        """The file of that name, or whose name it is without the suffix (`video`: `video.mp4`); `KeyError` where there is
        none."""
        for file in self.files:
            if name in (file.name, PurePath(file.name).stem):
                return file
        raise KeyError(name)
