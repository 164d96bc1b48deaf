"""What transitions show, in floating point, as docs/transitions.md describes them."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from reel.curves import SHAPES
from reel.proof.pictures import RGB, premultiplied_colour
from reel.proof.wipes import WIPES, Size, soft_step, wiped
from reel.timeline import Transition

LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""Of R'G'B' (ITU-R BT.709)."""


def share_at(age: int, transition: Transition) -> float:
    """How much of the way a transition has gone in its frame `age`, counted from 0: at the middle of the frame."""
    return min(max(SHAPES[transition.easing]((age + 0.5) / transition.frames), 0.0), 1.0)


def turned_into(transition: Transition, before: RGB, after: RGB, share: float, size: Size) -> RGB:
    """What is seen when `share` of the way from the one to the other has been gone."""
    name = our_name(transition.name)
    if share in (0, 1):
        return after if share else before
    if name in WIPES:
        return _mixed(before, after, wiped(name, share, before, size))
    kind, _, how = name.partition("-")
    match kind:
        case "crossfade":
            return _mixed(before, after, share)
        case "fade" if how in COLOURS:
            return _through(before, after, share, COLOURS[how] or transition.colour)
        case "fade" if how == "grey":
            return _through_grey(before, after, share)
        case "fade" | "distance":
            return _by_difference(before, after, share, how)
        case "circle" | "rect":
            return _cropped(before, after, share, transition.colour, kind, size)
        case "slide" | "cover" | "reveal":
            return _moved(kind, how, before, after, share, size)
        case "squeeze":
            return _squeezed(before, after, share, size, upright=how == "v")
    return {"zoom": _nearer, "blur": _blurred, "pixelize": _in_blocks}[kind](before, after, share)


COLOURS = {"through": "", "black": "#000000", "white": "#ffffff"}


def our_name(name: str) -> str:
    """The name of ours for one of FFmpeg's `xfade`."""
    axes = {"hl": "left", "hr": "right", "vu": "up", "vd": "down"}
    corners = {"tl": "top-left", "tr": "top-right", "bl": "bottom-left", "br": "bottom-right"}
    whole = {
        "fade": "crossfade", "fadegrays": "fade-grey", "hblur": "blur", "vertopen": "vertical-open",
        "vertclose": "vertical-close", "horzopen": "horizontal-open", "horzclose": "horizontal-close",
    }  # fmt: skip
    if "-" in name or name in whole:
        return whole.get(name, name)
    for kind in ("slice", "wind"):
        if name.endswith(kind) and name[:2] in axes:
            return f"{kind}-{axes[name[:2]]}"
    for kind in ("wipe", "smooth", "slide", "cover", "reveal", "diag", "circle", "rect", "fade", "squeeze", "zoom"):
        if name.startswith(kind) and name != kind:
            rest = name.removeprefix(kind)
            return f"{'diagonal' if kind == 'diag' else kind}-{corners.get(rest, rest)}"
    return name


def _mixed(before: RGB, after: RGB, weight: float | npt.NDArray[np.float32]) -> RGB:
    """`weight` of the second and the rest of the first."""
    each = np.asarray(weight, np.float32)
    return np.asarray(before + (after - before) * (each[..., None] if each.ndim else each), np.float32)


def _filled(colour: str, like: RGB) -> RGB:
    return np.asarray(np.broadcast_to(premultiplied_colour(colour[:7])[:3], like.shape), np.float32)


def _luma(picture: RGB) -> npt.NDArray[np.float32]:
    return np.asarray(np.einsum("...i,i", picture, LUMA), np.float32)


def _through(before: RGB, after: RGB, share: float, colour: str) -> RGB:
    """The old picture fades to the colour until the middle, then the new one rises from it."""
    seen = before if share < 0.5 else after
    return _mixed(seen, _filled(colour, seen), 1 - abs(2 * share - 1))


def _through_grey(before: RGB, after: RGB, share: float) -> RGB:
    """Light crossfades; colour drains from the old picture until the middle, and comes into the new one after it."""
    seen = before if share < 0.5 else after
    light = _luma(_mixed(before, after, share))[..., None]
    colour = (seen - _luma(seen)[..., None]) * np.float32(abs(2 * share - 1))
    return np.asarray(light + colour, np.float32)


def _by_difference(before: RGB, after: RGB, share: float, how: str) -> RGB:
    """What differs most goes first (`slow`: least), by luma in steps of one of its 219 levels, differences by 64 levels being
    alike; `distance` (`how` is empty) is quick in each place."""
    levels = np.rint(219 * np.minimum(np.abs(_luma(before) - _luma(after)), 1)).astype(int)
    order = levels if how == "slow" else 219 - levels
    counts = np.bincount(order.ravel(), minlength=220)
    # Which share of all comes before each, and half of those that come with it; of levels that nothing has, at the ends, too.
    before_each = (np.cumsum(counts) - counts / 2) / order.size
    around = np.concatenate([np.zeros(64), before_each, np.ones(64)])
    ranked = np.array([around[level : level + 129].mean() for level in range(220)])
    return _mixed(before, after, soft_step(share, ranked[order], 1.0 if how else 0.25))


def _cropped(before: RGB, after: RGB, share: float, colour: str, shape: str, size: Size) -> RGB:
    """The colour closes over the old picture, then opens on the new one."""
    ground = _filled(colour, before)
    if share < 0.5:
        return _mixed(before, ground, wiped(f"{shape}-close", 2 * share, before, size))
    return _mixed(ground, after, wiped(f"{shape}-open", 2 * share - 1, before, size))


WAYS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


def _moved(kind: str, way: str, before: RGB, after: RGB, share: float, size: Size) -> RGB:
    """Both go (slide), the new one comes over the old (cover), or the old one leaves it (reveal): by whole pairs of pixels of
    the canvas."""
    height, width = before.shape[:2]
    right, down = WAYS[way]
    side, drawn = (size[0], width) if right else (size[1], height)
    gone = round(2 * round(share * side / 2) * drawn / side)
    moved_old = 0 if kind == "cover" else gone
    moved_new = 0 if kind == "reveal" else gone - drawn
    ground, top = (after, before) if kind == "reveal" else (before, after)
    result = ground.copy()
    if kind == "slide":
        _put(before, result, right * moved_old, down * moved_old)
    on_top = moved_old if kind == "reveal" else moved_new
    _put(top, result, right * on_top, down * on_top)
    return result


def _put(picture: RGB, onto: RGB, x: int, y: int) -> None:
    """Copy a picture, moved; what leaves is cut off."""
    height, width = onto.shape[:2]
    onto[max(y, 0) : height + min(y, 0), max(x, 0) : width + min(x, 0)] = picture[
        max(-y, 0) : height - max(y, 0), max(-x, 0) : width - max(x, 0)
    ]


def _squeezed(before: RGB, after: RGB, share: float, size: Size, *, upright: bool) -> RGB:
    """The old picture, squeezed onto a middle line by pairs of pixels of the canvas, on the new one."""
    old, result = (before.swapaxes(0, 1), after.copy().swapaxes(0, 1)) if upright else (before, after.copy())
    height, width = old.shape[:2]
    side = size[0] if upright else size[1]
    whole = 2 * round(side * (1 - share) / 2)
    begin = (side - whole) // 4 * 2
    first, end = (round(place * height / side) for place in (begin, begin + whole))
    if left := end - first:
        small = cv2.resize(np.ascontiguousarray(old), (width, left), interpolation=cv2.INTER_AREA)
        result[first : first + left] = small
    return result.swapaxes(0, 1) if upright else result


def _nearer(before: RGB, after: RGB, share: float) -> RGB:
    """The old picture grows to twice its size, while the new one fades in."""
    height, width = before.shape[:2]
    larger = cv2.getRotationMatrix2D((width / 2 - 0.5, height / 2 - 0.5), 0, 2.0**share)
    near = cv2.warpAffine(before, larger, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return _mixed(np.asarray(near, np.float32), after, share * share * (3 - 2 * share))


def _blurred(before: RGB, after: RGB, share: float) -> RGB:
    """A crossfade, averaged across over up to a fifth of the width; beside the picture is its mirror image."""
    radius = round(0.2 * before.shape[1] * min(share, 1 - share))
    mixed = _mixed(before, after, share)
    return np.asarray(cv2.blur(mixed, (2 * radius + 1, 1), borderType=cv2.BORDER_REFLECT), np.float32)


def _in_blocks(before: RGB, after: RGB, share: float) -> RGB:
    """A crossfade, averaged over blocks that grow, at half of the way, to a twentieth of the short side."""
    picture = _mixed(before, after, share)
    height, width = picture.shape[:2]
    block = min(width, height) / 20 * 2 * min(share, 1 - share)
    if block <= 1:
        return picture
    blocks = max(1, round(width / block)), max(1, round(height / block))
    small = cv2.resize(picture, blocks, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST), np.float32)
