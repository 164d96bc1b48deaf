"""Frames of a composed segment, one after another: layers from bottom to top, each where its curves put it."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from reel.compose.blend import StillOverlay, lay, mix, still_overlays
from reel.compose.fine import Fine
from reel.compose.planes import Levels, Planes, blank, levels_of
from reel.compose.transitions import blend, share_at
from reel.compose.warp import Pose, at_twice, bounds, covers, draw_fine, draw_moving, warped
from reel.curves import Curve, constant, is_constant, value_at
from reel.plan.operations.layers import BitmapPart, ColourPart, Layer
from reel.presets import Canvas
from reel.rectangles import Rectangle, around, common


class FrameSource(Protocol):
    """Where a layer's pictures come from."""

    def next(self) -> Planes:
        """The next frame, valid until the one after it is asked for; always the same object where nothing moves."""


Open = Callable[[Layer], AbstractContextManager[FrameSource]]
"""Opens a layer's source at its first frame."""

Shown: TypeAlias = "tuple[_Player] | tuple[_Player, _Player]"
"""A layer to draw; or two, one of which takes over from the other."""


def composed(
    canvas: Canvas, background: str, layers: Sequence[Layer], frames: int, open_source: Open
) -> Generator[Planes]:
    """All frames of a segment. Each is valid until the next is asked for.

    Sources are open only while their layer is seen.
    """
    ground = levels_of(background)
    picture = blank(canvas.width, canvas.height)
    players: dict[int, _Player] = {}
    with ExitStack() as at_the_end:
        for frame in range(frames):
            for number, player in [*players.items()]:
                if player.layer.end <= frame:
                    players.pop(number).leave()
            for number, layer in enumerate(layers):
                if layer.first <= frame < layer.end and number not in players:
                    players[number] = player = _Player(layer, at_the_end, open_source)
            _draw_all(list(_shown(players, frame)), picture, ground, frame)
            yield picture


def _shown(players: Mapping[int, _Player], frame: int) -> Iterator[Shown]:
    """What is to be drawn, bottom to top; a layer that takes over from another one together with that."""
    left = {number: player.takes_over(frame) for number, player in players.items()}
    for number in sorted(players):
        before = left[number]
        if before is not None:
            yield players[before], players[number]
        elif number not in left.values():
            yield (players[number],)


def _draw_all(shown: Sequence[Shown], picture: Planes, ground: Levels, frame: int) -> None:
    """The ground and all that is shown, bottom to top; what lies below the topmost that covers a rectangle is drawn around
    it, unless a transition may carry it to where it is seen."""
    first = next((number for number, each in enumerate(shown) if len(each) > 1), len(shown))
    covered = [_covered(each, frame) if number <= first else None for number, each in enumerate(shown)]
    topmost = max((number for number, rectangle in enumerate(covered) if rectangle), default=0)
    whole = (_all_of(picture),)
    parts = around(covered[topmost] if covered else None, _all_of(picture))
    for place in parts:
        _region(picture, place).fill(ground)
    for number, each in enumerate(shown):
        match each:
            case (leaving, entering):
                _draw_transition(leaving, entering, picture, frame)
            case (player,):
                player.draw(picture, frame, parts if number < topmost else whole, ground if number == 0 else None)


def _covered(shown: Shown, frame: int) -> Rectangle | None:
    """A rectangle in which nothing of what lies below is seen; null where none is known."""
    rectangles = {player.covered(frame) for player in shown}
    return rectangles.pop() if len(rectangles) == 1 else None


def _draw_transition(leaving: _Player, entering: _Player, picture: Planes, frame: int) -> None:
    """Both on what lies below them, then from one to the other: a crossfade of what one would see before and after."""
    entrance = entering.layer.entrance
    assert entrance
    everywhere = _all_of(picture)
    window = common(entrance.within.rectangle, everywhere) if entrance.within else everywhere
    if window is None:  # neither of them is on the canvas
        return
    after = picture.copy()
    leaving.draw(picture, frame, (everywhere,), None)
    entering.draw(after, frame, (everywhere,), None)
    share = share_at(frame - entering.layer.first + entrance.age, entrance.frames, entrance.easing)
    before = _region(picture, window)
    blend(entrance.name, before, _region(after, window), share, before, entrance.colour)


def _all_of(picture: Planes) -> Rectangle:
    return (0, 0, picture.width, picture.height)


@dataclass
class _Player:
    """A layer that is being seen."""

    layer: Layer
    at_the_end: ExitStack
    open_source: Open
    _stack: ExitStack = field(default_factory=ExitStack)
    _fine: Fine | None = None
    _stills: tuple[StillOverlay, ...] | None = None

    def __post_init__(self) -> None:
        # Left when its time is over, or with all others when composing ends early.
        self.at_the_end.push(self._stack)
        self._source = self._stack.enter_context(self.open_source(self.layer))
        layer, area = self.layer, self.layer.area
        window = (area.x, area.y, area.x + area.width, area.y + area.height)
        at_home = (layer.x, layer.y, layer.scale, layer.rotation) == (
            constant(0),
            constant(0),
            constant(1),
            constant(0),
        )
        self.home: Rectangle | None = window if layer.clipped or at_home else None
        """The part of the canvas that the layer never leaves; null where that is not known."""
        self._limits = window if layer.clipped else None
        self._is_still = isinstance(layer.part, BitmapPart | ColourPart)
        self._stays = at_home and is_constant(layer.opacity) and self._is_still

    def leave(self) -> None:
        self._stack.close()

    def takes_over(self, frame: int) -> int | None:
        """The number of the layer that this one takes over from in a frame; null where it does not, or has done so."""
        entrance = self.layer.entrance
        return entrance.after if entrance and frame < self.layer.first + entrance.left else None

    def covered(self, frame: int) -> Rectangle | None:
        """The rectangle of the canvas that the layer fills without a gap; null where that is not known before it is drawn."""
        if self.home is None or not self._is_still or self._opacity(frame) < 1:
            return None
        shown = self._source.next()
        pose, size = self._pose(shown, frame), (shown.width, shown.height)
        fills = shown.a is None and pose.is_seen(*size) and covers(pose, *size, *self.home)
        return self.home if fills else None

    def draw(self, picture: Planes, frame: int, places: Sequence[Rectangle], ground: Levels | None) -> None:
        """Lay the layer's picture of that frame over `picture`, at least in some places of it; in the rest it is not seen.

        `ground`: what the picture has everywhere, where nothing was drawn yet.
        """
        shown = self._source.next()
        opacity, pose = self._opacity(frame), self._pose(shown, frame)
        if opacity == 0 or not pose.is_seen(shown.width, shown.height):
            return
        draw = self._draw_plain if pose.is_plain(shown.width, shown.height) else self._draw_posed
        for place in places:
            draw(shown, pose, picture, opacity, place, ground)

    def _opacity(self, frame: int) -> float:
        return min(max(self._at(self.layer.opacity, frame), 0.0), 1.0)

    def _at(self, curve: Curve, frame: int) -> float:
        return value_at(curve, frame - self.layer.first)

    def _pose(self, shown: Planes, frame: int) -> Pose:
        layer, area = self.layer, self.layer.area
        filled = layer.filled or area
        scale, rotation = self._at(layer.scale, frame), self._at(layer.rotation, frame)
        # It grows and turns about the middle of its area, beside which its own may lie.
        aside = complex(filled.x + filled.width / 2, filled.y + filled.height / 2)
        aside -= complex(area.x + area.width / 2, area.y + area.height / 2)
        moved = aside * cmath.rect(scale, math.radians(rotation))
        return Pose(
            x=area.x + area.width / 2 + moved.real + self._at(layer.x, frame),
            y=area.y + area.height / 2 + moved.imag + self._at(layer.y, frame),
            # A bitmap may be larger than its area, so that it is sharp where it grows; its sides are rounded to even.
            scale=scale * max(filled.width / shown.width, filled.height / shown.height),
            rotation=rotation,
        )

    def _draw_plain(
        self, shown: Planes, pose: Pose, picture: Planes, opacity: float, place: Rectangle, ground: Levels | None
    ) -> None:
        left, top = round(pose.x - shown.width / 2), round(pose.y - shown.height / 2)
        inside = (left, top, left + shown.width, top + shown.height)
        seen = common(inside, self._limits or place, place)
        if seen is None:
            return
        if self._stays and (shown.a is not None or opacity < 1) and seen == inside:
            if self._stills is None:
                self._stills = still_overlays(shown, left, top, opacity)
            for still in self._stills:
                still.lay(picture)
            return
        onto = _region(picture, seen)
        part = shown.region(seen[0] - left, seen[1] - top, seen[2] - seen[0], seen[3] - seen[1])
        if shown.a is not None:
            lay(part, onto, opacity)
        elif opacity < 1:
            mix(part, onto, opacity, ground)
        else:
            onto.take(part)

    def _draw_posed(
        self, shown: Planes, pose: Pose, picture: Planes, opacity: float, place: Rectangle, ground: Levels | None
    ) -> None:
        reach = bounds(pose, shown.width, shown.height)
        seen = common(reach, self._limits or place, place)
        if seen is None:
            return
        left, top, right, bottom = seen
        onto, size = _region(picture, seen), (right - left, bottom - top)
        if shown.a is not None or not covers(pose, shown.width, shown.height, *seen):
            picture, posed = (self._fine_of(shown).doubled, at_twice(pose)) if self._is_still else (shown, pose)
            lay(warped(picture, posed, left, top, *size, fine=self._is_still), onto, opacity)
            return
        whole = onto if opacity == 1 else blank(*size)
        if self._is_still:
            draw_fine(self._fine_of(shown), pose, left, top, whole)
        else:
            draw_moving(shown, pose, left, top, whole)
        if opacity < 1:
            mix(whole, onto, opacity, ground)

    def _fine_of(self, shown: Planes) -> Fine:
        """What a still picture is read from, made once."""
        if self._fine is None:
            self._fine = Fine(shown)
        return self._fine


def _region(picture: Planes, seen: Rectangle) -> Planes:
    left, top, right, bottom = seen
    return picture.region(left, top, right - left, bottom - top)
