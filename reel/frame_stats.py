"""What is measured of every frame of a video, seen small: enough to tell its scenes, and where it is black or stands still,
without its pictures.

Each segment has its own, measured while it is read back and kept beside it (`STATS_FILE`, some hundred kilobytes); those of a
video are `joined`. Scores are those of PySceneDetect's `ContentDetector` with its own weights; black and stillness are as
FFmpeg's `blackdetect` and `freezedetect` define them, at their thresholds, but that a key frame may be coded otherwise.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from reel.rectangles import nearest_even

STATS_FILE = "stats.npz"

Picture: TypeAlias = npt.NDArray[np.uint8]
"""A frame in BGR, shape (height, width, 3)."""

SEEN_SIDE = 256
"""Longest side, in pixels, of frames that are looked at (PySceneDetect scales down to about as many)."""

THUMBNAIL_SIZE = 32, 18
"""Width and height of a frame as one remembers it."""

LEAST_SCORE = 15.0
"""Of a frame that begins a scene (`min_content_val` of PySceneDetect's `AdaptiveDetector`)."""

FLASH_SECONDS = 0.2
"""How long a flash of a camera or a lightning lasts at most."""

BLACK_PIXEL, BLACK_SHARE = round(0.10 * 255), 0.98
"""A frame is black when 98 % of its pixels have a tenth of full brightness (BT.601) at most."""

FROZEN = 0.001 * 255
"""Mean difference in brightness to the frame at which the picture came to rest: -60 dB of full scale."""

CODED_ANEW = 3.0
"""The same of a key frame, in levels: it is coded by itself, and differs from the frame before although what it shows does not.
Of photographs at 480 lines by 0.3 to 2.3, by how many bits there are (x264 and x265); what moves or is cut to, by far more."""


def seen_size(size: tuple[int, int]) -> tuple[int, int]:
    """Width and height at which frames of a size are looked at; never larger than they are."""
    factor = min(1.0, SEEN_SIDE / max(size))
    return max(2, nearest_even(size[0] * factor)), max(2, nearest_even(size[1] * factor))


def flash_frames(rate: Fraction) -> int:
    """How many frames a flash lasts at most."""
    return max(2, round(FLASH_SECONDS * rate))


@dataclass(frozen=True)
class FrameStats:
    """What was measured of frames that follow each other; they are counted from the first."""

    scores: npt.NDArray[np.float32]
    """Of each frame, the mean difference in hue, saturation and value to the one before, in levels of 256; of the first 0."""
    changes: npt.NDArray[np.float32]
    """Of each, the mean difference of its thumbnail to that of the one before, of full scale; of the first 0."""
    black: npt.NDArray[np.bool_]
    rests: npt.NDArray[np.int32]
    """The frames at which the picture comes to rest anew: the first, and each that differs from the last of these, or from a
    key frame since."""
    remembered: npt.NDArray[np.int32]
    """The frames that have a thumbnail: those that may begin a scene, the ones before them, and as many after them as a flash
    lasts. Of a part, the first and the last are among them."""
    thumbnails: npt.NDArray[np.uint8]
    """Theirs, in BGR."""


@dataclass(frozen=True)
class PartStats:
    """The stats of a part of a video, and what they are joined by with those of others."""

    stats: FrameStats
    first: Picture
    last: Picture
    """Small."""
    at_rest: Picture
    """The brightness of the frame that the last one is held against, small."""


class _Seen(NamedTuple):
    """A frame, and what it is compared by."""

    picture: Picture
    colours: Picture
    """Hue, saturation and value."""
    brightness: Picture
    thumbnail: Picture


class FrameMeter:
    """Measures frames, one by one."""

    def __init__(self, rate: Fraction) -> None:
        self._flash = self._left = flash_frames(rate) + 1
        self._scores, self._changes, self._black, self._rests = array("f"), array("f"), bytearray(), array("i")
        self._thumbnails: dict[int, Picture] = {}
        self._first: _Seen | None = None
        self._last: _Seen
        self._at_rest: _Seen

    def see(self, picture: Picture, key: bool = False) -> None:
        """Measure the next frame: small, and never written to again. `key`: it is coded by itself."""
        number, seen = len(self._scores), _seen(picture)
        if self._first is None:
            self._first = self._last = seen
        score = _score(self._last, seen)
        self._scores.append(score)
        self._changes.append(_change(self._last, seen))
        self._black.append(_is_black(seen.brightness))
        moved = number == 0 or not _is_still(self._at_rest.brightness, seen.brightness, key)
        if moved:
            self._rests.append(number)
        if moved or key:
            self._at_rest = seen
        if score >= LEAST_SCORE:
            self._thumbnails[number - 1] = self._last.thumbnail
            self._left = self._flash
        if self._left:
            self._thumbnails[number] = seen.thumbnail
            self._left -= 1
        self._last = seen

    def measured(self) -> PartStats | None:
        """What was measured so far; null where no frame was seen."""
        if self._first is None:
            return None
        thumbnails = dict(sorted((self._thumbnails | {len(self._scores) - 1: self._last.thumbnail}).items()))
        stats = FrameStats(
            scores=np.array(self._scores, np.float32),
            changes=np.array(self._changes, np.float32),
            black=np.array(self._black, np.bool_),
            rests=np.array(self._rests, np.int32),
            remembered=np.array([*thumbnails], np.int32),
            thumbnails=np.stack([*thumbnails.values()]),
        )
        return PartStats(stats, self._first.picture, self._last.picture, self._at_rest.brightness)


def measured(pictures: Iterable[Picture], rate: Fraction) -> PartStats | None:
    """What a `FrameMeter` measures of all of them."""
    meter = FrameMeter(rate)
    for picture in pictures:
        meter.see(picture)
    return meter.measured()


def joined(parts: Iterable[PartStats]) -> FrameStats:
    """The stats of a video that has the frames of one part or more, one after another.

    What stands still is held against the last key frame, and so, beyond a seam, against the first frame of its part.
    """
    stretches = [*_continued(parts)]
    begins = [*accumulate((len(each.scores) for each in stretches[:-1]), initial=0)]
    numbered = [
        replace(each, rests=each.rests + begin, remembered=each.remembered + begin)
        for each, begin in zip(stretches, begins, strict=True)
    ]
    return FrameStats(
        **{each.name: np.concatenate([getattr(part, each.name) for part in numbered]) for each in fields(FrameStats)}
    )


def _continued(parts: Iterable[PartStats]) -> Iterator[FrameStats]:
    """The stats of each part, its first frame compared with what comes before."""
    before: PartStats | None = None
    for part in parts:
        stats = part.stats
        if before:
            last, first = _seen(before.last), _seen(part.first)
            stats = replace(
                stats,
                scores=np.array([_score(last, first), *stats.scores[1:]], np.float32),
                changes=np.array([_change(last, first), *stats.changes[1:]], np.float32),
            )
            if _is_still(before.at_rest, first.brightness, key=True):
                stats = replace(stats, rests=stats.rests[1:])
        yield stats
        before = part


def write_stats(path: Path, part: PartStats) -> None:
    """Keep the stats of a part in a file."""
    np.savez(path, **vars(part.stats), first=part.first, last=part.last, at_rest=part.at_rest)


def read_stats(path: Path) -> PartStats:
    """What `write_stats` kept."""
    with np.load(path) as kept:
        found = {name: kept[name] for name in kept.files}
    edges = {name: found.pop(name) for name in ("first", "last", "at_rest")}
    return PartStats(FrameStats(**found), **edges)


def _seen(picture: Picture) -> _Seen:
    return _Seen(
        picture,
        np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2HSV), np.uint8),
        np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8),
        np.asarray(cv2.resize(picture, THUMBNAIL_SIZE, interpolation=cv2.INTER_AREA), np.uint8),
    )


def _score(before: _Seen, seen: _Seen) -> float:
    return _difference(before.colours, seen.colours)


def _change(before: _Seen, seen: _Seen) -> float:
    return _difference(before.thumbnail, seen.thumbnail) / 255


def _difference(one: Picture, other: Picture) -> float:
    """The mean of all numbers; as exact as it is kept, so that a threshold divides both alike."""
    return float(np.float32(cv2.norm(one, other, cv2.NORM_L1) / one.size))


def _is_black(brightness: Picture) -> bool:
    return cv2.countNonZero(cv2.inRange(brightness, 0, BLACK_PIXEL)) >= BLACK_SHARE * brightness.size


def _is_still(at_rest: Picture, brightness: Picture, key: bool) -> bool:
    return _difference(at_rest, brightness) <= (CODED_ANEW if key else FROZEN)
