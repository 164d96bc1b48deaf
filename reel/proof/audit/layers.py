"""Layers of a plan against the clips of a timeline."""

from __future__ import annotations

from collections.abc import Iterator

from reel.curves import Curve, value_at
from reel.plan.operations import DrawnLoop
from reel.plan.operations.base import SourceClip
from reel.plan.operations.layers import BitmapPart, ColourPart, Layer, LoopPart, VideoPart
from reel.proof.audit.cuts import AuditContext, PlacedClip, wrong_source
from reel.proof.audit.drawn import ROUNDING, wrong_bitmap, wrong_loop
from reel.proof.seen import (
    Seen,
    before_on_track,
    changes,
    is_covered,
    is_hidden,
    never_leaves_its_area,
    stay_in_one_area,
)
from reel.timeline import (
    Area,
    ColourContent,
    DrawnContent,
    Framing,
    ImageContent,
    TextContent,
    VideoContent,
)

CURVES = ("x", "y", "scale", "rotation", "opacity")
SAMPLES = 9
"""Ages at which curves are compared besides those of their keys."""


def wrong_layer(
    layer: Layer, seen: Seen, begin: int, frames: tuple[int, int], before: int | None, known: AuditContext
) -> str | None:
    """What is wrong with a layer that shall show a clip in these frames of the timeline; null where nothing is.

    `begin` is the segment's first frame, `before` the number of the layer that the clip takes over from, if it does.
    """
    first, end = begin + layer.first, begin + layer.end
    if first < frames[0] or end > frames[1]:
        return f"it is planned for the frames {first} to {end}, and asked for from {frames[0]} to {frames[1]}"
    gaps = [(since, until) for since, until in ((frames[0], first), (end, frames[1])) if since < until]
    if any(not is_hidden(known.timeline, seen, *gap, known.assets) for gap in gaps):
        return f"it is planned for the frames {first} to {end} of {frames[0]} to {frames[1]}, and is seen in the others"
    return next((wrong for wrong in _wrongs(layer, seen, (first, end), before, known) if wrong), None)


def _wrongs(
    layer: Layer, seen: Seen, frames: tuple[int, int], before: int | None, known: AuditContext
) -> Iterator[str | None]:
    clip = seen.clip
    area, framing = layer.area, clip.framing
    if layer.area != clip.area:
        yield f"its area is {layer.area}, and asked for as {clip.area}"
    if isinstance(clip.content, VideoContent):
        framing, wrong = _inner(layer.filled or layer.area, seen, known)
        yield wrong
    elif layer.filled:
        yield f"it fills only {layer.filled} of its area"
    yield _wrong_part(layer, area, framing, seen, frames, known)
    if layer.clipped != clip.clipped:
        yield f"clipped is {layer.clipped}, and asked for as {clip.clipped}"
    age = frames[0] - clip.start
    for name in CURVES:
        yield _wrong_curve(name, getattr(layer, name), getattr(clip, name), age, frames[1] - frames[0])
    yield _wrong_entrance(layer, seen, age, before, known)


def _wrong_curve(name: str, planned: Curve, asked: Curve, age: int, frames: int) -> str | None:
    """The first age at which a curve has another value than it should."""
    keys = {each + off - age for curve in (asked,) for each in (key.frame for key in curve) for off in (-1, 0, 1)}
    keys |= {(frames - 1) * sample // (SAMPLES - 1) for sample in range(SAMPLES)}
    for frame in sorted(each for each in keys if 0 <= each < frames):
        found, due = value_at(planned, frame), value_at(asked, frame + age)
        if abs(found - due) > 1e-9 * max(1, abs(due)):
            return f"{name} is {found:g} at its frame {frame + age}, and asked for as {due:g}"
    return None


def _wrong_entrance(layer: Layer, seen: Seen, age: int, before: int | None, known: AuditContext) -> str | None:
    transition = seen.clip.transition
    entrance = layer.entrance
    due = transition if transition and before is not None and age < transition.frames else None
    if due is None:
        return f"it enters by {entrance.name}, which is not asked for" if entrance else None
    if entrance is None:
        return f"it is there at once, and asked to enter by {due.name}"
    same = (entrance.name, entrance.frames, entrance.easing, entrance.colour)
    if same != (due.name, due.frames, due.easing, due.colour):
        return f"it enters by {same}, not by {due}"
    if entrance.age != age:
        return f"its {due.name} is {entrance.age} frames old, and should be {age}"
    earlier = before_on_track(known.timeline, seen)
    assert earlier
    within = seen.clip.area if stay_in_one_area(earlier.clip, seen.clip) else None
    if entrance.within != within:
        return f"its {due.name} takes place in {entrance.within}, and should in {within}"
    if entrance.after == before:
        return None
    return f"it takes over from layer {entrance.after}, and should from {before}"


def _inner(planned: Area, seen: Seen, known: AuditContext) -> tuple[Framing, str | None]:
    """How a video fills an area that is only the part of the clip's which it takes; or what is wrong with that."""
    clip = seen.clip
    wrong = f"it fills {planned} of its area, {clip.area}"
    assert isinstance(clip.content, VideoContent)
    if clip.framing.fit not in ("contain", "none"):
        return clip.framing, None if planned == clip.area else wrong
    video = known.assets[clip.content.asset].video
    assert video
    width, height = (float(side) for side in video.display_size)
    if crop := clip.framing.crop:
        width, height = width * crop.width, height * crop.height
    share = (
        min(clip.area.width / width, clip.area.height / height) if clip.framing.fit == "contain" else clip.framing.unit
    )
    wide, high = min(width * share, clip.area.width), min(height * share, clip.area.height)
    left, top = clip.area.x + (clip.area.width - wide) / 2, clip.area.y + (clip.area.height - high) / 2
    pairs = ((planned.x, left), (planned.y, top), (planned.width, wide), (planned.height, high))
    fits = all(abs(found - due) <= ROUNDING for found, due in pairs)
    framing = clip.framing.model_copy(update={"fit": "fill"}) if clip.framing.fit == "contain" else clip.framing
    return framing, None if fits else wrong


def _wrong_part(
    layer: Layer, area: Area, framing: Framing, seen: Seen, frames: tuple[int, int], known: AuditContext
) -> str | None:
    part = layer.part
    match seen.clip.content, part:
        case VideoContent(), VideoPart(clips=clips):
            return _wrong_video(clips, framing, seen, frames, known)
        case ColourContent(colour=colour), ColourPart(colour=planned):
            return None if planned == colour else f"its colour is {planned}, and asked for as {colour}"
        case ((ImageContent() | TextContent() | DrawnContent()), BitmapPart(bitmap=key)):
            return wrong_bitmap(known.operations[key], area, framing, seen, known)
        case DrawnContent(name=name), LoopPart(loop=key, first=first):
            loop = known.operations[key]
            assert isinstance(loop, DrawnLoop)
            return wrong_loop(loop, name, first, area, seen, frames, known)
        case DrawnContent(), ColourPart():
            hidden = is_covered(known.timeline, seen.track, area, *frames, known.assets)
            return None if hidden and never_leaves_its_area(seen.clip) else "a colour is planned in its stead"
        case content, _:
            return f"a {part.kind} is planned where a {content.kind} is asked for"


def _wrong_video(
    clips: tuple[SourceClip, ...], framing: Framing, seen: Seen, frames: tuple[int, int], known: AuditContext
) -> str | None:
    first = frames[0]
    if sum(clip.frames for clip in clips) != frames[1] - frames[0]:
        return f"its video has {sum(clip.frames for clip in clips)} frames of {frames[1] - frames[0]}"
    alone = known.timeline.model_copy(
        update={"tracks": (known.timeline.tracks[seen.track].model_copy(update={"clips": (seen.clip,)}),)}
    )
    for clip in clips:
        cut = PlacedClip(clip, first, clip.frames)
        for stretch in changes(alone, cut.first, cut.end):
            if wrong := wrong_source(cut, seen, stretch, framing, known):
                return wrong
        first = cut.end
    return None
