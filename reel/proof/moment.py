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
    """Whether a neighbour fits the moment better, where they differ."""
    if scene.looseness > 1 or not neighbours:
        return None
    moving = _change(made, neighbours) > MOVING_LEVELS
    if scene.toned is not None:
        moving &= ~scene.toned
    if scene.vague is not None:
        moving &= ~scene.vague
    if moving.sum() < LEAST_MOVING:
        return None
    if (late := _better(made, scene, neighbours, moving)) is None or scene.beside is None:
        return late
    # Coding, too, makes frames differ that are to be alike: the second of two is often the better one.
    moving &= _change(scene.asked, scene.beside()) > MOVING_LEVELS
    return _better(made, scene, neighbours, moving) if moving.sum() >= LEAST_MOVING else None


def _better(made: Levels, scene: Scene, neighbours: Sequence[Levels], moving: Mask) -> str | None:
    """Whether a neighbour fits the moment better in these pixels, and by how much."""
    own, *others = (float(np.square((each - scene.asked)[:, moving]).mean()) for each in (made, *neighbours))
    # What moves slowly, as a still that grows does, is where a neighbour has it if it lies a fraction of a pixel elsewhere.
    misplaced = float(np.square(scene.misplaced * gradient(scene.asked)[:, moving]).mean())
    best = min(others)
    if own <= misplaced or best >= BETTER * own:
        return None
    return f"its neighbour fits that moment better ({best:.0f} against {own:.0f})"


def _change(frame: Levels, neighbours: Sequence[Levels]) -> Levels:
    """By how many levels each pixel differs from any of its neighbours in time."""
    return np.asarray(np.max([np.abs(other - frame).max(axis=0) for other in neighbours], axis=0), np.float32)
