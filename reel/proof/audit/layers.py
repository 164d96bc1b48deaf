"""Layers of a plan against the clips of a timeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reel.curves import Curve, value_at
from reel.media import MediaFacts
from reel.plan.operations import AnyOperation, DrawnBitmap, DrawnLoop, ImageBitmap, TextBitmap
from reel.plan.operations.base import SourceClip
from reel.plan.operations.layers import BitmapPart, ColourPart, Layer, LoopPart, VideoPart
from reel.proof.audit.cuts import Mezzanines, PlacedClip, wrong_source, wrong_stream
from reel.proof.seen import (
    Seen,
    before_on_track,
    changes,
    is_covered,
    is_hidden,
    never_leaves_its_area,
    stay_in_one_area,
)
from reel.rectangles import Rectangle, around
from reel.timeline import (
    Area,
    ColourContent,
    DrawnContent,
    Framing,
    ImageContent,
    TextContent,
    TextStyle,
    Timeline,
    VideoContent,
)

CURVES = ("x", "y", "scale", "rotation", "opacity")
SAMPLES = 9
"""Ages at which curves are compared besides those of their keys."""
ROUNDING = 2
"""Pixels by which an area may differ for the sake of even numbers."""


@dataclass(frozen=True)
class AuditContext:
    """What is needed to follow a layer to what it shows."""

    timeline: Timeline
    operations: Mapping[str, AnyOperation]
    assets: Mapping[str, MediaFacts]
    fonts: tuple[str, ...]

    @property
    def cuts(self) -> Mezzanines:
        return Mezzanines(self.timeline.canvas, self.operations, self.assets)


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
        case ((ImageContent() | TextContent() | DrawnContent()), BitmapPart(plate=key)):
            return _wrong_bitmap(known.operations[key], area, framing, seen, known)
        case DrawnContent(name=name), LoopPart(loop=key, first=first):
            loop = known.operations[key]
            assert isinstance(loop, DrawnLoop)
            return _wrong_loop(loop, name, first, area, seen, frames, known)
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
            if wrong := wrong_source(cut, seen, stretch, framing, known.cuts):
                return wrong
        first = cut.end
    return None


def _is_framed(planned: Framing, asked: Framing, grown: float, area: Area) -> bool:
    """Whether a bitmap that is larger than its area by a factor shows what is asked for there: pixels of the picture that are
    seen one by one (`none`), and a blur (`contain-blur`), grow with it."""
    has_measure = asked.fit in ("none", "contain-blur")
    due = asked.unit * (grown if has_measure else 1)
    off = abs(planned.unit / due - 1) * min(area.width, area.height)
    return off <= ROUNDING and planned.model_copy(update={"unit": asked.unit}) == asked


def _wrong_bitmap(bitmap: AnyOperation, area: Area, framing: Framing, seen: Seen, known: AuditContext) -> str | None:
    content = seen.clip.content
    if not isinstance(bitmap, ImageBitmap | TextBitmap | DrawnBitmap):
        return f"a {bitmap.operation} is planned as its bitmap"
    grown = bitmap.width / area.width
    if abs(bitmap.height - area.height * grown) > ROUNDING + ROUNDING * grown or grown < 1 - ROUNDING / area.width:
        return f"its bitmap is {bitmap.width}x{bitmap.height} for an area of {area.width}x{area.height}"
    match content, bitmap:
        case ImageContent(asset=asset), ImageBitmap():
            video = known.assets[asset].video
            assert video
            if bitmap.source.asset != asset:
                return f"another picture is planned ({bitmap.source.asset[:12]})"
            if not _is_framed(bitmap.framing, framing, grown, area):
                return f"it is framed as {bitmap.framing}, not as {framing} {grown:.3f} times as large"
            return wrong_stream(bitmap.source, video)
        case TextContent(text=text, style=style), TextBitmap():
            if bitmap.text != text:
                return f"its text is {bitmap.text!r}, and asked for as {text!r}"
            if bitmap.fonts != known.fonts:
                return "it is planned with other fonts"
            return _wrong_style(bitmap.style, style, grown, area)
        case DrawnContent(name=name), DrawnBitmap():
            canvas = known.timeline.canvas
            unit = min(canvas.width, canvas.height) / 1080 * grown
            near = abs(bitmap.unit - unit) <= unit * 2 * ROUNDING / area.width
            return None if bitmap.name == name and near else f"{bitmap.name} at {bitmap.unit:g} is planned, not {name}"
        case _:
            return f"a bitmap of {bitmap.operation} is planned where a {content.kind} is asked for"


def _wrong_style(planned: TextStyle, asked: TextStyle, grown: float, area: Area) -> str | None:
    """The first property of a text that is planned otherwise, at a bitmap as much larger as it is."""
    for name, due in asked:
        found = getattr(planned, name)
        if name in ("size", "smallest", "outline", "shadow", "padding"):
            near = abs(found - due * grown) <= due * 2 * ROUNDING / area.width + (name == "padding") + 1e-9
            if not near:
                return f"its {name} is {found:g}, and asked for as {due * grown:g}"
        elif found != due:
            return f"its {name} is {found}, and asked for as {due}"
    return None


def _wrong_loop(
    loop: DrawnLoop, name: str, first: int, area: Area, seen: Seen, frames: tuple[int, int], known: AuditContext
) -> str | None:
    if loop.name != name or (loop.width, loop.height) != area.size or loop.rate != known.timeline.canvas.rate:
        return f"{loop.name} of {loop.width}x{loop.height} is planned, not {name}"
    due = (frames[0] - seen.clip.start) % loop.frames
    if first != due:
        return f"{name} begins with its frame {first}, and should with {due}"
    for left, top, right, bottom in _left_out(loop, area):
        missing = Area(x=left, y=top, width=right - left, height=bottom - top)
        if not (never_leaves_its_area(seen.clip) and seen.clip.scale == seen.clip.scale[:1]):
            return f"parts of {name} are not planned, and it moves"
        if not is_covered(known.timeline, seen.track, missing, *frames, known.assets):
            return f"the part of {name} at {left}, {top} is not planned, and is seen"
    return None


def _left_out(loop: DrawnLoop, area: Area) -> list[Rectangle]:
    """What no part of a loop shows of its area."""
    left: list[Rectangle] = [area.rectangle]
    for part in loop.parts:
        hole = (area.x + part.x, area.y + part.y, area.x + part.x + part.width, area.y + part.y + part.height)
        left = [rest for each in left for rest in around(hole, each)]
    return left
