"""Of a multicam's sources: which are seen, and the canvas that they are seen on."""

from __future__ import annotations

from fractions import Fraction

from reel.kinds.multicam.request import MulticamRequest
from reel.media import MediaFacts
from reel.plan.compiled import canvas_of
from reel.presets import Canvas
from reel.request.parts import FRAME_RATES
from reel.time import meant_rate, nearest_rate

MOST_TIMES = 5
"""By how many times a source's rate may be above or below a usual one to be taken for its multiple or its part."""


def seen_sources(request: MulticamRequest) -> set[int | None]:
    """The sources that are seen, by their places in the list; null for what is no source."""
    if request.edl:
        return set(range(len(request.sources)))
    decisions = request.switches or request.cuts or ()
    return {request.source_number(decision.source) for decision in decisions}


def leading_source(request: MulticamRequest) -> int:
    """The first source that is seen: its clock is the project's."""
    return min((number for number in seen_sources(request) if number is not None), default=0)


def canvas_like(request: MulticamRequest, first: MediaFacts) -> Canvas:
    """As asked for, else as the first source that is seen."""
    if first.video is None:  # nothing is seen of any source, which is told once all else that is wrong is known
        return Canvas(width=1280, height=720, rate=request.frame_rate or Fraction(30))
    shape = request.shape or first.video.display_size
    return canvas_of(request, shape, request.frame_rate or usual_rate(first.video.rate))


def usual_rate(rate: Fraction) -> Fraction:
    """The rate of a video whose first source has that rate: the same where it is one of `FRAME_RATES`.

    Of a rate that is a multiple or a part of one (15, 48, 120), that one, by the least factor: each frame is seen equally
    long. Of any other, as phones record them (29.83), the nearest.
    """
    usual = [Fraction(known) for known in FRAME_RATES]
    for factor in range(1, MOST_TIMES + 1):
        for times in (Fraction(1, factor), Fraction(factor)):
            if meant := meant_rate(rate * times, usual):
                return meant
    return nearest_rate(rate, usual)
