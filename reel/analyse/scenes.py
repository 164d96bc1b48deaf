"""Where the scenes of a video change: hard cuts, to the frame.

PySceneDetect's `AdaptiveDetector` says which frames differ from the one before by far more than their neighbours do: so a pan,
which changes every frame, is none, and a cut in quiet footage is one. Three things are held against what it says: a cut changes
what one sees at all (hues of nearly black pictures are noise); a flash, after which one sees what one saw before, is no cut;
and where the picture jumps all the time (strobe lights, ten frames a second in a video of thirty), nothing is.

`AdaptiveDetector`, not `ContentDetector`: on real footage with 207 known cuts both find all, but a fixed threshold takes 8
fades, fast moves and the like for cuts, and takes each end of a flash for one (docs/scenes.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from reel.frame_stats import LEAST_SCORE, FrameStats, flash_frames

Thumbnail: TypeAlias = npt.NDArray[np.float32]
"""A frame as one remembers it: 32 by 18 pixels in BGR, 0 to 255."""

RATIO = 3.0
"""By how much more a frame must differ from the one before than its two neighbours on either side do (the library's own)."""

LEAST_CHANGE = 0.01
"""Of full scale, the mean change of all pixels. What the detector said of fades from black had 0.006 at most, the darkest real
cut of those in docs/scenes.md 0.019."""

BACK, NOTHING = 0.5, 0.03
"""One sees again what one saw before when that differs by less than half of what the flash did; and by next to nothing, of full
scale, or not in its shapes."""

SAME_SHAPES = 0.6
"""Correlation from which on two pictures show the same though it has moved meanwhile."""

JUMPS, AS_MUCH = 4, 0.75
"""So many others within a second, that change the picture about as much, a cut may have: two on either side."""


@dataclass(frozen=True)
class SceneCut:
    """A frame that begins a scene."""

    frame: int
    """Counted from 0; never 0 itself."""
    strength: float
    """0..1: the mean change of all pixels."""


@dataclass(frozen=True)
class _Candidate:
    """A frame that may begin a scene, and what was seen around it."""

    frame: int
    change: float
    before: Thumbnail
    since: Sequence[Thumbnail]
    """From the frame itself on, for as long as a flash lasts."""


def find_cuts(stats: FrameStats, rate: Fraction) -> list[SceneCut]:
    """The cuts among the frames of a video at about `rate` frames per second."""
    second = max(1, round(rate))
    changing = [
        frame
        for frame in _sudden(stats.scores)
        if stats.changes[frame] >= LEAST_CHANGE and not _jumps(frame, stats.changes, second)
    ]
    steady = _candidates(changing, stats, flash_frames(rate))
    return [SceneCut(each.frame, round(each.change, 3)) for each in _without_flashes(steady)]


def _sudden(scores: npt.NDArray[np.float32]) -> Iterator[int]:
    """The frames that differ from the one before by far more than their neighbours do. Before the first and after the last
    nothing changes."""
    if not np.any(scores >= LEAST_SCORE):
        return
    # Importing it takes a moment, and starts FFmpeg to see whether there is one: only where something may be found.
    from scenedetect import AdaptiveDetector, FrameTimecode

    class OfScores(AdaptiveDetector):  # type: ignore[misc]  # it has no types
        """The detector over scores that were measured before: of frames, it would measure the same (tests/analyse)."""

        def _calculate_frame_score(self, timecode: FrameTimecode, frame_img: object) -> float:
            return next(measured)

    # How long scenes are is decided by who uses them.
    detector = OfScores(adaptive_threshold=RATIO, min_scene_len=1, min_content_val=LEAST_SCORE)
    # It answers late, by the neighbours that it looks at, and says nothing of frames that have too few.
    late = detector.event_buffer_length
    padded: list[float] = np.pad(scores, late).tolist()
    measured = iter(padded)
    for number in range(len(padded)):
        # Frames are all it counts here: the rate means nothing.
        for found in detector.process_frame(FrameTimecode(number, fps=1.0), None):
            yield found.frame_num - late


def _candidates(frames: Iterable[int], stats: FrameStats, flash: int) -> Iterator[_Candidate]:
    places = {frame: place for place, frame in enumerate(stats.remembered.tolist())}
    for frame in frames:
        before, *since = (
            stats.thumbnails[places[near]].astype(np.float32)
            for near in range(frame - 1, min(frame + flash + 1, len(stats.scores)))
        )
        yield _Candidate(frame, float(stats.changes[frame]), before, since)


def _jumps(frame: int, changes: npt.NDArray[np.float32], second: int) -> bool:
    """Whether the picture changes all the time, about as much as it does here."""
    near = changes[max(0, frame - second) : frame + second + 1]
    return int((near >= AS_MUCH * changes[frame]).sum()) - 1 > JUMPS


def _without_flashes(candidates: Iterable[_Candidate]) -> Iterator[_Candidate]:
    """All but the begin and the end of what is only a flash."""
    end = -1
    for candidate in candidates:
        if candidate.frame <= end:
            continue
        if flash := _frames_of_flash(candidate):
            end = candidate.frame + flash
        else:
            yield candidate


def _frames_of_flash(candidate: _Candidate) -> int:
    """After how many frames one sees again what one saw before; 0 where it does not come back."""
    back = (count for count, later in enumerate(candidate.since) if _is_back(candidate, later))
    return next(back, 0)


def _is_back(candidate: _Candidate, later: Thumbnail) -> bool:
    difference = _difference(candidate.before, later)
    return difference < BACK * candidate.change and (
        difference < NOTHING or _correlation(candidate.before, later) > SAME_SHAPES
    )


def _difference(one: Thumbnail, other: Thumbnail) -> float:
    """The mean of all pixels, of full scale."""
    return float(np.abs(one - other).mean()) / 255


def _correlation(one: Thumbnail, other: Thumbnail) -> float:
    """How alike the shapes in two pictures are, be one brighter than the other: at most 1, and 0 where there is none."""
    one, other = (each.mean(axis=2) - each.mean() for each in (one, other))
    return float((one * other).sum() / (np.linalg.norm(one) * np.linalg.norm(other) + 1e-6))
