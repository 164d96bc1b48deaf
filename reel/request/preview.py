"""A part of a video, and a look at it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from pydantic import Field

from reel.request.parts import Seconds
from reel.request.rules import Fault, Ruled, fault, rule


class TimeRange(Ruled):
    """A part of the video, in seconds; half-open."""

    start: Seconds = Fraction(0)
    end: Seconds

    @rule
    def _start_before_end(self) -> Iterator[Fault]:
        if self.end <= self.start:
            what = f"`end` ({float(self.end):g} s) must be after `start` ({float(self.start):g} s)"
            yield fault(what, "start", "end")


class Preview(Ruled):
    """A look at what a request makes: a part of it, smaller, or stills instead of a video."""

    range: TimeRange | None = Field(None, description="Only this part; segments that lie in it as a whole are shared.")
    scale: float = Field(1.0, ge=0.1, le=1, description="Of the width and height.")
    frame: Seconds | None = Field(None, description="Instead of a video, the picture at this second.")
    contact_sheet: int | None = Field(
        None, ge=2, le=100, description="Instead of a video, so many pictures on one sheet."
    )

    @rule
    def _one_of(self) -> Iterator[Fault]:
        if len(self.given("frame", "contact_sheet")) == 2:
            yield fault("give either `frame` or `contact_sheet`", "frame", "contact_sheet")

    @property
    def is_still(self) -> bool:
        return self.frame is not None or self.contact_sheet is not None
