"""What people know steps by."""

from __future__ import annotations

from fractions import Fraction

from reel.plan.cuts import Segment
from reel.plan.layers import PlanContext
from reel.timeline import ColourContent, DrawnContent, ImageContent, PictureClip, TextContent, VideoContent


def title_of(segment: Segment, known: PlanContext) -> str:
    """What people know the segment by: its longest clips, and which part of them."""
    clips = list(dict.fromkeys(clip for span in segment.spans for clip in span.clips))
    media = [clip for clip in clips if isinstance(clip.content, VideoContent | ImageContent)] or clips
    if not media:
        return "background"
    named = list(dict.fromkeys(_name(clip, known) for clip in media))
    title = ", ".join(named[:2]) + (f" and {len(named) - 2} more" if len(named) > 2 else "")
    return title + _which_part(segment, media, known.canvas.rate)


def _which_part(segment: Segment, clips: list[PictureClip], rate: Fraction) -> str:
    """Where in its only clip a segment lies; nothing where it is the whole."""
    if len(clips) != 1 or segment.frames >= clips[0].frames:
        return ""
    since = segment.first - clips[0].start
    begin, end = (round(float(frame / rate), 2) for frame in (since, since + segment.frames))
    return f" ({begin:g} to {end:g} s)"


def _name(clip: PictureClip, known: PlanContext) -> str:
    match clip.content:
        case VideoContent(asset=asset, stretches=stretches):
            speed = stretches[0].speed
            return known.names[asset] + (f" at {float(speed):g}x" if speed not in (0, 1) else "")
        case ImageContent(asset=asset):
            return known.names[asset]
        case TextContent():
            return "text"
        case ColourContent(colour=colour):
            return colour
        case DrawnContent(name=name):
            return name
