"""How one picture turns into the next: the family that FFmpeg's `xfade` has made well known, on planes.

    blend("circle-open", before, after, share_at(frame, frames, "ease-in-out"), into=before, colour="#000000")

Every transition keeps one promise: it is exactly the old picture at share 0, exactly the new one at share 1, and at 1/2 as
much of the one as of the other is seen (`through` transitions show neither then). So what is aligned with a beat, the
transition's middle, is where the eye sees the change. docs/transitions.md describes each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeAlias

import cv2

from reel.compose import moves, wipes
from reel.compose.blend import mix
from reel.compose.planes import NEUTRAL, Planes, filled, levels_of
from reel.curves import SHAPES, Easing

TransitionFunction: TypeAlias = Callable[[Planes, Planes, float, str], None]
"""Turns the first picture, in place, by a share of the way in 0..1 into the second; the text is a colour."""


def share_at(index: int, frames: int, easing: Easing) -> float:
    """How far a transition of `frames` frames is in its frame `index`, 0-based.

    A frame stands for the time from its begin to its end, so its own middle counts: frame `i` is at `(i + 1/2) / frames`.
    Thus the middle of the transition is the middle of the overlap: between the two middle frames of an even number, on the
    middle frame of an odd one.
    """
    return SHAPES[easing]((index + 0.5) / frames)


def blend(name: str, before: Planes, after: Planes, share: float, into: Planes, colour: str = "#000000") -> None:
    """Write to `into` what a transition (any name of `NAMES`) shows at a share of its way: 0 is all `before`, 1 all `after`.

    All three are opaque and of one size; `into` may be `before`. Easings that overshoot are cut to 0..1. `colour` is that
    of the transitions that go through a colour of choice.
    """
    if share >= 1:
        into.take(after)
        return
    if into is not before:
        into.take(before)
    if share > 0:
        TRANSITIONS[XFADE.get(name, name)](into, after, share, colour)


def _crossfade(picture: Planes, after: Planes, share: float, _: str) -> None:
    mix(after, picture, share)


def _through(picture: Planes, after: Planes, share: float, colour: str) -> None:
    """The old picture fades to the colour, then the new one rises from it."""
    if share >= 0.5:
        picture.take(after)
    covered = 1 - abs(2 * share - 1)
    mix(picture, picture, 1 - covered, levels_of(colour))


def _through_grey(picture: Planes, after: Planes, share: float, _: str) -> None:
    """Light crossfades, colour is drained from the old picture until the middle, then comes into the new one."""
    cv2.addWeighted(after.y, share, picture.y, 1 - share, 0, dst=picture.y)
    drained = 1 - abs(2 * share - 1)
    for below, above in ((picture.u, after.u), (picture.v, after.v)):
        seen = below if share < 0.5 else above
        cv2.convertScaleAbs(seen, dst=below, alpha=1 - drained, beta=drained * NEUTRAL)


def _crop(picture: Planes, after: Planes, share: float, colour: str, *, shape: str) -> None:
    """The colour closes over the old picture, then opens on the new one."""
    ground = filled(picture.width, picture.height, colour[:7])
    if share < 0.5:
        wipes.wipe(f"{shape}-close", picture, ground, 2 * share)
    else:
        picture.take(ground)
        wipes.wipe(f"{shape}-open", picture, after, 2 * share - 1)


def _plain(function: Callable[[Planes, Planes, float], None]) -> TransitionFunction:
    """A transition that has no use for a colour."""
    return lambda picture, after, share, _: function(picture, after, share)


def _through_fixed(fixed: str) -> TransitionFunction:
    return lambda picture, after, share, _: _through(picture, after, share, fixed)


TRANSITIONS: Mapping[str, TransitionFunction] = {
    "crossfade": _crossfade,
    "fade-through": _through,
    "fade-black": _through_fixed("#000000"),
    "fade-white": _through_fixed("#ffffff"),
    "fade-grey": _through_grey,
    "fade-fast": _plain(partial(moves.fade_by_difference, softness=1.0, largest_first=True)),
    "fade-slow": _plain(partial(moves.fade_by_difference, softness=1.0, largest_first=False)),
    "distance": _plain(partial(moves.fade_by_difference, softness=0.25, largest_first=True)),
    **{name: _plain(partial(wipes.wipe, name)) for name in wipes.WIPES},
    "circle-crop": partial(_crop, shape="circle"),
    "rect-crop": partial(_crop, shape="rect"),
    **{name: _plain(partial(moves.move, name)) for name in moves.MOVES},
    "squeeze-h": _plain(partial(moves.squeeze, across=False)),
    "squeeze-v": _plain(partial(moves.squeeze, across=True)),
    "zoom-in": _plain(moves.zoom_in),
    "blur": _plain(moves.blur),
    "pixelize": _plain(moves.pixelize),
}

_SIDES = ("left", "right", "up", "down")
_CORNERS = {"tl": "top-left", "tr": "top-right", "bl": "bottom-left", "br": "bottom-right"}

XFADE: Mapping[str, str] = {
    "fade": "crossfade",
    "fadeblack": "fade-black",
    "fadewhite": "fade-white",
    "fadegrays": "fade-grey",
    "fadefast": "fade-fast",
    "fadeslow": "fade-slow",
    "distance": "distance",
    "dissolve": "dissolve",
    "pixelize": "pixelize",
    "radial": "radial",
    "hblur": "blur",
    "zoomin": "zoom-in",
    "squeezeh": "squeeze-h",
    "squeezev": "squeeze-v",
    "circleopen": "circle-open",
    "circleclose": "circle-close",
    "circlecrop": "circle-crop",
    "rectcrop": "rect-crop",
    "vertopen": "vertical-open",
    "vertclose": "vertical-close",
    "horzopen": "horizontal-open",
    "horzclose": "horizontal-close",
    **{f"{kind}{side}": f"{kind}-{side}" for kind in ("wipe", "smooth", "slide", "cover", "reveal") for side in _SIDES},
    **{f"wipe{short}": f"wipe-{corner}" for short, corner in _CORNERS.items()},
    **{f"diag{short}": f"diagonal-{corner}" for short, corner in _CORNERS.items()},
    **{
        f"{axis}{side[0]}slice": f"slice-{side}"
        for axis, sides in (("h", _SIDES[:2]), ("v", _SIDES[2:]))
        for side in sides
    },
    **{
        f"{axis}{side[0]}wind": f"wind-{side}"
        for axis, sides in (("h", _SIDES[:2]), ("v", _SIDES[2:]))
        for side in sides
    },
}
"""The names of FFmpeg's `xfade` (all but `custom`), as ours."""

NAMES = tuple(dict.fromkeys((*TRANSITIONS, *XFADE)))
"""All names that `blend` knows."""
