"""From clips of a timeline to what one segment renders: cuts for FFmpeg, or layers to compose."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from reel.curves import Curve, constant, value_at
from reel.media import MediaFacts, VideoFacts
from reel.plan.cuts import Segment
from reel.plan.fitting import filled_part
from reel.plan.hidden import seen_parts
from reel.plan.keyed import Keyed
from reel.plan.operations import DrawnBitmap, DrawnLoop, ImageBitmap, TextBitmap
from reel.plan.operations.base import PictureSource, SourceClip
from reel.plan.operations.layers import BitmapPart, ColourPart, Entrance, Layer, LoopPart, VideoPart
from reel.presets import DRAWN_LOOPS, Canvas
from reel.rectangles import even_above
from reel.timeline import (
    Area,
    ClipId,
    ColourContent,
    DrawnContent,
    Framing,
    ImageContent,
    PictureClip,
    TextContent,
    VideoContent,
)

LOOP_SECONDS = 6
"""Length of one turn of a drawn loop."""

MOST_SCALE = 4.0
"""Beyond this, a bitmap is not made larger for a clip that grows: its pixels would be enlarged anyway."""


@dataclass(frozen=True)
class PlanContext:
    """What layers are made with."""

    keyed: Keyed
    assets: Mapping[str, MediaFacts]
    names: Mapping[str, str]
    """Of assets, for titles."""
    fonts: tuple[str, ...]
    canvas: Canvas


def source_clips(clip: PictureClip, first: int, end: int, known: PlanContext, framing: Framing) -> Iterator[SourceClip]:
    """What a clip of video shows in the frames `[first, end)` of the timeline: one for each stretch."""
    assert isinstance(clip.content, VideoContent)
    facts = known.assets[clip.content.asset]
    video = facts.video
    assert video, "compilers show only assets with a picture"
    source = picture_source(facts.sha256, facts.demuxer, video)
    begin = clip.start
    for stretch in clip.content.stretches:
        since, until = max(first, begin), min(end, begin + stretch.frames)
        if since < until:
            media_in = facts.zero + stretch.media_in + (since - begin) / known.canvas.rate * stretch.speed
            yield SourceClip(
                source=source,
                frames=until - since,
                media_in=media_in,
                seek=seek_to(video, media_in),
                speed=stretch.speed,
                framing=framing,
            )
        begin += stretch.frames


def layers_of(segment: Segment, known: PlanContext) -> tuple[Layer, ...]:
    """All that a segment shows, bottom to top, clips of one track in order: one layer for each clip that any span shows."""
    seen = {place: clip for span in segment.spans for place, clip in span.seen.items()}
    order = {place: number for number, place in enumerate(sorted(seen))}
    return tuple(_layer(place, seen[place], order, segment, known) for place in order)


def _layer(
    place: ClipId, clip: PictureClip, order: Mapping[ClipId, int], segment: Segment, known: PlanContext
) -> Layer:
    """The layer of a clip; `order`: the places of all layers in the list."""
    since, until = max(segment.first, clip.start), min(segment.end, clip.end)
    age, frames = since - clip.start, until - since
    filled, framing = _fitted(clip, known)
    return Layer(
        part=_part(place, clip, since, until, framing, segment, known),
        first=since - segment.first,
        frames=frames,
        area=clip.area,
        filled=filled if filled != clip.area else None,
        x=_shifted(clip.x, age, frames),
        y=_shifted(clip.y, age, frames),
        scale=_shifted(clip.scale, age, frames),
        rotation=_shifted(clip.rotation, age, frames),
        opacity=_shifted(clip.opacity, age, frames),
        clipped=clip.clipped,
        entrance=_entrance(place, age, order, segment),
    )


def _entrance(place: ClipId, age: int, order: Mapping[ClipId, int], segment: Segment) -> Entrance | None:
    """What is left of a clip's transition for a layer that comes `age` frames late. Where the clip before is hidden, it is
    too."""
    before = (place[0], place[1] - 1)
    clips = {each: clip for span in segment.spans for each, clip in span.seen.items() if each in (before, place)}
    transition = clips[place].transition
    if transition is None or before not in clips or age >= transition.frames:
        return None
    within = clips[place].area if _stay_in_one_area(*clips.values()) else None
    return Entrance(**transition.model_dump(), after=order[before], age=age, within=within)


def _stay_in_one_area(one: PictureClip, other: PictureClip) -> bool:
    """Whether two clips have the same area and never leave it: asked of clips and not of layers, which know only a part of
    them, so that a transition looks the same wherever segments begin."""
    return one.area == other.area and all(clip.clipped or _never_moves(clip) for clip in (one, other))


def _never_moves(clip: PictureClip) -> bool:
    return (clip.x, clip.y, clip.scale, clip.rotation) == (constant(0), constant(0), constant(1), constant(0))


def _shifted(curve: Curve, age: int, frames: int) -> Curve:
    """The curve as seen by someone who comes `age` frames late and stays for `frames`: nothing but what matters then."""
    last = age + frames - 1
    since = max((number for number, key in enumerate(curve) if key.frame <= age), default=0)
    until = min((number for number, key in enumerate(curve) if key.frame >= last), default=len(curve) - 1)
    seen = curve[since : until + 1]
    if len({key.value for key in seen}) == 1 or frames == 1:
        return constant(value_at(curve, age))
    return tuple(key.model_copy(update={"frame": key.frame - age}) for key in seen)


def _fitted(clip: PictureClip, known: PlanContext) -> tuple[Area, Framing]:
    """The area that the picture really takes, and how it fills that. A bitmap takes all of its area: it is transparent where
    its picture leaves room."""
    if not isinstance(clip.content, VideoContent):
        return clip.area, clip.framing
    video = known.assets[clip.content.asset].video
    assert video, "compilers show only assets with a picture"
    area = filled_part(video.display_size, clip.framing, clip.area)
    return area, clip.framing.model_copy(update={"fit": "fill"}) if clip.framing.fit == "contain" else clip.framing


def _part(
    place: ClipId,
    clip: PictureClip,
    since: int,
    until: int,
    framing: Framing,
    segment: Segment,
    known: PlanContext,
) -> BitmapPart | LoopPart | VideoPart | ColourPart:
    largest = min(max(1.0, *(key.value for key in clip.scale)), MOST_SCALE)
    area = clip.area
    width, height = (max(2, even_above(side * largest)) for side in (area.width, area.height))
    match clip.content:
        case VideoContent():
            return VideoPart(clips=tuple(source_clips(clip, since, until, known, framing)))
        case ColourContent(colour=colour):
            return ColourPart(colour=colour)
        case ImageContent(asset=asset):
            return BitmapPart(bitmap=_image_bitmap(asset, width, height, framing.grown(largest), known))
        case TextContent(text=text, style=style, box=box):
            bitmap = TextBitmap(
                text=text, style=style, box=box or area.size, width=width, height=height, fonts=known.fonts
            )
            return BitmapPart(bitmap=known.keyed.add(f"text {_shortened(text)}", bitmap))
        case DrawnContent(name=name) if name in DRAWN_LOOPS:
            rate = known.canvas.rate
            frames = round(LOOP_SECONDS * rate)
            parts = seen_parts(place, segment, known.assets)
            if not parts:  # other clips hide all of it: whatever is there is not seen
                return ColourPart(colour="#000000")
            loop = DrawnLoop(name=name, width=area.width, height=area.height, rate=rate, frames=frames, parts=parts)
            return LoopPart(loop=known.keyed.add(name, loop), first=(since - clip.start) % frames)
        case DrawnContent(name=name):
            unit = min(known.canvas.width, known.canvas.height) / 1080 * largest
            return BitmapPart(
                bitmap=known.keyed.add(name, DrawnBitmap(name=name, width=width, height=height, unit=unit))
            )


def _image_bitmap(asset: str, width: int, height: int, framing: Framing, known: PlanContext) -> str:
    facts = known.assets[asset]
    assert facts.video, "compilers show only assets with a picture"
    source = picture_source(facts.sha256, facts.demuxer, facts.video)
    bitmap = ImageBitmap(source=source, width=width, height=height, framing=framing)
    return known.keyed.add(known.names[asset], bitmap)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 24 else f"{line[:23]}\N{HORIZONTAL ELLIPSIS}"


def picture_source(asset: str, demuxer: str, video: VideoFacts) -> PictureSource:
    """What composing must know of a stream."""
    return PictureSource(
        asset=asset,
        demuxer=demuxer,
        stream=video.index,
        codec=video.codec,
        display_size=video.display_size,
        rotation=video.rotation,
        mirrored=video.mirrored,
        colour=video.colour,
        interlaced=video.interlaced,
        alpha=video.alpha,
        rate=video.rate,
        variable=video.variable,
        counted=video.counted,
        start=video.start,
    )


def seek_to(video: VideoFacts, media_in: Fraction) -> Fraction | None:
    """The last key frame at or before `media_in`; null when that is the first one, where decoding begins anyway."""
    place = bisect.bisect_right(video.keyframes, media_in) - 1
    return video.keyframes[place] if place > 0 else None
