"""Pictures for the reference renderer in production: read from the assets themselves, small, and drawn anew.

Nothing of the store is used but the assets: not the bitmaps, not the decoded sounds, not the segments.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from reel.curves import value_at
from reel.draw import draw_loop, draw_still
from reel.images.regions import ImageRegion, decode_regions
from reel.make.context import StepContext
from reel.media import Colour
from reel.packets.samples import DecodedFrame, FrameQuery
from reel.packets.shown import Decoded, Stored
from reel.plan.operations import ProvePicture
from reel.plan.operations.proofs import ProofSource
from reel.presets import DRAWN_LOOPS
from reel.proof.colours import frame_rgba, still_rgba
from reel.proof.pictures import RGBA, premultiplied
from reel.proof.reference import shown_before
from reel.proof.seen import Seen, all_seen
from reel.text import draw_text
from reel.timeline import ImageContent, TextContent, Timeline, VideoContent

DENSITY = 2.0
"""Pixels of what is drawn anew for each pixel of what is compared, per side: it is resampled once more."""
STILL_DENSITY = 4.0
"""The same for drawings of the library: their relief has lines of a pixel, which are others where there are few."""
NEAR_FRAMES = Fraction(3, 5)
"""By how much of a frame a file may begin beside what its facts say: they may have rounded it to its grid."""
LOOP_SECONDS = 6
"""Length of one turn of a drawn loop (docs/library.md)."""


@lru_cache(maxsize=2)  # a drawing of 1080p takes half a second and 33 MB, and each segment asks for the same ones
def _drawn_still(name: str, width: int, height: int, unit: float) -> RGBA:
    return premultiplied(draw_still(name, width, height, unit))


@dataclass
class Oracle:
    """The pictures of one segment's timeline at its chosen frames."""

    operation: ProvePicture
    context: StepContext
    scale: float
    """Pixels compared for one of the canvas."""
    clocks: dict[str, Fraction] = field(default_factory=dict)
    """Of assets that do not begin when their facts say, by how many seconds later they do."""
    _videos: dict[tuple[str, Fraction], RGBA] = field(default_factory=dict)
    _drawn: dict[object, RGBA] = field(default_factory=dict)

    @property
    def timeline(self) -> Timeline:
        return self.operation.timeline

    @property
    def sources(self) -> Mapping[str, ProofSource]:
        return {source.asset: source for source in self.operation.sources}

    def read(self, frames: Iterable[int]) -> None:
        """Read all that some frames show of videos, in one go; what was read before is forgotten."""
        self._videos.clear()
        wanted: dict[str, set[Fraction]] = {}
        for frame in frames:
            for seen in all_seen(self.timeline):
                clip = seen.clip
                if isinstance(clip.content, VideoContent) and clip.start <= frame < clip.end:
                    before = shown_before(clip.content, frame - clip.start, self.timeline.canvas.rate)
                    wanted.setdefault(clip.content.asset, set()).add(before)
        if not wanted:
            return
        sources = self.sources
        orders = [
            FrameQuery(
                self.context.asset(asset),
                sources[asset],
                tuple(sources[asset].zero + moment for moment in sorted(moments)),
                self._stored_size(sources[asset]),
                seekable=sources[asset].seekable,
            )
            for asset, moments in wanted.items()
        ]
        kept = self.context.worker.source_frames
        for order, taken in zip(orders, kept.take(orders, self.context.place), strict=True):
            source = order.source
            off = Fraction(0) if taken.begin is None else taken.begin - source.start
            if abs(off) > NEAR_FRAMES / source.rate:
                self.clocks[source.asset] = off
            for moment, frame_ in zip(order.moments, taken.frames, strict=True):
                self._videos[source.asset, moment - source.zero] = upright(frame_, source)

    def size(self, asset: str) -> tuple[int, int]:
        return self.sources[asset].size

    def video(self, asset: str, before: Fraction) -> RGBA:
        return self._videos[asset, before]

    def image(self, asset: str) -> RGBA:
        if asset not in self._drawn:
            source = self.sources[asset]
            size = self._small(source)
            taken = decode_regions(
                self.context.asset(asset), [ImageRegion((0.0, 0.0, 1.0, 1.0), size)], self.context.place
            )
            self._drawn[asset] = still_rgba(taken, source.colour)
        return self._drawn[asset]

    def text(self, content: TextContent, width: int, height: int) -> RGBA:
        key = (content, width, height)
        if key not in self._drawn:
            factor = min(1.0, DENSITY * self.scale * self._growth(content))
            small = max(2, math.ceil(width * factor)), max(2, math.ceil(height * factor))
            box = content.box or (width, height)
            pixels = draw_text(content.text, content.style, *box, self.context.place, pixels=small)
            self._drawn[key] = premultiplied(pixels)
        return self._drawn[key]

    def drawn(self, name: str, frame: int, width: int, height: int, unit: float, rate: Fraction) -> RGBA:
        moving = name in DRAWN_LOOPS
        key = (name, width, height, frame if moving else unit)
        if key not in self._drawn:
            if moving:
                frames = round(LOOP_SECONDS * rate)
                planes = next(draw_loop(name, width, height, rate, frames, first=frame % frames))
                self._drawn[key] = self._shrunk(_of_planes(planes.y, planes.u, planes.v))
            else:
                factor = min(1.0, STILL_DENSITY * self.scale)
                small = max(16, round(width * factor)), max(16, round(height * factor))
                self._drawn[key] = _drawn_still(name, *small, unit * factor)
        return self._drawn[key]

    def _shrunk(self, picture: RGBA) -> RGBA:
        """A large picture, averaged over areas, so that drawing it again costs little."""
        height, width = picture.shape[:2]
        size = max(1, round(width * self.scale)), max(1, round(height * self.scale))
        return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)

    def _growth(self, content: object) -> float:
        """How much larger than its area a clip of that content is ever seen."""
        return max((_largest(each) for each in all_seen(self.timeline) if each.clip.content == content), default=1.0)

    def _small(self, source: ProofSource) -> tuple[int, int]:
        """Pixels of a whole picture that are enough for all clips that show it."""
        width, height = source.size
        share = 0.0
        for seen in all_seen(self.timeline):
            content, clip = seen.clip.content, seen.clip
            if isinstance(content, VideoContent | ImageContent) and content.asset == source.asset:
                crop = clip.framing.crop
                part = (width * crop.width, height * crop.height) if crop else (width, height)
                fitted = max(clip.area.width / part[0], clip.area.height / part[1])
                fitted = min(fitted, 1.0) if clip.framing.fit == "none" else fitted
                share = max(share, fitted * _largest(seen) * self.scale)
        share = min(1.0, share)
        return max(2, round(width * share)), max(2, round(height * share))

    def _stored_size(self, source: ProofSource) -> tuple[int, int]:
        width, height = self._small(source)
        return (height, width) if source.rotation in (90, 270) else (width, height)


def _largest(seen: Seen) -> float:
    return min(4.0, max(1.0, *(key.value for key in seen.clip.scale), value_at(seen.clip.scale, 0)))


def upright(frame: DecodedFrame, source: ProofSource) -> RGBA:
    """A frame of a file as it is meant to be seen: R'G'B' with alpha, upright."""
    deep = frame.format.endswith("16le")
    planes: tuple[Stored, ...] = frame.planes
    if frame.format.startswith("gbr"):
        green, blue, red = planes[:3]
        alpha = planes[3] if len(planes) > 3 else np.full_like(red, 255)
        planes = (np.stack([red, green, blue, alpha], axis=-1).astype(np.uint8),)
    full = source.colour.full_range or frame.format.startswith("yuvj")
    colour = source.colour.model_copy(update={"full_range": full})
    decoded = Decoded(planes, 16 if deep else 8, rgb=len(planes) == 1)
    picture = frame_rgba(decoded, colour, source.size)
    picture = np.clip(picture, 0, picture[..., 3:])
    picture = picture[:, ::-1] if source.mirrored else picture
    return np.ascontiguousarray(np.rot90(picture, -source.rotation // 90), np.float32)


def _of_planes(*planes: npt.NDArray[np.uint8]) -> RGBA:
    height, width = planes[0].shape
    return frame_rgba(Decoded(planes, 8, rgb=False), Colour(matrix="bt709"), (width, height))
