"""From finished videos without loss to the steps that make GIFs and animated WebPs of them."""

from __future__ import annotations

from reel.plan.layers import PlanContext
from reel.plan.operations import Animated, Join
from reel.plan.renditions import PlannedVideo


def add_animated(video: PlannedVideo, key: str, join: Join, name: str, known: PlanContext) -> tuple[str, str] | None:
    """Add the step that makes the file of a joined video that is shown as a picture: its key, and the file's name there; null
    for any other. `name` is that of the file that is delivered."""
    if video.animated is None:
        return None
    animated = Animated(
        source=key,
        canvas=join.canvas,
        frames=join.frames,
        format=video.animated,
        every=video.every,
        loops=video.loops,
        alpha=video.rendition.encoder.alpha,
    )
    return known.keyed.add(name, animated), animated.file
