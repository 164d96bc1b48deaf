"""Choosing the posters of a set of videos, so that no two look alike."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np
import numpy.typing as npt

from reel.make.context import Measured, StepContext
from reel.make.makers import makes
from reel.make.pictures import LEAST_SPREAD, LOOKED_AT_HEIGHT, brightness_deviation, interest, shrunk
from reel.packets.apart import pictures_at
from reel.packets.keyframes import Pixels
from reel.plan.operations import ChoosePosters
from reel.plan.operations.base import Segment
from reel.plan.operations.choices import Piece

Floats = npt.NDArray[np.float64]

CELLS = 8
"""Across and down: the colour layout of MPEG-7."""

MARGIN = Fraction(1, 8)
"""Of a piece, at its begin and its end: what is seen there is seldom what it is about."""

ENOUGH = 4
"""So many moments to choose from for each video."""

FEWEST, MOST = 2, 24
"""Moments of a piece."""

DULL = 0.25
"""Of a video's moments, those with less than this share of the interest that half of them have are left out."""


@dataclass(frozen=True)
class Moment:
    """A frame that may be a poster."""

    piece: int
    frame: int
    """Within its piece."""
    interest: float
    layout: Floats


@makes(ChoosePosters)
def make_choice(operation: ChoosePosters, context: StepContext) -> Measured:
    """Look at moments of each segment once, and choose one for each video: `posters.json` has its frame, and how far it is
    from the nearest of those before it."""
    wanted = moments_each(len(operation.videos), min(len(pieces) for pieces in operation.videos))
    moments = [
        moment
        for number, piece in enumerate(operation.pieces)
        for moment in _moments_of(number, piece, wanted, operation, context)
    ]
    by_piece: dict[int, list[int]] = {}
    for place, moment in enumerate(moments):
        by_piece.setdefault(moment.piece, []).append(place)
    choices = choose(moments, [[place for piece in pieces for place in by_piece[piece]] for pieces in operation.videos])
    posters = [
        {"frame": _begin(pieces, moments[place].piece, operation) + moments[place].frame, "distance": distance}
        for pieces, (place, distance) in zip(operation.videos, choices, strict=True)
    ]
    (context.folder / operation.file).write_text(json.dumps({"posters": posters}, indent=1), "utf-8")
    return {"moments": len(moments), "least_distance": min(distance for _, distance in choices if distance is not None)}


def moments_each(videos: int, pieces: int) -> int:
    """How many moments of each piece are looked at, where each of so many videos plays at least so many pieces."""
    return min(MOST, max(FEWEST, math.ceil(ENOUGH * videos / pieces)))


def _moments_of(number: int, piece: Piece, wanted: int, operation: ChoosePosters, context: StepContext) -> list[Moment]:
    inside = piece.frames * (1 - 2 * MARGIN)
    spread = (piece.frames * MARGIN + inside * Fraction(2 * place + 1, 2 * wanted) for place in range(wanted))
    numbers = sorted({math.floor(frame) for frame in spread})
    path = context.made(piece.segment, Segment, Segment.stem)
    small = LOOKED_AT_HEIGHT, LOOKED_AT_HEIGHT
    found = pictures_at(path, [float((piece.first + frame) / operation.rate) for frame in numbers], small)
    return [_moment(number, frame, shown.pixels) for frame, shown in zip(numbers, found, strict=True)]


def _moment(piece: int, frame: int, picture: Pixels) -> Moment:
    plain = brightness_deviation(picture) < LEAST_SPREAD
    return Moment(piece, frame, 0.0 if plain else interest(picture), layout_of(picture))


def layout_of(picture: Pixels) -> Floats:
    """The mean colours of eight by eight parts of a picture, in CIE L*a*b*: shape (64, 3)."""
    cells = shrunk(picture, CELLS, CELLS).astype(np.float32) / 255
    return np.asarray(cv2.cvtColor(cells, cv2.COLOR_BGR2LAB), np.float64).reshape(-1, 3)


def distances(layouts: Floats, other: Floats) -> Floats:
    """How far pictures are from another one: the mean difference (CIE 1976) of their parts; black and white are 100 apart."""
    return np.asarray(np.linalg.norm(layouts - other, axis=-1).mean(axis=-1))


def choose(moments: Sequence[Moment], videos: Sequence[Sequence[int]]) -> list[tuple[int, float | None]]:
    """For each video, of the moments it may show, the one that is farthest from all chosen before it; and how far that is. The
    first video shows the one with most to see, and is far from none.

    More videos leave the choices of those before as they are.
    """
    layouts = np.array([moment.layout for moment in moments])
    nearest = np.full(len(moments), np.inf)
    chosen: list[tuple[int, float | None]] = []
    for shown in videos:
        place = max(_lively(moments, shown), key=lambda place: (nearest[place], moments[place].interest))
        chosen.append((place, round(float(nearest[place]), 2) if chosen else None))
        nearest = np.minimum(nearest, distances(layouts, layouts[place]))
    return chosen


def _lively(moments: Sequence[Moment], shown: Sequence[int]) -> list[int]:
    """Those with something to see; where none has, all."""
    least = DULL * float(np.median([moments[place].interest for place in shown]))
    return [place for place in shown if moments[place].interest > 0 and moments[place].interest >= least] or [*shown]


def _begin(pieces: Sequence[int], piece: int, operation: ChoosePosters) -> int:
    """The frame of a video at which a piece begins."""
    before = pieces[: pieces.index(piece)]
    return sum(operation.pieces[each].frames for each in before)
