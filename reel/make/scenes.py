"""Finding the scenes of a finished video, and where it is black or stands still, by what was measured of its frames."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from reel.analyse.scenes import find_cuts
from reel.analyse.stillness import BLACK_SECONDS, FROZEN_SECONDS, black_stretches, frozen_stretches
from reel.errors import Cancelled
from reel.frame_stats import PartStats, joined
from reel.make.context import Measured, StepContext
from reel.make.makers import makes
from reel.packets.apart import stats_of
from reel.plan.operations import FindScenes
from reel.plan.operations.base import Segment
from reel.plan.operations.joins import Excerpt

CLEAR_SECONDS = 0.25
"""After a cut and before one nothing is shown by itself: it may be blurred by what moves there."""


@makes(FindScenes)
def make_scenes(operation: FindScenes, context: StepContext) -> Measured:
    """Scenes, and stretches without picture or movement, in frames."""
    stats, rate = joined(_parts(operation, context)), operation.canvas.rate
    cuts = [cut.frame for cut in find_cuts(stats, rate)]
    scenes = scenes_between(cuts, operation.transitions, operation.frames, float(CLEAR_SECONDS * rate))
    found = {
        "scenes": scenes,
        "black": black_stretches(stats, float(BLACK_SECONDS * rate)),
        "frozen": frozen_stretches(stats, float(FROZEN_SECONDS * rate)),
    }
    (context.folder / operation.file).write_text(json.dumps(found, indent=1), "utf-8")
    return {"scenes": len(scenes), "frames_seen": len(stats.scores)}


def _parts(operation: FindScenes, context: StepContext) -> Iterator[PartStats]:
    """The stats of each part: those that were kept of it, else measured now."""
    for part in operation.parts:
        if context.worker.cancelled.is_set():
            raise Cancelled.at(context.place, "was called off")
        if isinstance(part, Excerpt):
            yield _measured(part.mezzanine, part.first, part.frames, operation, context)
        else:
            frames = context.measured(part, Segment)["frames"]
            yield context.stats(part) or _measured(part, 0, frames, operation, context)


def _measured(segment: str, first: int, frames: int, operation: FindScenes, context: StepContext) -> PartStats:
    return stats_of(context.segment(segment), operation.canvas.rate, first, frames, context.place)


def scenes_between(
    cuts: Sequence[int], transitions: Sequence[tuple[int, int]], frames: int, margin: float
) -> list[dict[str, Any]]:
    """The scenes of a video: between the cuts that are seen, and the middles of the transitions that its timeline has.

    `clear` is what of a scene lies so many frames from its ends, and from transitions; of a short one, its middle half.
    """
    changes = {cut: (cut, cut) for cut in cuts if not any(first <= cut <= end for first, end in transitions)} | {
        (first + end) // 2: (first, end) for first, end in transitions
    }
    changes = {0: (0, 0), **{at: changes[at] for at in sorted(changes) if 0 < at < frames}, frames: (frames, frames)}
    scenes = []
    for first, end in pairwise(changes):
        since, until = changes[first][1], changes[end][0]
        spare = round(min(margin, max(0, until - since) / 4))
        clear = (since + spare, until - spare) if until > since else (first, end)
        scenes.append({"first": first, "end": end, "clear": clear})
    return scenes
