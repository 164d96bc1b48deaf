"""The timeline that every kind of request compiles to, in whole frames.

Tracks lie bottom to top, clips within a track lie one after another, as in OpenTimelineIO. A clip covers the half-open range
of frames `[start, start + frames)`. Its media is read from `media_in`, a time within the asset, at `speed`.

          0        60             150      frames of the timeline
    video [ clip A )[   clip B    )
    audio [        soundtrack     )
"""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from reel.presets import Canvas, Fit
from reel.time import Rational
from reel.values import Value


class TimelineClip(Value):
    """A stretch of one asset, placed on a track."""

    asset: str
    """SHA-256 of the asset's bytes."""
    start: int
    """First frame on the timeline."""
    frames: int
    """How many frames it lasts."""
    media_in: Rational = Fraction(0)
    """Seconds into the asset (from `MediaFacts.zero`) that the first frame shows."""
    speed: Rational = Fraction(1)
    """Seconds of media per second of timeline."""
    fit: Fit = "contain"
    gain_db: float = 0.0

    @property
    def end(self) -> int:
        """The first frame after the clip."""
        return self.start + self.frames


class Track(Value):
    """Clips of one kind, in order, not overlapping. Where no clip is, there is background or silence."""

    kind: Literal["video", "audio"]
    clips: tuple[TimelineClip, ...]


class Timeline(Value):
    """One video to be made."""

    name: str
    canvas: Canvas
    frames: int
    tracks: tuple[Track, ...]

    def clips(self, kind: Literal["video", "audio"]) -> tuple[TimelineClip, ...]:
        """All clips of that kind, bottom track first."""
        return tuple(clip for track in self.tracks if track.kind == kind for clip in track.clips)
