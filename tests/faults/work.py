"""What the trials make: short videos of numbered clips, none of which shares a step with another trial's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.clips import make, numbered

RATE = 30
HEIGHT = 480


@dataclass(frozen=True)
class Footage:
    """Clips in which every frame carries its number."""

    clips: tuple[Path, ...]
    firsts: tuple[int, ...]
    """The number of each clip's first frame."""
    frames: int
    """Of each clip."""

    def request(self, order: Sequence[int] | None = None, **fields: Any) -> dict[str, Any]:
        """One video of the clips in that order."""
        clips = [str(self.clips[number]) for number in order or range(len(self.clips))]
        return {
            "kind": "mixer",
            "clips": clips,
            "resolution": f"{HEIGHT}p",
            "aspect": "16:9",
            "frame_rate": RATE,
        } | fields

    def numbers(self, order: Sequence[int] | None = None) -> list[int]:
        """What the frames of that video show."""
        chosen = (self.firsts[number] for number in order or range(len(self.clips)))
        return [first + frame for first in chosen for frame in range(self.frames)]


def shoot(folder: Path, trial: int, clips: int, seconds: float, size: tuple[int, int] = (640, 360)) -> Footage:
    """New footage; two trials' clips differ in their numbers, and when these are used up in size too."""
    frames = round(seconds * RATE)
    takes = (1 << 16) // frames - 1
    firsts, paths = [], []
    folder.mkdir(parents=True, exist_ok=True)
    for clip in range(trial * clips, (trial + 1) * clips):
        first, more = clip % takes * frames, clip // takes * 2
        path = folder / f"clip-{clip}.mov"
        paths.append(make(numbered(first, rate=str(RATE), seconds=seconds, size=(size[0] + more, size[1])), path))
        firsts.append(first)
    return Footage(tuple(paths), tuple(firsts), frames)
