"""Clips, in whole frames: something to see or to hear, for a stretch of the timeline."""

from __future__ import annotations

from fractions import Fraction

from pydantic import Field

from reel.curves import Curve, Easing, constant
from reel.time import Rational
from reel.timeline.content import Area, Content, Framing
from reel.values import Value, is_none


class Transition(Value):
    """How a clip takes over from the one before it on its track, while both are seen."""

    name: str = "crossfade"
    """See `reel.compose.transitions`."""
    frames: int
    easing: Easing = "linear"
    colour: str = "#000000"
    """Of `fade-through`."""


class PictureClip(Value):
    """Something to see, in an area of the canvas. Curves count frames from the clip's begin."""

    content: Content
    start: int
    """First frame on the timeline."""
    frames: int
    """How many frames it lasts."""
    area: Area
    framing: Framing = Framing()
    x: Curve = constant(0)
    """Pixels that the area's centre is moved to the right."""
    y: Curve = constant(0)
    """Pixels down."""
    scale: Curve = constant(1)
    """About the area's centre."""
    rotation: Curve = constant(0)
    """Degrees clockwise about the area's centre."""
    opacity: Curve = constant(1)
    clipped: bool = False
    """Whether what leaves the area by moving or growing is hidden: a picture that zooms within its frame."""
    transition: Transition | None = None
    """From the clip before it on the track; null: a cut."""
    place: str = ""
    """The field of the request that asked for it, for errors and titles."""

    @property
    def end(self) -> int:
        """The first frame after the clip."""
        return self.start + self.frames


class SoundClip(Value):
    """A sound as a whole, however often it begins again. Curves count frames from the clip's begin."""

    asset: str
    stream: int | None = Field(None, exclude_if=is_none)
    """Which of the asset's sound tracks, by the number of its stream; null: the one that a player would sound."""
    start: int
    frames: int
    media_in: Rational = Fraction(0)
    """Seconds into the asset (from `MediaFacts.zero`) at which it begins; negative where that is before the picture."""
    speed: Rational = Fraction(1)
    """Pitch is kept."""
    period: int | None = None
    """Frames after which it begins again at `media_in`, over and over; null: it runs on."""
    clock: Rational = Fraction(1)
    """Seconds of the asset for one second of the timeline, where its recorder's clock runs fast (more than 1) or slow: the
    sound is resampled, and its pitch goes with it. On top of `speed`."""
    gain_db: Curve = constant(0)
    fade_in: int = 0
    """Frames over which it rises from silence (equal power, so that a crossfade keeps its loudness): over several periods,
    where they are shorter."""
    fade_out: int = 0
    place: str = ""

    @property
    def end(self) -> int:
        """The first frame after the clip."""
        return self.start + self.frames
