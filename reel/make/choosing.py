"""Choosing the posters of a set of videos, so that no two look alike."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from reel.make.context import Measured, StepContext
from reel.make.makers import makes
from reel.make.pictures import LEAST_SPREAD, LOOKED_AT_HEIGHT, brightness_deviation, interest, shrunk
from reel.packets.apart import pictures_at
from reel.packets.keyframes import Pixels
from reel.plan.operations import PosterMoments
from reel.plan.operations.base import Segment
from reel.plan.operations.choices import Piece

Floats = npt.NDArray[np.float64]

CELLS = 8
"""Across and down: the colour layout of MPEG-7."""

MARGIN = Fraction(1, 8)
"""Of a piece, at its begin and its end: what is seen there is seldom what it is about."""

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


@makes(PosterMoments)
def look_for_moments(operation: PosterMoments, context: StepContext) -> Measured:
    """Look at moments of each segment once."""
    moments = [
        moment
        for number, piece in enumerate(operation.pieces)
        for moment in _moments_of(number, piece, operation, context)
    ]
    told = {
        "frames": [piece.frames for piece in operation.pieces],
        "moments": [
            {**vars(moment), "interest": round(moment.interest, 3), "layout": moment.layout.round(2).ravel().tolist()}
            for moment in moments
        ],
    }
    (context.folder / operation.file).write_text(json.dumps(told), "utf-8")
    return {"moments": len(moments)}


@dataclass(frozen=True)
class Chosen:
    """A poster of a video."""

    frame: int
    """Of the video."""
    distance: float | None
    """How far it is from the nearest of those before it; null of the first."""


def chosen_of(told: Mapping[str, Any], played: Sequence[Sequence[int]]) -> Chosen:
    """The poster of the last of some videos, of which it is told what pieces each plays, from what `look_for_moments` found."""
    moments = [Moment(**{**each, "layout": np.array(each["layout"]).reshape(-1, 3)}) for each in told["moments"]]
    by_piece: dict[int, list[int]] = {}
    for place, moment in enumerate(moments):
        by_piece.setdefault(moment.piece, []).append(place)
    shown = [[place for piece in pieces for place in by_piece[piece]] for pieces in played]
    place, distance = choose(moments, shown)[-1]
    own, moment = played[-1], moments[place]
    before = sum(told["frames"][piece] for piece in own[: own.index(moment.piece)])
    return Chosen(before + moment.frame, distance)


def _moments_of(number: int, piece: Piece, operation: PosterMoments, context: StepContext) -> list[Moment]:
    inside = piece.frames * (1 - 2 * MARGIN)
    parts = 2 * operation.each
    spread = (piece.frames * MARGIN + inside * Fraction(part, parts) for part in range(1, parts, 2))
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
    interests = np.array([moment.interest for moment in moments])
    nearest = np.full(len(moments), np.inf)
    # More videos than moments show some again.
    from_all = cache(lambda place: distances(layouts, layouts[place]))
    chosen: list[tuple[int, float | None]] = []
    for shown in videos:
        places = _lively(interests, np.asarray(shown))
        farthest = places[nearest[places] == nearest[places].max()]
        place = int(farthest[interests[farthest].argmax()])
        chosen.append((place, round(float(nearest[place]), 2) if chosen else None))
        nearest = np.minimum(nearest, from_all(place))
    return chosen


def _lively(interests: Floats, shown: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """The places of those with something to see; where none has, of all."""
    of_each = interests[shown]
    lively = shown[(of_each > 0) & (of_each >= DULL * float(np.median(of_each)))]
    return lively if len(lively) else shown
