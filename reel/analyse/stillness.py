"""Where a video is black, and where it stands still, by what was measured of its frames (`reel.frame_stats`)."""

from __future__ import annotations

from itertools import pairwise
from typing import TypeAlias

import numpy as np

from reel.frame_stats import FrameStats

BLACK_SECONDS, FROZEN_SECONDS = 0.5, 2.0
"""Shorter stretches are not told of: a cut through black lasts some frames, and a drawing moves every few."""

Stretch: TypeAlias = tuple[int, int]
"""Frames, half-open."""


def black_stretches(stats: FrameStats, least: float) -> list[Stretch]:
    """Stretches of black that last so many frames."""
    edges = np.flatnonzero(np.diff(stats.black.astype(np.int8), prepend=0, append=0)).tolist()
    return [(first, end) for first, end in zip(edges[::2], edges[1::2], strict=True) if end - first >= least]


def frozen_stretches(stats: FrameStats, least: float) -> list[Stretch]:
    """Stretches without movement that last so many frames."""
    changes = [*stats.rests.tolist(), len(stats.scores)]
    return [(first, end) for first, end in pairwise(changes) if end - first >= least]
