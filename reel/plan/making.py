"""How a timeline is made into videos, and the steps for what each of them has of the same frames."""

from __future__ import annotations

from collections.abc import Callable

from reel.plan.ladders import PlannedLadder
from reel.plan.layers import PlanContext
from reel.plan.operations import AnyOperation
from reel.plan.operations.joins import Part
from reel.plan.operations.sounds import LoudnessTarget
from reel.plan.quality import Decision
from reel.plan.renditions import PlannedVideo
from reel.presets import Copying, VideoEncoder
from reel.values import Value


class Making(Value):
    """How a timeline is made into a file."""

    videos: tuple[PlannedVideo, ...]
    """What is made of it; where packets are copied, one."""
    ladders: tuple[PlannedLadder, ...] = ()
    """Whose rungs are among the videos."""
    loudness: LoudnessTarget | None = None
    copying: Copying = "never"
    mezzanine: bool = False
    """Whether plain cuts are copied from mezzanines of their sources."""
    share_segments: bool = True
    """Whether short cuts share segments; not where each cut is shared by several timelines."""
    decisions: tuple[Decision, ...] = ()
    """What is known of the videos' encoders, of one timeline; none: all is said."""

    @property
    def copies(self) -> bool:
        """Whether packets may be copied."""
        return self.mezzanine or self.copying != "never"

    @property
    def encoder(self) -> VideoEncoder:
        """Of the one video, where packets are copied."""
        (video,) = self.videos
        return video.rendition.encoder


Piece = tuple[Part, ...]
"""What a stretch of each of the videos is joined from: the key of a step, or a stretch of a mezzanine."""


def add_renditions(
    composed: Callable[..., AnyOperation], frames: int, title: str, making: Making, known: PlanContext, place: int = 0
) -> Piece:
    """Add a step for what each video has of the same frames."""
    decisions = making.decisions or tuple(Decision(encoder=video.rendition.encoder) for video in making.videos)
    return tuple(
        known.keyed.add(
            of_video(title, video, making),
            composed(size=video.rendition.size, encoder=decision.of(place, frames)),
        )
        for video, decision in zip(making.videos, decisions, strict=True)
    )


def of_video(title: str, video: PlannedVideo, making: Making) -> str:
    return f"{title} {video.label}" if len(making.videos) > 1 else title
