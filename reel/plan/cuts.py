"""Where a timeline's picture is cut into segments.

Natural boundaries are where a clip or a transition begins or ends. No cut goes through a transition: it belongs to one
segment. What lasts long between two boundaries is cut evenly; what is short is put together with its neighbours, by a rule
that looks only at the clips themselves, so that an edit moves no boundary but those beside it (content-defined chunking, as
in rsync and backup programs).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from reel.curves import constant
from reel.media import MediaFacts
from reel.presets import Canvas
from reel.timeline import Area, ClipId, ColourContent, ImageContent, PictureClip, Timeline, VideoContent
from reel.values import digest

SEGMENT_SECONDS = 12
"""About how long a segment of a long clip is: short enough to spread over processors and to lose little in a crash, long
enough that a segment's own costs (a process, a key frame, decoding from the key frame before) stay under two per cent."""

SHORT_SECONDS = 2
"""A span shorter than this would cost more to begin than to make; it shares a segment with its short neighbours."""

MOST_SPANS = 8
"""Of a segment: each may bring a decoder, and fan-in is bounded."""

MEAN_SPANS = 4
"""How many short spans share a segment on the average: one in four ends one by its digest."""


@dataclass(frozen=True)
class Span:
    """A stretch of the timeline between two boundaries, with all clips that are seen in it."""

    first: int
    end: int
    seen: Mapping[ClipId, PictureClip]
    """Bottom to top: of each track that shows something one clip, two during a transition. What something hides is left out,
    and so a clip is known by its place on the timeline, never by its place in here."""

    @property
    def frames(self) -> int:
        return self.end - self.first

    @property
    def clips(self) -> tuple[PictureClip, ...]:
        return tuple(self.seen.values())


@dataclass(frozen=True)
class Segment:
    """Spans that are rendered in one go."""

    spans: tuple[Span, ...]

    @property
    def first(self) -> int:
        return self.spans[0].first

    @property
    def end(self) -> int:
        return self.spans[-1].end

    @property
    def frames(self) -> int:
        return self.end - self.first


def segments_of(
    timeline: Timeline,
    assets: Mapping[str, MediaFacts],
    *,
    share: bool,
    stays_whole: Callable[[Span], bool] = lambda span: False,
) -> Iterator[Segment]:
    """The timeline's segments, in order. `share` puts short spans together; long ones are cut, unless they stay whole."""
    rate = timeline.canvas.rate
    group: list[Span] = []
    for span in _spans(timeline, assets):
        short = share and span.frames < SHORT_SECONDS * rate
        if group and (not short or _is_full(group, span, timeline)):
            yield Segment(tuple(group))
            group = []
        if short:
            group.append(span)
        else:
            yield from (Segment((part,)) for part in ((span,) if stays_whole(span) else _parts(span, assets, rate)))
    if group:
        yield Segment(tuple(group))


def within(segments: Iterator[Segment], first: int, end: int) -> Iterator[Segment]:
    """What lies between two frames: segments that are inside as they are, those at the ends cut."""
    for segment in segments:
        if first <= segment.first and segment.end <= end:
            yield segment
            continue
        spans = (_cut(span, first, end) for span in segment.spans)
        if inside := tuple(span for span in spans if span.first < span.end):
            yield Segment(inside)


def _is_full(group: list[Span], following: Span, timeline: Timeline) -> bool:
    frames = following.end - group[0].first
    if len(group) == MOST_SPANS or frames > SEGMENT_SECONDS * timeline.canvas.rate:
        return True
    return is_plain(group[-1], timeline) != is_plain(following, timeline) or _ends_a_group(group[-1])


def _ends_a_group(span: Span) -> bool:
    """By the digest of what is seen, wherever it is on the timeline."""
    seen = [clip.model_dump(mode="json") | {"start": clip.start - span.first, "place": ""} for clip in span.clips]
    return int(digest([span.frames, seen])[:8], 16) % MEAN_SPANS == 0


def is_plain(span: Span, timeline: Timeline) -> bool:
    """Whether FFmpeg can make the span by itself: one video that fills the canvas as it is.

    FFmpeg pads a picture of another shape with black, and shows black where it is transparent.
    """
    if len(span.clips) != 1:
        return False
    (clip,) = span.clips
    on_black = timeline.background == "#000000"
    return isinstance(clip.content, VideoContent) and _lies_flat(clip, timeline.canvas) and on_black


FILLING_FITS = ("cover", "fill", "contain-blur")


def _hides_all_below(clip: PictureClip, canvas: Canvas, assets: Mapping[str, MediaFacts]) -> bool:
    return (
        isinstance(clip.content, VideoContent | ColourContent) and _lies_flat(clip, canvas) and is_opaque(clip, assets)
    )


def is_opaque(clip: PictureClip, assets: Mapping[str, MediaFacts]) -> bool:
    """Whether what a clip shows fills its area and lets nothing through; false where that is not known."""
    match clip.content:
        case ColourContent(colour=colour):
            return len(colour) == len("#rrggbb")
        case ImageContent(asset=asset) | VideoContent(asset=asset):
            video = assets[asset].video
            return clip.framing.fit in FILLING_FITS and video is not None and not video.alpha
        case _:
            return False


def _lies_flat(clip: PictureClip, canvas: Canvas) -> bool:
    """Whether a clip fills the canvas, and neither moves nor fades."""
    whole = Area(x=0, y=0, width=canvas.width, height=canvas.height)
    return clip.area == whole and lies_still(clip) and clip.scale == constant(1)


def lies_still(clip: PictureClip) -> bool:
    """Whether a clip neither moves nor turns nor fades, though it may grow."""
    return (clip.x, clip.y, clip.rotation, clip.opacity) == (constant(0), constant(0), constant(0), constant(1))


def covers_time(clips: Iterable[PictureClip], first: int, end: int) -> bool:
    """Whether there is one of the clips, which come in their order, in each of the frames `[first, end)`."""
    for clip in clips:
        if clip.start <= first:
            first = max(first, clip.end)
    return first >= end


def _spans(timeline: Timeline, assets: Mapping[str, MediaFacts]) -> Iterator[Span]:
    clips = timeline.seen
    for first, end in pairwise(_boundaries(timeline)):
        yield _without_hidden(_cut(Span(first, end, clips), first, end), timeline.canvas, assets)


def _boundaries(timeline: Timeline) -> list[int]:
    clips = [clip for track in timeline.pictures for clip in track.clips]
    inside = [range(clip.start + 1, clip.start + clip.transition.frames) for clip in clips if clip.transition]
    natural = {0, timeline.frames}
    for clip in clips:
        natural |= {clip.start, clip.end}
        if clip.transition:
            natural.add(clip.start + clip.transition.frames)
    return sorted(
        frame
        for frame in natural
        if 0 <= frame <= timeline.frames and not any(frame in transition for transition in inside)
    )


def _cut(span: Span, first: int, end: int) -> Span:
    """What of a span lies within the frames `[first, end)`, with the clips that are there."""
    first, end = max(first, span.first), min(end, span.end)
    seen = {place: clip for place, clip in span.seen.items() if clip.start < end and clip.end > first}
    return Span(first, end, seen)


def _without_hidden(span: Span, canvas: Canvas, assets: Mapping[str, MediaFacts]) -> Span:
    """What lies under a video or colour that fills the canvas all the time is not rendered.

    All the time is to be looked at: where a transition keeps a span whole, clips of other tracks come and go within it.
    """
    alone = [track for track, count in Counter(track for track, _ in span.seen).items() if count == 1]
    lowest = max(
        (
            track
            for (track, _), clip in span.seen.items()
            if track in alone and covers_time([clip], span.first, span.end) and _hides_all_below(clip, canvas, assets)
        ),
        default=0,
    )
    return replace(span, seen={place: clip for place, clip in span.seen.items() if place[0] >= lowest})


def _parts(span: Span, assets: Mapping[str, MediaFacts], rate: Fraction) -> Iterator[Span]:
    """A long span, cut evenly, where decoding can begin in the middle of its files."""
    in_transition = len({track for track, _ in span.seen}) < len(span.seen)
    seekable = all(
        _has_keyframes(assets[clip.content.asset]) for clip in span.clips if isinstance(clip.content, VideoContent)
    )
    pieces = max(1, round(span.frames / (SEGMENT_SECONDS * rate))) if seekable and not in_transition else 1
    bounds = [span.first + span.frames * piece // pieces for piece in range(pieces + 1)]
    return (_cut(span, first, end) for first, end in pairwise(bounds))


def _has_keyframes(facts: MediaFacts) -> bool:
    return facts.video is not None and bool(facts.video.keyframes)
