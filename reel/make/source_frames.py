"""Frames of sources, kept for a while: the renditions of a segment are held against the same ones, which are decoded once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction

from reel.packets.samples import DecodedFrame, DecodedFrames, FrameQuery, take_frames
from reel.plan.operations.proofs import ProofSource

MOST_BYTES = 64 << 20
"""Held at most: some three hundred small frames, those of the segments that are under proof and more."""

Sought = tuple[ProofSource, tuple[int, int], Fraction]
"""A frame of a source, of a size, that begins last before a moment."""
Found = tuple[DecodedFrame, Fraction | None]
"""That frame, and the begin of its file as `DecodedFrames` has it."""


@dataclass
class SourceFrames:
    """Takes frames of sources, and keeps the last ones. Who asks for what another reads waits for it."""

    most_bytes: int = MOST_BYTES
    _kept: OrderedDict[Sought, Found] = field(default_factory=OrderedDict)
    """The one that was asked for last at the end."""
    _being_read: set[Sought] = field(default_factory=set)
    _bytes: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def take(self, queries: Sequence[FrameQuery], place: str) -> list[DecodedFrames]:
        """As `take_frames`; raises as it does."""
        with self._claimed({each for query in queries for each in _sought(query)}) as (found, missing):
            short = [each for each in (_of(query, missing) for query in queries) if each.moments]
            for query, read in zip(short, take_frames(short, place) if short else (), strict=True):
                frames = map(_by_itself, read.frames)
                found |= {each: (frame, read.begin) for each, frame in zip(_sought(query), frames, strict=True)}
            self._keep(found)
        return [_answer(query, found) for query in queries]

    @contextmanager
    def _claimed(self, wanted: set[Sought]) -> Iterator[tuple[dict[Sought, Found], set[Sought]]]:
        """Frames that are kept, and those that nobody else reads until the block is left."""
        with self._changed:
            self._changed.wait_for(lambda: not wanted & self._being_read)
            found = {each: self._kept[each] for each in wanted & self._kept.keys()}
            missing = wanted - found.keys()
            self._being_read |= missing
        try:
            yield found, missing
        finally:
            with self._changed:
                self._being_read -= missing
                self._changed.notify_all()

    def _keep(self, found: dict[Sought, Found]) -> None:
        with self._changed:
            for each, kept in found.items():
                if each not in self._kept:
                    self._bytes += _size(kept[0])
                self._kept[each] = kept
                self._kept.move_to_end(each)
            while self._bytes > self.most_bytes:
                _, (frame, _) = self._kept.popitem(last=False)
                self._bytes -= _size(frame)


def _sought(query: FrameQuery) -> list[Sought]:
    return [(query.source, query.size, moment) for moment in query.moments]


def _of(query: FrameQuery, missing: set[Sought]) -> FrameQuery:
    """A query of what is missing alone."""
    moments = (moment for moment, each in zip(query.moments, _sought(query), strict=True) if each in missing)
    return replace(query, moments=tuple(moments))


def _answer(query: FrameQuery, found: dict[Sought, Found]) -> DecodedFrames:
    frames = [found[each] for each in _sought(query)]
    return DecodedFrames(
        next((begin for _, begin in frames if begin is not None), None), [frame for frame, _ in frames]
    )


def _by_itself(frame: DecodedFrame) -> DecodedFrame:
    """A frame that holds no more than itself: what was read is one block of all frames of all files."""
    return replace(frame, planes=tuple(plane.copy() for plane in frame.planes))


def _size(frame: DecodedFrame) -> int:
    return sum(plane.nbytes for plane in frame.planes)
