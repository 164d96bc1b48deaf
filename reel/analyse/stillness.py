"""Where a video is black, and where it stands still, watched while its frames pass on their way to somebody else.

As FFmpeg's `blackdetect` and `freezedetect` define both, at their thresholds; on small pictures, whose pixels are taken from
the frame, not averaged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from reel.analyse.scenes import Picture

BLACK_PIXEL, BLACK_SHARE = round(0.10 * 255), 0.98
"""A frame is black when 98 % of its pixels have a tenth of full brightness at most."""

FROZEN = 0.001 * 255
"""Mean difference to the frame at which the picture came to rest: -60 dB of full scale."""

BLACK_SECONDS, FROZEN_SECONDS = 0.5, 2.0
"""Shorter stretches are not told of: a cut through black lasts some frames, and a drawing moves every few."""

Grey = npt.NDArray[np.uint8]
"""Brightness (BT.601), in levels of 256."""
Stretch = tuple[int, int]
"""Frames, half-open."""


@dataclass
class Watch:
    """What was seen of the frames that passed."""

    frames: int = 0
    _black: list[Stretch] = field(default_factory=list)
    _frozen: list[Stretch] = field(default_factory=list)
    _at_rest: Grey | None = None
    _since: int = 0

    def watched(self, pictures: Iterable[Picture]) -> Iterator[Picture]:
        """The same pictures, each looked at on its way."""
        for picture in pictures:
            self._see(np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8))
            yield picture
        self._frozen.append((self._since, self.frames))

    def black(self, least: float) -> list[Stretch]:
        """Stretches of black that last so many frames."""
        return [stretch for stretch in self._black if stretch[1] - stretch[0] >= least]

    def frozen(self, least: float) -> list[Stretch]:
        """Stretches without movement that last so many frames."""
        return [stretch for stretch in self._frozen if stretch[1] - stretch[0] >= least]

    def _see(self, grey: Grey) -> None:
        number, self.frames = self.frames, self.frames + 1
        if cv2.countNonZero(cv2.inRange(grey, 0, BLACK_PIXEL)) >= BLACK_SHARE * grey.size:
            since = self._black.pop()[0] if self._black and self._black[-1][1] == number else number
            self._black.append((since, number + 1))
        if self._at_rest is None or cv2.norm(grey, self._at_rest, cv2.NORM_L1) > FROZEN * grey.size:
            self._frozen.append((self._since, number))
            self._at_rest, self._since = grey, number
