"""The operation that chooses posters for a set of videos."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Literal

from reel.media import MediaFacts
from reel.plan.operations.base import OneFile, Retention
from reel.plan.operations.expected import Work
from reel.plan.operations.joins import Excerpt, Part
from reel.plan.operations.work import PROCESS_BYTES
from reel.time import Rational
from reel.toolchain import Tool
from reel.values import Value

LOOKED_AT_SECONDS = 0.002
"""Of decoding one frame, small, to see whether it makes a poster."""


class Piece(Value):
    """A stretch of a segment that videos of a set play."""

    segment: str
    """Key of the step that makes it."""
    first: int
    frames: int


class ChoosePosters(OneFile):
    """Choose a moment of each of several videos, so that no two look alike, into `posters.json`.

    The videos of a set play the same segments in other orders: each segment is looked at once.
    """

    operation: Literal["choose-posters"] = "choose-posters"
    rules: ClassVar[int] = 2
    tools: ClassVar[frozenset[Tool]] = frozenset({"pyav", "opencv", "numpy"})
    task: ClassVar[str] = "thumbnails"
    doing: ClassVar[str] = "{}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = False
    retention: ClassVar[Retention] = "intermediates"
    file: ClassVar[str] = "posters.json"
    rate: Rational
    pieces: tuple[Piece, ...]
    videos: tuple[tuple[int, ...], ...]
    """For each, the numbers of its pieces in the order that it plays them."""

    def needs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(piece.segment for piece in self.pieces))

    def assets(self) -> tuple[str, ...]:
        return ()

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        frames = sum(piece.frames for piece in self.pieces)
        return Work(seconds=round(0.2 + LOOKED_AT_SECONDS * frames, 3), bytes=10_000, memory_bytes=PROCESS_BYTES)


def pieces_of(segments: Sequence[Part], frames_of: Mapping[str, int]) -> Iterator[Piece]:
    """What a joined video plays, given the frames of segments that it plays as a whole."""
    for each in segments:
        if isinstance(each, Excerpt):
            yield Piece(segment=each.mezzanine, first=each.first, frames=each.frames)
        else:
            yield Piece(segment=each, first=0, frames=frames_of[each])
