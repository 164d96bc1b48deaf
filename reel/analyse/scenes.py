"""Where the scenes of a video change: hard cuts, to the frame.

PySceneDetect's `AdaptiveDetector` says which frames differ from the one before by far more than their neighbours do: so a pan,
which changes every frame, is none, and a cut in quiet footage is one. Three things are held against what it says: a cut changes
what one sees at all (hues of nearly black pictures are noise); a flash, after which one sees what one saw before, is no cut;
and where the picture jumps all the time (strobe lights, ten frames a second in a video of thirty), nothing is.

`AdaptiveDetector`, not `ContentDetector`: on real footage with 207 known cuts both find all, but a fixed threshold takes 8
fades, fast moves and the like for cuts, and takes each end of a flash for one (docs/scenes.md).
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import repeat
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

Picture: TypeAlias = npt.NDArray[np.uint8]
"""A frame in BGR, shape (height, width, 3)."""

Thumbnail: TypeAlias = npt.NDArray[np.float32]
"""A frame as one remembers it: 32 by 18 pixels in BGR, 0 to 255."""

THUMBNAIL_SIZE = 32, 18

RATIO = 3.0
"""By how much more a frame must differ from the one before than its two neighbours on either side do (the library's own)."""

LEAST_SCORE = 15.0
"""Mean difference in hue, saturation and value that the detector asks for (the library's own)."""

LEAST_CHANGE = 0.01
"""Of full scale, the mean change of all pixels. What the detector said of fades from black had 0.006 at most, the darkest real
cut of those in docs/scenes.md 0.019."""

FLASH_SECONDS = 0.2
"""How long a flash of a camera or a lightning lasts at most."""

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


@dataclass
class _Candidate:
    """A frame that may begin a scene, and what was seen around it."""

    frame: int
    before: Thumbnail
    since: list[Thumbnail] = field(default_factory=list)
    """From the frame itself on, for as long as a flash lasts."""

    @property
    def change(self) -> float:
        return _difference(self.before, self.since[0])


def find_cuts(pictures: Iterable[Picture], rate: Fraction) -> list[SceneCut]:
    """The cuts among the frames of a video, all of one size, at about `rate` frames per second. Holds four bytes for each frame
    besides what it says."""
    changes = array("f")
    longest = max(2, round(FLASH_SECONDS * rate))
    found = _candidates(pictures, changes, longest)
    steady = [
        each for each in found if each.change >= LEAST_CHANGE and not _jumps(each.frame, changes, max(1, round(rate)))
    ]
    return [SceneCut(each.frame, round(each.change, 3)) for each in _without_flashes(steady)]


def _candidates(pictures: Iterable[Picture], changes: array[float], longest: int) -> list[_Candidate]:
    """What the detector finds, with the `longest` frames after it; `changes` gets the change of each frame."""
    # Importing it takes a moment, and starts FFmpeg to see whether there is one: only here, and while ours decodes already.
    from scenedetect import AdaptiveDetector, FrameTimecode

    # How long scenes are is decided by who uses them.
    detector = AdaptiveDetector(adaptive_threshold=RATIO, min_scene_len=1, min_content_val=LEAST_SCORE)
    # It answers late, by the neighbours that it looks at, and says nothing of frames that have too few.
    late = detector.event_buffer_length
    recent: deque[Thumbnail] = deque(maxlen=late + 2)
    candidates: list[_Candidate] = []
    for number, picture in enumerate(_held(pictures, late), start=-late):
        recent.append(_thumbnail(picture))
        if number >= 0:
            changes.append(_difference(recent[-2], recent[-1]))
        for candidate in candidates[-longest:]:
            if len(candidate.since) <= longest:
                candidate.since.append(recent[-1])
        # Frames are all it counts here: the rate means nothing.
        for found in detector.process_frame(FrameTimecode(number + late, fps=1.0), picture):
            frame = found.frame_num - late
            before, *since = list(recent)[frame - number - 2 :]
            candidates.append(_Candidate(frame, before, since))
    return candidates


def _held(pictures: Iterable[Picture], count: int) -> Iterator[Picture]:
    """The pictures, the first and the last of them shown `count` times more."""
    picture = None
    for number, picture in enumerate(pictures):
        yield from repeat(picture, 1 if number else 1 + count)
    if picture is not None:
        yield from repeat(picture, count)


def _jumps(frame: int, changes: Sequence[float], second: int) -> bool:
    """Whether the picture changes all the time, about as much as it does here."""
    near = changes[max(0, frame - second) : frame + second + 1]
    return sum(change >= AS_MUCH * changes[frame] for change in near) - 1 > JUMPS


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


def _thumbnail(picture: Picture) -> Thumbnail:
    return np.asarray(cv2.resize(picture, THUMBNAIL_SIZE, interpolation=cv2.INTER_AREA), np.float32)


def _difference(one: Thumbnail, other: Thumbnail) -> float:
    """The mean of all pixels, of full scale."""
    return float(np.abs(one - other).mean()) / 255


def _correlation(one: Thumbnail, other: Thumbnail) -> float:
    """How alike the shapes in two pictures are, be one brighter than the other: at most 1, and 0 where there is none."""
    one, other = (each.mean(axis=2) - each.mean() for each in (one, other))
    return float((one * other).sum() / (np.linalg.norm(one) * np.linalg.norm(other) + 1e-6))
