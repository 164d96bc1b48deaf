"""What of a picture is ever seen: something opaque may lie over parts of it all the time."""

from __future__ import annotations

from collections.abc import Mapping

from reel.curves import constant
from reel.media import MediaFacts
from reel.plan.cuts import Segment, Span, covers_time, is_opaque, lies_still
from reel.rectangles import around
from reel.timeline import Area, ClipId, PictureClip


def seen_parts(place: ClipId, segment: Segment, assets: Mapping[str, MediaFacts]) -> tuple[Area, ...]:
    """The parts of a clip's area, counted from its corner, that are seen at some time in a segment: all but a rectangle that
    other clips hide for as long as the clip is in it, where one is known."""
    spans = [span for span in segment.spans if place in span.seen]
    clip = spans[0].seen[place]
    at_home = (clip.x, clip.y, clip.scale, clip.rotation) == (constant(0), constant(0), constant(1), constant(0))
    areas = {_covered(place, span, assets) for span in spans}
    hidden = areas.pop() if at_home and len(areas) == 1 else None
    area = clip.area
    return tuple(
        Area(x=left - area.x, y=top - area.y, width=right - left, height=bottom - top)
        for left, top, right, bottom in around(hidden.rectangle if hidden else None, area.rectangle)
    )


def _covered(place: ClipId, span: Span, assets: Mapping[str, MediaFacts]) -> Area | None:
    """The area in which clips of a track above show nothing of a clip while it is in a span; null where none is known."""
    clip = span.seen[place]
    first, end = max(span.first, clip.start), min(span.end, clip.end)
    for above in sorted({track for track, _ in span.seen if track > place[0]}):
        # Two clips are one that takes over from the other, where both are.
        clips = [each for (track, _), each in span.seen.items() if track == above]
        areas = {each.area for each in clips}
        if len(areas) == 1 and covers_time(clips, first, end) and all(_fills(each, assets) for each in clips):
            return areas.pop()
    return None


def _fills(clip: PictureClip, assets: Mapping[str, MediaFacts]) -> bool:
    """Whether a clip shows nothing of what lies below its area, and never leaves it."""
    grows = all(key.value >= 1 and key.easing == "linear" for key in clip.scale)
    stays = lies_still(clip) and grows and (clip.clipped or clip.scale == constant(1))
    return stays and is_opaque(clip, assets)
