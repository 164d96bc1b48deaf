"""What an operation works with: its inputs by key, its folder, its listeners."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reel.artefact import Artefact
from reel.compose.planes import BITMAP_FILE, Planes, read_bitmap
from reel.errors import Damaged
from reel.make.worker import Worker
from reel.packets.prints import PRINT_FILE, Print, read_prints
from reel.plan.operations.base import PictureSource

SOUNDS = ("decode", "stretch", "reclock")
"""Operations that make raw samples."""

SEGMENTS = ("picture", "compose", "copied", "mezzanine")
"""Operations that make segments of picture."""

BITMAPS = ("image", "text", "drawing")
"""Operations that make bitmaps."""

Measured = Mapping[str, Any]
"""What verification found: frames, samples, levels..."""


@dataclass(frozen=True)
class StepContext:
    """What a step is made with: its inputs, its folder, and whom it tells of its progress."""

    worker: Worker
    folder: Path
    """Empty, private; what is in it afterwards is the artefact."""
    place: str
    """The step's name, for errors."""
    on_units: Callable[[int], None] | None = None
    leave_room: Callable[[], None] = lambda: None
    """Called when what takes several processors is over: another step may begin while this one is read back."""
    kept: tuple[int, ...] = ()
    """Frames of a segment of which prints are kept (see `Step.kept`)."""

    def asset(self, sha256: str) -> Path:
        """The file of an asset."""
        return self._open(sha256, "asset", "asset")

    def source(self, source: PictureSource) -> Path:
        """The file of a picture's source: an asset, or what an earlier step made."""
        return self.segment(source.asset) if source.made else self.asset(source.asset)

    def made(self, key: str, operation: str, name: str) -> Path:
        """A file of an earlier step's artefact."""
        return self._open(key, name, operation)

    def sound(self, key: str) -> Path:
        """The raw samples of an earlier step."""
        return self._open(key, "sound.f32", *SOUNDS)

    def segment(self, key: str) -> Path:
        """The segment of picture of an earlier step."""
        return self._open(key, "picture.mp4", *SEGMENTS)

    def prints(self, key: str) -> dict[int, Print]:
        """The prints that were kept of a segment, by the number of their frame; none where it was made for no proof."""
        artefact = self._find(key, *SEGMENTS)
        if all(file.name != PRINT_FILE for file in artefact.files):
            return {}
        return read_prints(self.worker.store.open(artefact, PRINT_FILE))

    def sha256(self, key: str, name: str, *operations: str) -> str:
        """The digest of a file of an earlier step's artefact."""
        return self._find(key, *operations).file(name).sha256

    def bitmap(self, key: str) -> Planes:
        """The bitmap of an earlier step."""
        measured = self.measured(key, *BITMAPS)
        return read_bitmap(self._open(key, BITMAP_FILE, *BITMAPS), measured["width"], measured["height"])

    def measured(self, key: str, *operations: str) -> Measured:
        """What verification found when the artefact of an earlier step, one of these operations, was made."""
        return self._find(key, *operations).measured

    def _open(self, key: str, name: str, *operations: str) -> Path:
        return self.worker.store.open(self._find(key, *operations), name)

    def _find(self, key: str, *operations: str) -> Artefact:
        for operation in operations:
            if artefact := self.worker.store.find(key, operation):
                return artefact
        raise Damaged.at(self.place, f"its input {operations[0]}/{key[:12]} is gone from the store", "it is made again")
