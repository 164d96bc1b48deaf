"""How much of a layer is there in a picture that was made, by least squares against the picture without it.

Coding gives detail up, of a layer as of all else. What is kept at least, of a layer and of what is around it
(`reel.proof.kept`), is what it is looked for in: all of that is there, and what is there besides is no more than the layer.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from reel.proof.kept import kept_of
from reel.proof.levels import Levels, Mask, resized
from reel.proof.scene import MOST_SLACK, Scene
from reel.timeline import ClipId

SEEN_LEVELS = 16.0
"""Levels by which a layer changes a pixel that counts for it."""
SURE_PIXELS = 200
"""From which on bounds of presence are as narrow as they are: of fewer, most are edges, which lie within a pixel of where they
are asked for (the word "Sale" at the foot of a slideshow has 76)."""
LEAST_PIXELS = 12
"""Such pixels that tell how much of a layer is there."""
PRESENCE = 0.15
"""How far from 1 a layer's presence may be: 0 is lost, 1.5 is a half white drawn twice."""

LOST = 0.15
"""Presence below which it is lost."""
DOUBTS = 3.0
"""Standard deviations of what coding leaves besides that are no chance. Where they come to a whole layer, nobody can say
whether it is there."""
UNSEEN_LEVELS = 1.0
"""Levels by which a layer changes a pixel that does not count for what is around it."""

ALIKE = 0.97
"""Correlation of what is kept of a layer with what was asked of it, below which it is another: letters of a font that is much
like theirs come to 0.933 to 0.964, their own, of as many pixels, to 0.98 and more (tests.proof.faults, tests.proof.calibrate,
and 120 templates of random texts)."""
DRAWN = 3.0
"""Times the bounds, of drawings: their thin lines may differ from what is below by their colour alone, of which a
video has a point for four pixels, and coding leaves less. Of a golden frame over tan 0.84 is left, alike by 0.94 to 0.97;
another frame in its place is alike by 0.85 at most."""
UNTOLD_ALIKE = 0.85
"""The same where nothing is beside a layer to measure by what coding keeps: noise over all of a picture comes to 0.95."""
FORM_PIXELS = 300
"""From which on that bound is as narrow as it is: of fewer, more lie at edges, which are up to a pixel elsewhere."""
MOST_LOOSE = 8.0
"""Times the bound of form, at most. Of glitter at 240 lines, 45 pixels of which are seen beside a picture, what is kept is
alike by 0.88: where so few tell, only another thing altogether is another form."""
SHARED = 0.75
"""Pixels of what is compared for one of the canvas, from which on thin lines are seen in the colour of their neighbours: chroma
is filtered by 1-2-1 before it is halved and read linearly, and at half the size that is 3-10-3. Of a logo of thin lines on
240 lines, a fifth of its colour is gone."""
LEAST_FORM = 0.5
"""Share of a layer that coding keeps, in energy, below which nobody knows its form."""
DRAWN_FORM = 0.75
"""The same of drawings: of a golden frame of 350 pixels over pale wood VP9 keeps 0.69, which are alike by 0.83, less than those
of another frame may be."""


@dataclass(frozen=True)
class Presence:
    """How much of a clip is there, as far as coding leaves anything to be told."""

    share: float
    """Of what is kept of it at least: 1 as asked, 0 not at all."""
    most: float
    """What that comes to where all of it was kept: 1 where coding gives nothing up."""
    doubt: float
    """By how much that may be wrong for what coding left there besides."""
    alike: float
    """How like it is what is there: correlation of what is kept of both."""
    kept: float
    """How much of its form is: a share of its energy."""
    measured: bool
    """Whether what coding keeps was measured beside it; else all is taken to be kept."""
    pixels: int
    """In how many it is seen."""


def wrong_presence(made: Levels, scene: Scene, clip: ClipId) -> str | None:
    """What is wrong with how much of a clip is there, and with its form; null where nothing is, or where nobody can say."""
    found = presence_of(made, scene, clip)
    if found is None or DOUBTS * found.doubt > 1 - LOST:
        return None
    few = max(1.0, (SURE_PIXELS / found.pixels) ** 0.5)
    drawn = DRAWN if clip in scene.drawings else 1.0
    slack = min(scene.slack * few * drawn, MOST_SLACK)
    # Where a canvas has few pixels, thin lines fade: that is how much of them is there. Of their form no more is off than by
    # which a place is: in proportion to its side.
    small = max(1.0, (FORM_PIXELS / found.pixels) ** 0.5) * scene.coarse**0.5
    looseness = min(scene.looseness * small * drawn, MOST_LOOSE)
    if found.share < LOST:
        return f"is not to be seen ({found.share:.2f} of it is there)"
    if found.share > found.most * (1 + PRESENCE * slack):
        return f"is there {found.share / found.most:.2f} times, as if it was drawn more than once"
    if found.share < 1 - PRESENCE * slack:
        return f"is only there by {found.share:.0%}"
    least = ALIKE if found.measured else UNTOLD_ALIKE
    known = DRAWN_FORM if clip in scene.drawings else LEAST_FORM
    if found.kept >= known and found.alike < 1 - (1 - least) * looseness:
        return f"has another form (it is alike by {found.alike:.0%})"
    return None


def presence_of(made: Levels, scene: Scene, clip: ClipId) -> Presence | None:
    """How much of a clip is there; null where too little of it is seen to tell."""
    asked, without = (shared_colour(each) if scene.scale > SHARED else each for each in scene.without(clip))
    change = asked - without
    mask = np.abs(change).max(axis=0) > SEEN_LEVELS
    told = np.ones_like(mask)
    for untold in (scene.toned, scene.vague):
        if untold is not None:
            told &= ~_beside(resized(untold[None].astype(np.float32), mask.shape)[0] >= 0.01)
    mask &= told
    if mask.sum() < LEAST_PIXELS:
        return None
    small = resized(made, mask.shape)
    # Beside it as well: letters of another form lie where there should be none.
    around = _beside(mask)
    kept = kept_of(small, asked, told & ~_reached(np.abs(change).max(axis=0)))
    expected, found = kept.of(change), small - without
    seen = np.where(mask, expected, 0)
    energy = float(np.square(seen).sum()) + 1e-9
    filtered, there = kept.of(found)[:, around], expected[:, around]
    alike = float((filtered * there).sum() / np.sqrt(np.square(filtered).sum() * np.square(there).sum() + 1e-9))
    return Presence(
        share=float((found * seen).sum()) / energy,
        most=max(1.0, float((change * seen).sum()) / energy),
        doubt=kept.doubt(seen, around),
        alike=alike,
        kept=float(np.square(there).sum() / np.square(change[:, around]).sum()),
        measured=bool(kept.known.any()),
        pixels=int(mask.sum()),
    )


def shared_colour(levels: Levels) -> Levels:
    """A picture at half its size with the colour that 4:2:0 leaves of it: what is between two columns is told by both."""
    across = np.array([[3, 10, 3]], np.float32) / 16
    colours = [cv2.filter2D(plane, -1, across, borderType=cv2.BORDER_REPLICATE) for plane in levels[1:]]
    return np.stack([levels[0], *colours])


def _beside(mask: Mask) -> Mask:
    """A mask and the pixels beside it, to which what is in it spreads when it is made half as large."""
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)), bool)


def _reached(change: npt.NDArray[np.float32]) -> Mask:
    """Where a layer changes anything, and beside that: what is there does not tell what coding does without it."""
    return np.asarray(cv2.dilate((change > UNSEEN_LEVELS).astype(np.uint8), np.ones((5, 5), np.uint8)), bool)
