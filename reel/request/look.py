"""A look at what a request makes, that somebody waits for."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from reel.request.parts import Seconds
from reel.request.rules import Fault, Ruled, fault, rule


class Look(Ruled):
    """One frame, or several on a sheet."""

    frame: Seconds | None = Field(None, description="The second whose frame is shown; null: 0, or a sheet.")
    pictures: int | None = Field(
        None, ge=2, le=100, description="So many evenly spaced frames on one sheet; null: one."
    )
    scale: float = Field(1.0, ge=0.1, le=1, description="Of the width and height.")
    variant: int = Field(1, ge=1, le=1000, description="Which of the videos that the request makes is shown.")

    @rule
    def _one_of(self) -> Iterator[Fault]:
        if len(self.given("frame", "pictures")) == 2:
            yield fault("give either `frame` or `pictures`", "frame", "pictures")
