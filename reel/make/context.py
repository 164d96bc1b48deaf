"""What an operation works with: its inputs by key, its folder, its listeners."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reel.artefact import Artefact
from reel.compose.planes import Planes, read_bitmap
from reel.errors import Damaged
from reel.frame_stats import STATS_FILE, PartStats, read_stats
from reel.make.worker import Worker
from reel.packets.prints import PRINT_FILE, Print, read_prints
from reel.plan.operations import kinds_of
from reel.plan.operations.base import Bitmap, Muxed, Operation, PictureSource, RawSound, Segment

LEAST_BYTES = 256 << 20
TIMES_PLANNED = 64
"""Raw samples are 24 times what they take encoded, and pictures of noise about as many times what is usual."""

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
    stats_kept: bool = False
    """Whether stats of a segment's frames are kept (see `Step.stats_kept`)."""
    planned_bytes: int = 0
    """What its artefact is expected to take."""

    @property
    def most_bytes(self) -> int:
        """In any file that is made on the way: far from what is planned, and far from filling a disk."""
        return LEAST_BYTES + TIMES_PLANNED * self.planned_bytes

    def asset(self, sha256: str) -> Path:
        """The file of an asset."""
        return self.worker.store.open(self._kept(sha256, ["asset"]), "asset")

    def source(self, source: PictureSource) -> Path:
        """The file of a picture's source: an asset, or what an earlier step made."""
        return self.segment(source.asset) if source.made else self.asset(source.asset)

    def made(self, key: str, by: type[Operation], name: str) -> Path:
        """A file of an artefact that an earlier step has made, one of that operation or family."""
        return self.worker.store.open(self._found(key, by), name)

    def files(self, key: str, by: type[Operation]) -> dict[str, Path]:
        """All files of an artefact that an earlier step has made, by name."""
        artefact = self._found(key, by)
        return {file.name: self.worker.store.open(artefact, file.name) for file in artefact.files}

    def sound(self, key: str) -> Path:
        """The raw samples of an earlier step."""
        return self.made(key, RawSound, RawSound.file)

    def segment(self, key: str) -> Path:
        """The segment of picture of an earlier step."""
        return self.made(key, Segment, Segment.stem)

    def muxed(self, key: str) -> Path:
        """The one file of an earlier step that put packets together."""
        artefact = self._found(key, Muxed)
        return self.worker.store.open(artefact, artefact.files[0].name)

    def muxed_sha256(self, key: str) -> str:
        """The digest of that file."""
        return self._found(key, Muxed).files[0].sha256

    def prints(self, key: str) -> dict[int, Print]:
        """The prints that were kept of a segment, by the number of their frame; none where it was made for no proof."""
        path = self._beside(key, PRINT_FILE)
        return read_prints(path) if path else {}

    def stats(self, key: str) -> PartStats | None:
        """The stats that were kept of a segment's frames; null where nobody was to read them when it was made."""
        path = self._beside(key, STATS_FILE)
        return read_stats(path) if path else None

    def _beside(self, key: str, name: str) -> Path | None:
        """A file that may have been kept beside a segment."""
        artefact = self._found(key, Segment)
        if all(file.name != name for file in artefact.files):
            return None
        return self.worker.store.open(artefact, name)

    def sha256(self, key: str, by: type[Operation], name: str) -> str:
        """The digest of a file of an earlier step's artefact."""
        return self._found(key, by).file(name).sha256

    def bitmap(self, key: str) -> Planes:
        """The bitmap of an earlier step."""
        measured = self.measured(key, Bitmap)
        return read_bitmap(self.made(key, Bitmap, Bitmap.file), measured["width"], measured["height"])

    def measured(self, key: str, by: type[Operation]) -> Measured:
        """What verification found when the artefact of an earlier step was made."""
        return self._found(key, by).measured

    def forget(self, key: str, by: type[Operation]) -> None:
        """Remove an artefact that what it rests on has outlived."""
        for kind in kinds_of(by):
            self.worker.store.forget(key, kind)

    def _found(self, key: str, by: type[Operation]) -> Artefact:
        return self._kept(key, kinds_of(by))

    def _kept(self, key: str, kinds: Sequence[str]) -> Artefact:
        for kind in kinds:
            if artefact := self.worker.store.find(key, kind):
                return artefact
        raise Damaged.at(self.place, f"its input {kinds[0]}/{key[:12]} is gone from the store", "it is made again")
