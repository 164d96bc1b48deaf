"""A frame as it was asked for, with what bounds how far off it may be made; and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reel.proof.levels import Levels, Mask
from reel.timeline import ClipId

MISPLACED, OF_CANVAS = 0.3, 1.25
"""Pixels, of what is compared and of the canvas, by which something may lie elsewhere: the reference rounds nothing, and places
and sizes on the canvas are even numbers, which is up to a pixel and a quarter together. So many times the levels by which
neighbouring pixels differ may a block be off."""
CODED = 12.0
"""Levels by which coding may change the mean of most blocks, as it does to noise with few bits: beyond that it is another
picture, however evenly it is another."""

MOST_SLACK = 3.0
"""Times the bounds of what is measured of a whole layer, at most: what is half there, or there one and a half times, is told
anywhere."""


@dataclass(frozen=True)
class Wrong:
    """Something that is not as asked."""

    what: str
    clip: ClipId | None = None
    """The clip that it is wrong with, where that can be told."""


@dataclass(frozen=True)
class Scene:
    """A frame as it was asked for, and how it is looked at."""

    asked: Levels
    without: Callable[[ClipId], tuple[Levels, Levels]]
    """The frame at about half the size, and the same without a clip."""
    clips: tuple[ClipId, ...]
    """Those that are there, bottom to top."""
    toned: Mask | None = None
    """Where a picture was mapped to another range of brightness, by rules that are not ours: only its shapes count."""
    vague: Mask | None = None
    """Where something is seen that no definition tells in numbers: a blurred background, colours of a rare coding."""
    scale: float = 1.0
    """Pixels of what is compared for one of the canvas, per side."""
    coarse: float = 1.0
    """Times the bounds of blocks: of canvases so small that sizes in even numbers, and coding, change shapes."""
    magnified: float = 1.0
    """How many pixels show one of a source, per side: where they are more than one, misplacement counts in those."""
    coded: float = CODED
    """Levels by which coding may change most blocks of the picture."""
    faint: float = 1.0
    """Times the bounds of what is measured of a whole layer: of frames so small that coding takes much of thin lines."""
    looseness: float = 1.0
    """Times the bounds: of interlaced pictures, whose lines are mixed otherwise."""
    drawings: frozenset[ClipId] = frozenset()
    """The clips that are drawings of the library: thin lines of a colour, of which a video has half the points."""
    beside: Callable[[], Sequence[Levels]] | None = None
    """The frames before and after it as they were asked for; null: they are taken to be what was made."""

    @property
    def misplaced(self) -> float:
        """Pixels of what is compared by which something may lie elsewhere."""
        return (MISPLACED + OF_CANVAS * self.scale) * max(1.0, self.magnified)

    @property
    def slack(self) -> float:
        """Times the bounds of what is measured of a whole layer: thin lines fade where a canvas has few pixels for them."""
        return min(self.looseness * max(self.coarse, self.faint), MOST_SLACK)
