"""What coding keeps of a picture, measured where it is known: below which level it gives detail up, and what it leaves besides.

With few bits coders give detail up, the weakest first: what of a size is below a level is lost, of what is above it that much
(reverse water-filling: Cover & Thomas, Elements of Information Theory, 10.3.3). The level is told by detail that is there
whatever the layer is that is looked for. With hardly any bits, a picture of noise comes out as a few soft blots, and so does
what is laid over it: no more of a layer can be asked for than is left at such a level.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import pi

import cv2
import numpy as np
import numpy.typing as npt

from reel.proof.levels import Levels, Mask

Plane = npt.NDArray[np.float32]

BLURS = (1.0, 2.0, 4.0, 8.0)
"""Deviations, in pixels, of the blurs, one after another, that divide a picture into detail of four sizes, and what all of them
leave, which is always kept."""
NEAR = 9
"""Pixels of the side of a square within which detail is alike."""
LEAST_DETAIL = 2.0
"""Deviation, in levels, of detail that tells what is kept of its size."""
LEAST_SHARE = 0.01
"""Of detail that is kept: where none is, nobody knows how strong it would have to be."""
LEAST_KNOWN = 500
"""Pixels that tell the level."""


@dataclass(frozen=True)
class Kept:
    """What coding keeps of a picture."""

    asked: Levels
    """The picture."""
    lost: npt.NDArray[np.float32]
    """Mean square below which detail of each size is given up in each plane; 0 where nothing is known. Shape (sizes, 3)."""
    made: Levels
    """What came of it."""
    known: Mask

    def of(self, levels: Levels) -> Levels:
        """What is kept at least of something that is in the picture: of its detail, the share of all that is there."""
        *details, shown = _details(levels)
        for detail, share in zip(details, self._shares, strict=True):
            shown = shown + detail * share
        return shown

    @cached_property
    def _shares(self) -> list[Levels]:
        """How much of detail of each size is kept, at each place."""
        *around, _ = _details(self.asked)
        strengths = (_near(np.square(whole)) + 1e-9 for whole in around)
        return [
            np.clip(1 - lost[:, None, None] / strength, 0, 1)
            for lost, strength in zip(self.lost, strengths, strict=True)
        ]

    @cached_property
    def off(self) -> Levels:
        """What coding made of the picture besides, where that is known; 0 elsewhere."""
        return np.asarray((self.made - self.of(self.asked)) * self.known, np.float32)

    def _variance(self, place: Mask) -> float:
        """Of what is left besides, in a pixel of a plane, by what is known near a place."""
        share = _near(self.known[None].astype(np.float32))
        there = _near(np.square(self.off)) / np.maximum(share, 1e-3)
        told = place & (share[0] > 0.01)
        return float(there[:, told].mean()) if told.any() else float(np.square(self.off[:, self.known]).mean())

    def doubt(self, levels: Levels, place: Mask) -> float:
        """By how much the share in which something is there may be measured wrongly for what is left besides: one standard
        deviation, over all places where it might have lain."""
        if not self.known.any():
            return 0.0
        met = np.fft.irfft2(np.fft.rfft2(self.off) * np.conj(np.fft.rfft2(levels)), s=levels.shape[1:]).sum(axis=0)
        usual = float(np.square(self.off).mean()) + 1e-9
        return float(met.std() * (self._variance(place) / usual) ** 0.5 / (np.square(levels).sum() + 1e-9))


def kept_of(made: Levels, asked: Levels, known: Mask) -> Kept:
    """What was kept of a picture that was asked for, by the pixels in which that is `known`."""
    if known.sum() < LEAST_KNOWN:
        return Kept(asked, np.zeros((len(BLURS), 3), np.float32), made, np.zeros_like(known))
    *there, _ = zip(_details(made), _details(asked), strict=True)
    lost = [_level(one, other, known) for one, other in there]
    shares = [*_white_shares()]
    # Coders have one level for all: what has too little of a size, or of a colour, to tell by itself has that of the finer one,
    # by how much there is of each in noise, and of brightness.
    for size, level in enumerate(lost):
        finer = lost[size - 1] * shares[size] / shares[size - 1] if size else 0
        lost[size] = np.maximum(np.maximum(level, level[0]), finer)
    return Kept(asked, np.array(lost, np.float32), made, known)


def _level(made: Levels, asked: Levels, known: Mask) -> Plane:
    """Below which mean square detail of one size is given up, in each plane: above it, what is kept rises from half to all."""
    energy = _near(np.square(asked)) * known
    strength = np.square(energy).sum(axis=(1, 2)) / (energy.sum(axis=(1, 2)) + 1e-9)
    there = np.square(asked * known).sum(axis=(1, 2)) + 1e-9
    share = np.clip((made * asked * known).sum(axis=(1, 2)) / there, LEAST_SHARE, 1)
    return np.asarray(np.where(there < LEAST_DETAIL**2 * known.sum(), 0, strength * (1 - share) / share), np.float32)


def _details(levels: Levels) -> Iterator[Levels]:
    """A picture as the sum of its detail of each size, and of what is left."""
    for deviation in BLURS:
        blurred = np.stack([cv2.GaussianBlur(plane, (0, 0), deviation) for plane in levels])
        yield levels - blurred
        levels = blurred
    yield levels


def _white_shares() -> Iterator[float]:
    """How much of white noise is detail of each size: blurs of variances a and b have 1 / (2 pi (a + b)) in common."""
    variances = np.cumsum(np.square(BLURS))
    yield float(1 - 1 / (pi * variances[0]) + 1 / (4 * pi * variances[0]))
    for one, other in pairwise(variances):
        yield float(1 / (4 * pi * one) - 1 / (pi * (one + other)) + 1 / (4 * pi * other))


def _near(values: Levels) -> Levels:
    """The mean around each pixel."""
    return np.stack([cv2.blur(plane, (NEAR, NEAR)) for plane in values])
