"""What of a picture is never seen, because something opaque lies over it all the time."""

from __future__ import annotations

from collections.abc import Mapping

from reel.curves import constant
from reel.media import MediaFacts
from reel.plan.cuts import Segment, Span, is_opaque, lies_still
from reel.timeline import Area, PictureClip


def hidden_part(clip: PictureClip, segment: Segment, assets: Mapping[str, MediaFacts]) -> Area | None:
    """A part of a clip's picture that other clips hide for as long as it is in a segment; null where none is known."""
    at_home = (clip.x, clip.y, clip.scale, clip.rotation) == (constant(0), constant(0), constant(1), constant(0))
    areas = {_covered(clip, span, assets) for span in segment.spans if clip in span.clips}
    hidden = areas.pop() if len(areas) == 1 else None
    return _common(hidden, clip.area) if hidden and at_home else None


def _common(hidden: Area, area: Area) -> Area | None:
    """What two areas share, counted from the corner of the second."""
    left, top = max(hidden.x, area.x), max(hidden.y, area.y)
    width = min(hidden.x + hidden.width, area.x + area.width) - left
    height = min(hidden.y + hidden.height, area.y + area.height) - top
    if width <= 0 or height <= 0:
        return None
    return Area(x=left - area.x, y=top - area.y, width=width, height=height)


def _covered(clip: PictureClip, span: Span, assets: Mapping[str, MediaFacts]) -> Area | None:
    own = next(number for number, clips in enumerate(span.tracks) if clip in clips)
    for clips in span.tracks[own + 1 :]:
        # Two clips are one that takes over from the other, where both are.
        areas = {each.area for each in clips}
        if len(areas) == 1 and all(_fills(each, assets) for each in clips):
            return areas.pop()
    return None


def _fills(clip: PictureClip, assets: Mapping[str, MediaFacts]) -> bool:
    """Whether a clip shows nothing of what lies below its area, and never leaves it."""
    grows = all(key.value >= 1 and key.easing == "linear" for key in clip.scale)
    stays = lies_still(clip) and grows and (clip.clipped or clip.scale == constant(1))
    return stays and is_opaque(clip, assets)
