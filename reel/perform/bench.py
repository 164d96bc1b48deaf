"""The bench on which an operation works: its inputs by key, its folder, its listeners."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reel.artefact import Artefact
from reel.errors import Transient
from reel.perform.worker import Worker

Measured = Mapping[str, Any]
"""What verification found: frames, samples, levels..."""


@dataclass(frozen=True)
class Bench:
    """Where an operation works: its inputs, its folder, and whom it tells of its progress."""

    worker: Worker
    folder: Path
    """Empty, private; what is in it afterwards is the artefact."""
    place: str
    """The step's name, for errors."""
    on_units: Callable[[int], None] | None = None

    def asset(self, sha256: str) -> Path:
        """The file of an asset."""
        return self._open(sha256, "asset", "asset")

    def made(self, key: str, operation: str, name: str) -> Path:
        """A file of an earlier step's artefact."""
        return self._open(key, operation, name)

    def sound(self, key: str) -> Path:
        """The raw samples of an earlier step, decoded or stretched."""
        for operation in ("decode", "stretch"):
            if self.worker.store.find(key, operation):
                return self.made(key, operation, "sound.f32")
        return self.made(key, "decode", "sound.f32")

    def measured(self, key: str, operation: str) -> Measured:
        """What verification found when an earlier step's artefact was made."""
        return self._find(key, operation).measured

    def _open(self, key: str, operation: str, name: str) -> Path:
        return self.worker.store.open(self._find(key, operation), name)

    def _find(self, key: str, operation: str) -> Artefact:
        artefact = self.worker.store.find(key, operation)
        if artefact is None:
            raise Transient.at(
                self.place, f"its input {operation}/{key[:12]} is gone from the store", "it is made again"
            )
        return artefact
