"""Finding the scenes of a finished video, and where it is black or stands still, in one pass over its frames, small."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from reel.analyse.scenes import find_cuts
from reel.analyse.stillness import BLACK_SECONDS, FROZEN_SECONDS, Watch
from reel.errors import Cancelled
from reel.ffmpeg.frames import FrameReader
from reel.ffmpeg.picture import finished_frames_command
from reel.make.context import Measured, StepContext
from reel.make.makers import makes
from reel.packets.keyframes import Pixels
from reel.plan.operations import FindScenes, Join
from reel.presets import Canvas
from reel.rectangles import nearest_even

LOOKED_AT_SIDE = 256
"""Longest side, in pixels: as of sources (`reel.ffmpeg.picture.SMALL_SIDE`)."""

CLEAR_SECONDS = 0.25
"""After a cut and before one nothing is shown by itself: it may be blurred by what moves there."""


@makes(FindScenes)
def make_scenes(operation: FindScenes, context: StepContext) -> Measured:
    """Scenes, and stretches without picture or movement, in frames."""
    watch, rate = Watch(), operation.canvas.rate
    pictures = watch.watched(_pictures(operation, context))
    cuts = [cut.frame for cut in find_cuts(pictures, rate)]
    scenes = scenes_between(cuts, operation.transitions, operation.frames, float(CLEAR_SECONDS * rate))
    found = {
        "scenes": scenes,
        "black": watch.black(float(BLACK_SECONDS * rate)),
        "frozen": watch.frozen(float(FROZEN_SECONDS * rate)),
    }
    (context.folder / operation.file).write_text(json.dumps(found, indent=1), "utf-8")
    return {"scenes": len(scenes), "frames_seen": watch.frames}


def _pictures(operation: FindScenes, context: StepContext) -> Iterator[Pixels]:
    path = str(context.made(operation.video, Join, Join.stem))
    width, height = _looked_at(operation.canvas)
    with FrameReader(
        lambda output: finished_frames_command(path, (width, height), output), width * height * 3, context.place
    ) as reader:
        for frame in reader:
            if context.worker.cancelled.is_set():
                raise Cancelled.at(context.place, "was called off")
            yield frame.reshape(height, width, 3).copy()


def _looked_at(canvas: Canvas) -> tuple[int, int]:
    factor = min(1.0, LOOKED_AT_SIDE / max(canvas.size))
    return max(2, nearest_even(canvas.width * factor)), max(2, nearest_even(canvas.height * factor))


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
