"""What is good in a timeline, and still cannot be meant: clips that nobody sees or hears, keyframes that are never reached."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from reel.curves import Curve, constant, is_constant, value_at
from reel.media import MediaFacts
from reel.plan.cuts import is_opaque, lies_still
from reel.rectangles import Rectangle, common
from reel.timeline import ColourContent, PictureClip, PictureTrack, SoundClip, Timeline

MOST_SAMPLES = 400
"""Moments of a clip at which it is asked whether it can be seen, besides its keyframes."""

SILENT_DB = -90.0
"""Below what 16 bits hold (20 log10 2^-15)."""


def oddities(timeline: Timeline, assets: Mapping[str, MediaFacts]) -> Iterator[str]:
    """Warnings, each with the field that it is about. `assets` are the facts by SHA-256."""
    rate = timeline.canvas.rate
    covers = [_covers(track, assets) for track in timeline.pictures]
    for number, track in enumerate(timeline.pictures):
        for clip in track.clips:
            for name, curve in _curves(clip).items():
                yield from _never_reached(f"{clip.place}.{name}", curve, clip.frames, rate)
            if why := _unseen(clip, timeline):
                yield f"{clip.place}{why}: nothing of it is ever seen"
            elif over := _hidden_by(clip, covers[number + 1 :], timeline):
                yield f"{clip.place}: nothing of it is ever seen, as {over} over it"
    yield from _of_sounds(timeline.sounds, rate)


def _curves(clip: PictureClip) -> dict[str, Curve]:
    return {
        "position.x": clip.x,
        "position.y": clip.y,
        "scale": clip.scale,
        "rotation": clip.rotation,
        "opacity": clip.opacity,
    }


def _never_reached(field: str, curve: Curve, frames: int, rate: Fraction) -> Iterator[str]:
    if beyond := [key.frame for key in curve if key.frame > frames]:
        keys, lie, are = ("keyframes", "lie", "are") if len(beyond) > 1 else ("keyframe", "lies", "is")
        begin, end = float(beyond[0] / rate), float(frames / rate)
        yield f"{field}: its {keys} from {begin:g} s on {lie} after the clip's end, {end:g} s, and {are} never reached"


def _unseen(clip: PictureClip, timeline: Timeline) -> str:
    """The field for which a clip is never seen, and what is with it; empty where it may be."""
    if isinstance(clip.content, ColourContent) and clip.content.colour[7:] == "00":
        return ".colour: is transparent"
    if all(value_at(clip.opacity, frame) <= 0 for frame in _moments(clip, clip.opacity)):
        return ".opacity: is 0 throughout"
    if all(value_at(clip.scale, frame) == 0 for frame in _moments(clip, clip.scale)):
        return ".scale: is 0 throughout"
    moving = [curve for name, curve in _curves(clip).items() if name != "opacity"]
    canvas = (0, 0, timeline.canvas.width, timeline.canvas.height)
    if not any(_overlap(_reach(clip, frame), canvas) for frame in _moments(clip, *moving)):
        return ": lies off the canvas"
    return ""


def _moments(clip: PictureClip, *curves: Curve) -> Sequence[int]:
    """Frames of a clip that tell how it changes."""
    if all(is_constant(curve) for curve in curves):
        return (0,)
    keys = {key.frame for curve in curves for key in curve if 0 <= key.frame < clip.frames}
    return sorted({*keys, *range(0, clip.frames, max(1, clip.frames // MOST_SAMPLES)), clip.frames - 1})


def _reach(clip: PictureClip, frame: int) -> tuple[float, float, float, float]:
    """The rectangle around a clip at a frame."""
    if clip.clipped:
        return clip.area.rectangle
    scale, angle = value_at(clip.scale, frame), math.radians(value_at(clip.rotation, frame))
    width, height = clip.area.width * scale / 2, clip.area.height * scale / 2
    across = abs(width * math.cos(angle)) + abs(height * math.sin(angle))
    down = abs(width * math.sin(angle)) + abs(height * math.cos(angle))
    x = clip.area.x + clip.area.width / 2 + value_at(clip.x, frame)
    y = clip.area.y + clip.area.height / 2 + value_at(clip.y, frame)
    return (x - across, y - down, x + across, y + down)


def _overlap(one: tuple[float, float, float, float], other: Rectangle) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@dataclass(frozen=True)
class _Cover:
    """Frames in which a clip lets nothing through that lies below its area."""

    first: int
    end: int
    area: Rectangle
    place: str


def _covers(track: PictureTrack, assets: Mapping[str, MediaFacts]) -> list[_Cover]:
    """Those of a track, in order. While a transition other than a crossfade goes on, nothing is said."""
    found: list[_Cover] = []
    before: PictureClip | None = None
    for clip in track.clips:
        covers = lies_still(clip) and clip.scale == constant(1) and is_opaque(clip, assets)
        entering = clip.transition.frames if clip.transition else 0
        fades = bool(clip.transition and clip.transition.name == "crossfade" and before and before.area == clip.area)
        together = covers and fades and bool(found) and found[-1].end > clip.start
        if entering and not together and found:
            found[-1] = replace(found[-1], end=min(found[-1].end, clip.start))
        if covers:
            found.append(_Cover(clip.start + (0 if together else entering), clip.end, clip.area.rectangle, clip.place))
        before = clip
    return found


def _hidden_by(clip: PictureClip, above: Sequence[list[_Cover]], timeline: Timeline) -> str:
    """What lies over a clip all the time that it lasts (`A and B lie`); empty where that cannot be said."""
    canvas = (0, 0, timeline.canvas.width, timeline.canvas.height)
    at_home = clip.clipped or (lies_still(clip) and all(key.value <= 1 for key in clip.scale))
    region = common(clip.area.rectangle, canvas) if at_home else canvas
    if region is None:  # beyond the canvas, which is said of it already
        return ""
    over = [cover for covers in above for cover in _during(covers, clip) if common(cover.area, region) == region]
    covered, names = clip.start, dict[str, None]()
    for cover in sorted(over, key=lambda each: each.first):
        if cover.first > covered:
            return ""
        if cover.end > covered:
            covered, names = cover.end, names | {cover.place: None}
        if covered >= clip.end:
            return f"{' and '.join(names)} {'lies' if len(names) == 1 else 'lie'}"
    return ""


def _during(covers: list[_Cover], clip: PictureClip) -> Iterator[_Cover]:
    for cover in covers[max(0, bisect_right(covers, clip.start, key=lambda each: each.first) - 1) :]:
        if cover.first >= clip.end:
            return
        if cover.end > clip.start:
            yield cover


def _of_sounds(sounds: Sequence[SoundClip], rate: Fraction) -> Iterator[str]:
    by_place: dict[str, list[SoundClip]] = {}
    for sound in sounds:  # a loop is several clips of one place
        by_place.setdefault(sound.place, []).append(sound)
    for place, turns in by_place.items():
        begin, end = turns[0].start, max(turn.end for turn in turns)
        yield from _never_reached(f"{place}.volume", turns[0].gain_db, end - begin, rate)
        if all(key.value <= SILENT_DB for turn in turns for key in turn.gain_db):
            yield f"{place}.volume: is {SILENT_DB:g} dB or less throughout: nothing of it is ever heard"
