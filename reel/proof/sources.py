"""Pictures of real assets: frames by time stamp, stills, texts and drawings, decoded and drawn anew for the reference."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from reel.draw import LOOPS, draw_loop, draw_still
from reel.images.regions import ImageRegion, decode_regions
from reel.media import Colour, MediaFacts
from reel.packets.shown import Decoded, Stored, frames_shown
from reel.proof.colours import frame_rgba, still_rgba
from reel.proof.pictures import RGBA, premultiplied
from reel.proof.reference import shown_before
from reel.text import draw_text
from reel.time import frames_in
from reel.timeline import PictureTrack, TextContent, Timeline, VideoContent

LOOP_SECONDS = Fraction(6)
"""Of one turn of a drawn loop (docs/library.md)."""

MOST_SIDE = 2048
"""Longest side of a still picture that the reference asks for; larger ones are made smaller while they are decoded."""


class Asset(NamedTuple):
    """A file with what is known of it."""

    path: Path
    facts: MediaFacts


class Sources:
    """Pictures of assets, by their SHA-256. `largest`: the longest side that is worth having; null: all there is.

    Call `look_ahead` before frames are drawn: each file is then decoded once, and not once for each frame.
    """

    def __init__(self, assets: Mapping[str, Asset], largest: int | None = None) -> None:
        self._assets = assets
        self._largest = largest
        self._frames: dict[tuple[str, Fraction], Decoded] = {}
        self._kept: OrderedDict[object, RGBA] = OrderedDict()

    def look_ahead(self, timeline: Timeline, frames: Iterable[int]) -> None:
        """Decode what some frames of a timeline show of videos."""
        moments: dict[str, set[Fraction]] = {}
        clips = [clip for track in timeline.tracks if isinstance(track, PictureTrack) for clip in track.clips]
        for frame in frames:
            for clip in clips:
                if isinstance(clip.content, VideoContent) and clip.start <= frame < clip.end:
                    moment = shown_before(clip.content, frame - clip.start, timeline.canvas.rate)
                    moments.setdefault(clip.content.asset, set()).add(moment)
        for asset, wanted in moments.items():
            self._decode(asset, sorted(moment for moment in wanted if (asset, moment) not in self._frames))

    def _decode(self, asset: str, moments: list[Fraction]) -> None:
        if moments:
            path, facts = self._assets[asset]
            found = frames_shown(path, facts, [facts.zero + moment for moment in moments], path.name)
            self._frames.update({(asset, moment): frame for moment, frame in zip(moments, found, strict=True)})

    def size(self, asset: str) -> tuple[int, int]:
        video = self._assets[asset].facts.video
        assert video
        return video.display_size

    def video(self, asset: str, before: Fraction) -> RGBA:
        if (asset, before) not in self._frames:
            self._decode(asset, [before])
        frame = self._frames[asset, before]
        return self._once((asset, id(frame)), lambda: self._upright(asset, frame))

    def _upright(self, asset: str, frame: Decoded) -> RGBA:
        video = self._assets[asset].facts.video
        assert video
        picture = frame_rgba(_smaller(frame, self._largest), video.colour, video.display_size)
        # Mirrored first, then turned.
        picture = picture[:, ::-1] if video.mirrored else picture
        return np.ascontiguousarray(np.rot90(picture, -video.rotation // 90))

    def image(self, asset: str) -> RGBA:
        return self._once(asset, lambda: self._still(asset))

    def _still(self, asset: str) -> RGBA:
        path, facts = self._assets[asset]
        width, height = self.size(asset)
        factor = min(1.0, (self._largest or MOST_SIDE) / max(width, height))
        part = ImageRegion((0, 0, 1, 1), (max(1, round(width * factor)), max(1, round(height * factor))))
        taken = decode_regions(path, [part], path.name)
        return still_rgba(taken, facts.video.colour if facts.video else Colour())

    def text(self, content: TextContent, width: int, height: int) -> RGBA:
        return self._once(
            (content, width, height),
            lambda: premultiplied(
                draw_text(content.text, content.style, *(content.box or (width, height)), pixels=(width, height))
            ),
        )

    def drawn(self, name: str, frame: int, width: int, height: int, unit: float, rate: Fraction) -> RGBA:
        if name not in LOOPS:
            return self._once((name, width, height, unit), lambda: premultiplied(draw_still(name, width, height, unit)))
        turn = frames_in(LOOP_SECONDS, rate)
        return self._once(
            (name, width, height, rate, frame % turn), lambda: _loop(name, width, height, rate, turn, frame % turn)
        )

    def _once(self, key: object, make: Callable[[], RGBA]) -> RGBA:
        """Pictures that were asked for lately are not made again."""
        if key not in self._kept:
            self._kept[key] = make()
            while len(self._kept) > 32:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


def _smaller(frame: Decoded, largest: int | None) -> Decoded:
    """The frame with its pixels averaged, where it has many more than are wanted."""
    factor = max(frame.planes[0].shape[:2]) // largest if largest else 1
    return Decoded(tuple(_averaged(plane, factor) for plane in frame.planes), frame.bits, frame.rgb)


def _averaged(plane: Stored, factor: int) -> Stored:
    if factor < 2:
        return plane
    size = max(1, plane.shape[1] // factor), max(1, plane.shape[0] // factor)
    smaller: Stored = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    return smaller


def _loop(name: str, width: int, height: int, rate: Fraction, frames: int, frame: int) -> RGBA:
    """A frame of a loop: drawn in Y'CbCr, without a matrix of the reference's own until here."""
    planes = next(draw_loop(name, width, height, rate, frames, first=frame))
    decoded = Decoded((planes.y, planes.u, planes.v), 8, rgb=False)
    return frame_rgba(decoded, Colour(matrix="bt709"), (width, height))
