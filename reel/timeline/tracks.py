"""Tracks, and the timeline that they lie on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from reel.presets import Canvas
from reel.timeline.clips import PictureClip, SoundClip
from reel.values import Value


class PictureTrack(Value):
    """Clips to see. Where no clip is, one sees what lies below."""

    kind: Literal["picture"] = "picture"
    clips: tuple[PictureClip, ...]


class SoundTrack(Value):
    """Clips to hear. Where no clip is, there is silence."""

    kind: Literal["sound"] = "sound"
    clips: tuple[SoundClip, ...]


Track = Annotated[PictureTrack | SoundTrack, Field(discriminator="kind")]

ClipId = tuple[int, int]
"""The place of a track in `Timeline.tracks`, and of a clip in that track's `clips`: what a clip is known by, whatever is left
out of a list. In their order clips lie bottom to top, and those of one track one after another."""


class Timeline(Value):
    """One video to be made."""

    name: str
    canvas: Canvas
    frames: int
    background: str = "#000000"
    """The colour under all tracks."""
    tracks: tuple[Track, ...]
    """Bottom to top."""

    @property
    def pictures(self) -> tuple[PictureTrack, ...]:
        """The tracks to see, bottom first."""
        return tuple(track for track in self.tracks if isinstance(track, PictureTrack))

    @property
    def seen(self) -> dict[ClipId, PictureClip]:
        """All clips to see, bottom to top."""
        return {
            (number, place): clip
            for number, track in enumerate(self.tracks)
            if isinstance(track, PictureTrack)
            for place, clip in enumerate(track.clips)
        }

    @property
    def sounds(self) -> tuple[SoundClip, ...]:
        """All clips to hear."""
        return tuple(clip for track in self.tracks if isinstance(track, SoundTrack) for clip in track.clips)
