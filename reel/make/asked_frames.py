"""What is asked for of a segment's frames, as the reference draws them from the assets, and how exactly each can be told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from reel.make.composed import decided_encoder
from reel.make.context import StepContext
from reel.make.oracle import Oracle
from reel.media import Colour
from reel.packets.prints import print_scale
from reel.plan.operations import ProvePicture
from reel.proof.levels import Levels, limited_range, resized
from reel.proof.reference import LeftOut, frame_of
from reel.proof.scene import CODED, Scene, Wrong
from reel.proof.seen import Seen, all_seen, before_on_track, is_blurred, unblurred
from reel.proof.transitions import our_name
from reel.timeline import ClipId, Crop, DrawnContent, ImageContent, VideoContent

CODED_LEVELS = 6.0
"""By which coding may change most of a picture that is laid on a ground: where nothing is there, that is the ground itself."""

RANKED = {"distance"}
"""Transitions in which every level of difference has its moment, and changes fast then: a level that coding or rounding moves
changes elsewhere, or nowhere yet."""

USUAL_MATRICES = {"", "unknown", "bt709", "smpte170m", "bt470bg", "fcc", "smpte240m", "gbr", "bt2020nc"}
USUAL_PRIMARIES = {"", "unknown", "bt709", "smpte170m", "bt470bg", "smpte240m", "bt2020"}
USUAL_TRANSFERS = {
    *("", "unknown", "bt709", "smpte170m", "smpte240m", "iec61966-2-1"),
    *("smpte2084", "arib-std-b67", "bt2020-10", "bt2020-12"),
}
"""What the reference draws in numbers; of other codings of colour, only that the clip is planned and decodes is proven."""

TONED_LEVELS = 2.0
"""Levels by which a tone-mapped clip changes the pixels that are its own."""
LOOSENESS = 3.0
"""Times the bounds, of what is mixed of two fields, of what is magnified until each pixel of a source is seen, and of what is
coded worse than any budget asks for: four fields of colour differ by 1.2 bounds at x264's CRF 37, and by twice one at 51."""
MOST_MAGNIFIED = 6.0
LEAST_SIDE = 360
"""Pixels of a canvas's short side from which on bounds are as narrow as they are: previews may be smaller."""

FINE_SIDE, MOST_FAINT = 480, (480 / LEAST_SIDE) ** 2
"""Pixels of a frame's short side from which on thin lines are kept: of the library's golden frame, 83 % is left at 360."""


@dataclass
class AskedFrames:
    """Those of one segment."""

    operation: ProvePicture
    context: StepContext
    ground: int | None
    """Luma of what the segment is laid on; null: it is opaque."""

    def __post_init__(self) -> None:
        self.scale = print_scale(self.operation.timeline.canvas, self.operation.size)
        self.coarse = max(1.0, LEAST_SIDE / min(self.operation.size)) ** 2
        self.oracle = Oracle(self.operation, self.context, self.scale)
        encoder = self.operation.encoder
        self.is_coarse = encoder is not None and decided_encoder(encoder, self.context.folder, self.context).is_coarse

    def read(self, frames: Sequence[int]) -> None:
        """Read what frames show of the assets."""
        self.oracle.read(frames)

    def scene(self, frame: int) -> Scene:
        """A frame that was read."""
        there = self.there(frame)
        toned = [seen.id for seen in there if self._is_toned(seen)]
        asked = self._drawn(frame)
        mask = None
        if toned:
            bare = self._drawn(frame, *toned)
            mask = np.abs(asked - bare).max(axis=0) > TONED_LEVELS
        others = [*self._told_little_of(frame, there)]
        vague = np.any([np.abs(asked - other).max(axis=0) > 0 for other in others], axis=0) if others else None
        magnified = self._magnified(there)
        is_loose = self.is_coarse or any(self._is_interlaced(seen) for seen in there)
        looseness = LOOSENESS if is_loose else 1.0
        coarse = self.coarse * (LOOSENESS if magnified > MOST_MAGNIFIED else 1.0)
        return Scene(
            asked,
            self._without(frame, asked),
            tuple(seen.id for seen in there),
            mask,
            vague,
            self.scale,
            coarse,
            magnified,
            coded=CODED if self.ground is None else CODED_LEVELS,
            faint=min(max(1.0, FINE_SIDE / min(self.operation.size)) ** 2, MOST_FAINT),
            looseness=looseness,
            drawings=frozenset(seen.id for seen in there if isinstance(seen.clip.content, DrawnContent)),
            beside=lambda: self._beside(frame),
        )

    def _without(self, frame: int, asked: Levels) -> Callable[[ClipId], tuple[Levels, Levels]]:
        """See `Scene.without`; what is drawn for it once, is when it is first asked for."""

        @cache
        def drawn() -> tuple[Levels, LeftOut]:
            return _halved(asked), LeftOut(self.operation.timeline, frame, self.oracle, scale=self.scale)

        def without(clip: ClipId) -> tuple[Levels, Levels]:
            whole, left_out = drawn()
            return whole, _halved(limited_range(left_out.without(clip)))

        return without

    def _beside(self, frame: int) -> list[Levels]:
        """The frames before and after one, as they were asked for."""
        timeline = self.operation.timeline
        near = [each for each in (frame - 1, frame + 1) if 0 <= each < timeline.frames]
        oracle = Oracle(self.operation, self.context, self.scale)
        oracle.read(near)
        return [limited_range(frame_of(timeline, each, oracle, scale=self.scale)) for each in near]

    def _told_little_of(self, frame: int, there: list[Seen]) -> Iterator[Levels]:
        """The frame as it would be without what is vague in it: where one of these differs from it, little is told."""
        timeline = self.operation.timeline
        if any(is_blurred(seen) for seen in there):
            yield limited_range(frame_of(unblurred(timeline), frame, self.oracle, scale=self.scale))
        if odd := [seen.id for seen in there if self._is_odd(seen)]:
            yield self._drawn(frame, *odd)
        for seen in there:
            before = before_on_track(timeline, seen) if is_entering(seen, frame) else None
            if before and seen.clip.transition and our_name(seen.clip.transition.name) in RANKED:
                yield self._drawn(frame, seen.id)
                yield self._drawn(frame, before.id)

    def _drawn(self, frame: int, *without: ClipId) -> Levels:
        return limited_range(frame_of(self.operation.timeline, frame, self.oracle, scale=self.scale, without=without))

    def there(self, frame: int) -> list[Seen]:
        """What is seen of clips in a frame, bottom to top."""
        return [seen for seen in all_seen(self.operation.timeline) if seen.clip.start <= frame < seen.clip.end]

    def _magnified(self, there: list[Seen]) -> float:
        """How many compared pixels show one of a source, at most."""
        found = 1.0
        for seen in there:
            content, area = seen.clip.content, seen.clip.area
            if isinstance(content, VideoContent | ImageContent):
                width, height = self.oracle.size(content.asset)
                crop = seen.clip.framing.crop or Crop()
                found = max(
                    found, self.scale * area.width / width / crop.width, self.scale * area.height / height / crop.height
                )
        return found

    def wrong_clock(self, frame: int) -> Wrong | None:
        """A clip whose file does not begin when planning thought."""
        for seen in self.there(frame):
            content = seen.clip.content
            if isinstance(content, VideoContent) and (off := self.oracle.clocks.get(content.asset)):
                return Wrong(f"its file begins {float(off):+.3f} s beside what was taken for its begin", seen.id)
        return None

    def _is_toned(self, seen: Seen) -> bool:
        colour = self._colour(seen)
        return (
            colour is not None
            and not self._is_odd(seen)
            and bool(colour.hdr or colour.primaries == "bt2020" or colour.matrix.startswith("bt2020"))
        )

    def _is_odd(self, seen: Seen) -> bool:
        """Whether a source's colours are coded in a way that the reference has no numbers for."""
        colour = self._colour(seen)
        return colour is not None and not (
            colour.matrix in USUAL_MATRICES
            and colour.primaries in USUAL_PRIMARIES
            and colour.transfer in USUAL_TRANSFERS
        )

    def _colour(self, seen: Seen) -> Colour | None:
        content = seen.clip.content
        source = self.oracle.sources.get(content.asset) if hasattr(content, "asset") else None
        return source.colour if source else None

    def _is_interlaced(self, seen: Seen) -> bool:
        content = seen.clip.content
        return isinstance(content, VideoContent) and self.oracle.sources[content.asset].interlaced


def _halved(levels: Levels) -> Levels:
    """The same averaged to half the size, as what was made is: enough to tell how much of a clip is there. It is not drawn that
    small: thin letters would come out otherwise."""
    return resized(levels, (levels.shape[1] // 2, levels.shape[2] // 2))


def is_entering(seen: Seen, frame: int) -> bool:
    """Whether a clip's transition is not over yet."""
    transition = seen.clip.transition
    return transition is not None and frame < seen.clip.start + transition.frames
