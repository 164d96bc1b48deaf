"""Timelines of which the videos are planned, and what is found in them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

from reel.plan.layers import PlanContext
from reel.plan.operations import FindScenes, Join
from reel.plan.renditions import PlannedVideo, rendition_canvas
from reel.presets import Canvas
from reel.timeline import Area, Timeline
from reel.values import Value


class Finished(Value):
    """A timeline of which the videos are planned."""

    number: int
    timeline: Timeline
    window: tuple[int, int]
    """The frames of it that are made."""
    videos: tuple[tuple[PlannedVideo, str], ...]
    """With the keys of the steps that join them."""

    @property
    def frames(self) -> int:
        return self.window[1] - self.window[0]

    @property
    def largest(self) -> tuple[PlannedVideo, str]:
        """The first of the largest: it is shown."""
        return max(self.videos, key=lambda video: video[0].rendition.pixels)

    @property
    def smallest(self) -> tuple[PlannedVideo, str]:
        """The first of the smallest: it is looked at, as that takes least."""
        return min(self.videos, key=lambda video: video[0].rendition.pixels)

    def canvas(self, video: PlannedVideo) -> Canvas:
        """What the frames of a video look like."""
        return rendition_canvas(video.rendition, self.timeline.canvas.rate)

    def frame_at(self, seconds: Fraction) -> int | None:
        """The frame, of those that are made, that is seen at a second of the whole; null where it is not among them."""
        first, end = self.window
        frame = math.floor(seconds * self.timeline.canvas.rate)
        return frame - first if first <= frame < end else None


def add_scenes(finished: Finished, known: PlanContext) -> str:
    """Add the step that finds the scenes of a timeline's videos; returns its key."""
    video, key = finished.smallest
    join = known.keyed.operations[key][1]
    assert isinstance(join, Join)
    scenes = FindScenes(
        parts=join.segments,
        canvas=finished.canvas(video),
        frames=finished.frames,
        transitions=tuple(_transitions(finished)),
    )
    return known.keyed.add(f"scenes of {finished.timeline.name}", scenes)


def _transitions(finished: Finished) -> Iterator[tuple[int, int]]:
    """The transitions of clips that fill the canvas, in the frames that are made."""
    first, end = finished.window
    canvas = finished.timeline.canvas
    whole = Area(x=0, y=0, width=canvas.width, height=canvas.height)
    for track in finished.timeline.pictures:
        for clip in track.clips:
            if clip.transition and clip.area == whole:
                since, until = max(clip.start, first), min(clip.start + clip.transition.frames, end)
                if since < until:
                    yield since - first, until - first
