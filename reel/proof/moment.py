"""Whether a frame that was made is of its own moment: it fits what was asked for better than its neighbours do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reel.proof.levels import Levels, Mask, gradient
from reel.proof.scene import Scene

MOVING_LEVELS = 10.0
"""Levels by which neighbouring frames differ where time is told."""
LEAST_MOVING = 64
"""Pixels of that kind that tell the time."""
BETTER = 0.4
"""A neighbour's error as a share of the frame's own, below which it is the neighbour that is shown."""


def shifted(made: Levels, scene: Scene, neighbours: Sequence[Levels]) -> str | None:
    """Whether a neighbour fits the moment better, where it differs."""
    if scene.looseness > 1:
        return None
    sure = np.ones(made.shape[1:], np.bool_)
    for unsure in (scene.toned, scene.vague):
        sure = sure if unsure is None else sure & ~unsure
    # Each where it differs itself: behind a cut, the first frame is another than the last before it; and where the picture
    # stands still from there on, coding makes the second a little better.
    moving = [(near, sure & (_change(made, [near]) > MOVING_LEVELS)) for near in neighbours]
    late = _first_better(made, scene, moving)
    if late and scene.beside is not None:
        # Coding, too, makes frames differ that are to be alike: the second of two is often the better one.
        meant = _change(scene.asked, scene.beside()) > MOVING_LEVELS
        late = _first_better(made, scene, [(near, where & meant) for near, where in moving])
    return late


def _first_better(made: Levels, scene: Scene, moving: Sequence[tuple[Levels, Mask]]) -> str | None:
    """What is said of the first neighbour that fits the moment better in its pixels; null where none does."""
    return next((said for near, where in moving if (said := _better(made, scene, near, where))), None)


def _better(made: Levels, scene: Scene, near: Levels, moving: Mask) -> str | None:
    """Whether a neighbour fits the moment better in these pixels, if they are enough, and by how much."""
    if moving.sum() < LEAST_MOVING:
        return None
    own, other = (float(np.square((each - scene.asked)[:, moving]).mean()) for each in (made, near))
    # What moves slowly, as a still that grows does, is where a neighbour has it if it lies a fraction of a pixel elsewhere.
    misplaced = float(np.square(scene.misplaced * gradient(scene.asked)[:, moving]).mean())
    if own <= misplaced or other >= BETTER * own:
        return None
    return f"its neighbour fits that moment better ({other:.0f} against {own:.0f})"


def _change(frame: Levels, neighbours: Sequence[Levels]) -> Levels:
    """By how many levels each pixel differs from any of its neighbours in time."""
    return np.asarray(np.max([np.abs(other - frame).max(axis=0) for other in neighbours], axis=0), np.float32)
