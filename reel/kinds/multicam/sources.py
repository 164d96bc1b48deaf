"""Of a multicam's sources: which are seen, and the canvas that they are seen on."""

from __future__ import annotations

from fractions import Fraction

from reel.kinds.multicam.request import MulticamRequest
from reel.media import MediaFacts
from reel.plan.compiled import canvas_of, rate_for
from reel.presets import Canvas


def seen_sources(request: MulticamRequest) -> set[int | None]:
    """The sources that are seen, by their places in the list; null for what is no source."""
    if request.edl:
        return set(range(len(request.sources)))
    decisions = request.switches or request.cuts or ()
    return {request.source_number(decision.source) for decision in decisions}


def leading_source(request: MulticamRequest) -> int:
    """The first in `sources` of those that are seen, whenever that is: its clock is the project's, and an edit that only moves
    cuts changes neither clock, nor size, nor rate."""
    return min((number for number in seen_sources(request) if number is not None), default=0)


def canvas_like(request: MulticamRequest, first: MediaFacts) -> Canvas:
    """As asked for, else as the leading source."""
    if first.video is None:  # nothing is seen of any source, which is told once all else that is wrong is known
        return Canvas(width=1280, height=720, rate=request.frame_rate or Fraction(30))
    shape = request.shape or first.video.display_size
    return canvas_of(request, shape, request.frame_rate or rate_for(first.video))
