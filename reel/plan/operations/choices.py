"""What posters of a set of videos are chosen from."""

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
MOMENT_BYTES = 1500
"""Of what is kept of one."""


class Piece(Value):
    """A stretch of a segment that videos of a set play."""

    segment: str
    """Key of the step that makes it."""
    first: int
    frames: int


ENOUGH = 4
"""So many moments to choose from for each video."""
MOMENTS = (2, 4, 8, 16, 24)
"""Of a piece: steps, so that one more video leaves what was looked at as it is."""


def moments_each(videos: int, pieces: int) -> int:
    """How many moments of each piece are looked at, where each of so many videos plays at least so many pieces."""
    return next((number for number in MOMENTS if number * pieces >= ENOUGH * videos), MOMENTS[-1])


class PosterMoments(OneFile):
    """Look at moments of what a set of videos plays, of which their posters are chosen, into `moments.json`.

    The videos of a set play the same segments in other orders: each segment is looked at once.
    """

    operation: Literal["poster-moments"] = "poster-moments"
    rules: ClassVar[int] = 1
    tools: ClassVar[frozenset[Tool]] = frozenset({"pyav", "opencv", "numpy"})
    task: ClassVar[str] = "thumbnails"
    doing: ClassVar[str] = "look for {}"
    awaits_findings: ClassVar[bool] = True
    spreads: ClassVar[bool] = False
    retention: ClassVar[Retention] = "intermediates"
    file: ClassVar[str] = "moments.json"
    rate: Rational
    pieces: tuple[Piece, ...]
    each: int
    """Moments of a piece."""

    def needs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(piece.segment for piece in self.pieces))

    def assets(self) -> tuple[str, ...]:
        return ()

    def work(self, assets: Mapping[str, MediaFacts]) -> Work:
        frames, moments = sum(piece.frames for piece in self.pieces), self.each * len(self.pieces)
        seconds = round(0.2 + LOOKED_AT_SECONDS * frames, 3)
        return Work(seconds=seconds, bytes=MOMENT_BYTES * moments, memory_bytes=PROCESS_BYTES)


def pieces_of(segments: Sequence[Part], frames_of: Mapping[str, int]) -> Iterator[Piece]:
    """What a joined video plays, given the frames of segments that it plays as a whole."""
    for each in segments:
        if isinstance(each, Excerpt):
            yield Piece(segment=each.mezzanine, first=each.first, frames=each.frames)
        else:
            yield Piece(segment=each, first=0, frames=frames_of[each])
