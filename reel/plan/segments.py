"""From a timeline to steps: picture in segments, sound in one piece, and the join of both."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from reel.plan.cuts import Segment, Span, is_plain, segments_of, within
from reel.plan.layers import PlanContext, layers_of
from reel.plan.making import Making, Piece, add_renditions, of_video
from reel.plan.operations import Compose, Copied, Join, Picture, Sheet
from reel.plan.operations.joins import Part
from reel.plan.plain_cuts import add_cuts, add_mezzanines, cuts_of, is_copied
from reel.plan.quality import Shown, decide, probed_windows, refitted
from reel.plan.renditions import PlannedVideo, largest_video, rendition_canvas
from reel.plan.sound import add_soundtrack
from reel.plan.titles import title_of
from reel.plan.tracks import sounding
from reel.presets import Size, VideoEncoder
from reel.time import samples_between
from reel.timeline import Timeline


def add_videos(timeline: Timeline, window: tuple[int, int], making: Making, known: PlanContext) -> tuple[str, ...]:
    """Add the steps of one timeline to `known.keyed`; returns the keys of its joined videos.

    `window` says which frames of it to make, `(0, timeline.frames)` for all.
    """
    first, end = window

    def stays_whole(span: Span) -> bool:
        """Copied, one stretch is as quick as two halves of it, and has one edge to encode."""
        return is_plain(span, timeline) and any(is_copied(cut, making, known) for cut in cuts_of(span, known))

    found = [*segments_of(timeline, known.assets, share=making.share_segments, stays_whole=stays_whole)]
    segments = [*within(iter(found), first, end)]
    if any(video.quality for video in making.videos):
        making = _decided(found, segments, timeline, window, making, known)
    pieces = [
        piece
        for place, segment in enumerate(segments)
        for piece in _add_segment(segment, place, timeline, making, known)
    ]
    if making.mezzanine and window == (0, timeline.frames):
        add_mezzanines(timeline, making, known)
    return tuple(
        _add_join(video, refitted(video, joined, known), timeline, window, making, known)
        for video, joined in zip(making.videos, zip(*pieces, strict=True), strict=True)
    )


def _decided(
    found: Sequence[Segment],
    segments: Sequence[Segment],
    timeline: Timeline,
    window: tuple[int, int],
    making: Making,
    known: PlanContext,
) -> Making:
    """The same with what is known of each video's encoder; the steps that find it out are added."""
    windows = probed_windows(*window, timeline.canvas.rate)
    probed = [*_shown_within(windows, found, timeline, known)]
    shown = [_shown(segment, timeline, known) for segment in segments]
    decisions = tuple(decide(video, shown, probed, known) for video in making.videos)
    return making.model_copy(update={"decisions": decisions})


def probed_of(
    timeline: Timeline, windows: Iterable[tuple[int, int]], making: Making, known: PlanContext
) -> list[Shown]:
    """What a timeline shows in windows of frames."""
    found = [*segments_of(timeline, known.assets, share=making.share_segments)]
    return [*_shown_within(windows, found, timeline, known)]


def _shown_within(
    windows: Iterable[tuple[int, int]], found: Sequence[Segment], timeline: Timeline, known: PlanContext
) -> Iterator[Shown]:
    for first, end in windows:
        yield from (_shown(part, timeline, known) for part in within(iter(found), first, end))


def _shown(segment: Segment, timeline: Timeline, known: PlanContext) -> Shown:
    """A segment of which nothing is copied."""
    return Shown(_composed(segment, timeline, known), segment.frames, title_of(segment, known))


def _composed(segment: Segment, timeline: Timeline, known: PlanContext) -> Callable[..., Picture | Compose]:
    plain = all(is_plain(span, timeline) for span in segment.spans)
    layered = partial(Compose, canvas=timeline.canvas, frames=segment.frames, background=timeline.background)
    if not plain:
        return partial(layered, layers=layers_of(segment, known))
    cuts = tuple(cut for span in segment.spans for cut in cuts_of(span, known))

    def composed(size: Size, encoder: VideoEncoder) -> Picture | Compose:
        if encoder.alpha:  # FFmpeg by itself shows black where nothing is
            return layered(size=size, encoder=encoder, layers=layers_of(segment, known))
        return Picture(canvas=known.canvas, clips=cuts, size=size, encoder=encoder)

    return composed


def _add_join(
    video: PlannedVideo,
    segments: tuple[Part, ...],
    timeline: Timeline,
    window: tuple[int, int],
    making: Making,
    known: PlanContext,
) -> str:
    first, end = window
    rendition, rate = video.rendition, timeline.canvas.rate
    heard = sounding(timeline, video.tracks[0].stream if video.tracks else None)
    sound = add_soundtrack(heard, window, video.audio, making.loudness, known) if video.audio else None
    join = Join(
        parameters_in_band=(rendition.encoder.kept is not None and making.copies)
        or any(isinstance(key, str) and isinstance(known.keyed.operations[key][1], Copied) for key in segments),
        canvas=rendition_canvas(rendition, rate),
        segments=segments,
        frames=end - first,
        soundtrack=sound,
        samples=samples_between(first, end, rate) if sound else 0,
        audio=video.audio.codec if video.audio else None,
        container=video.container,
    )
    return known.keyed.add(of_video(f"join {timeline.name}", video, making), join)


def add_sheet(timeline: Timeline, frames: tuple[int, ...], making: Making, known: PlanContext) -> str:
    """Add the steps that show single frames of a timeline on one sheet; returns the sheet's key."""
    segments = list(segments_of(timeline, known.assets, share=making.share_segments))
    shown = (largest_video(making.videos),)
    plain = making.model_copy(update={"videos": shown, "copying": "never", "mezzanine": False})
    pictures = tuple(
        key
        for frame in frames
        for segment in within(iter(segments), frame, frame + 1)
        for (key,) in _add_segment(segment, 0, timeline, plain, known)
        if isinstance(key, str)
    )
    columns = math.ceil(math.sqrt(len(pictures) * timeline.canvas.height / timeline.canvas.width))
    sheet = Sheet(canvas=timeline.canvas, pictures=pictures, columns=min(len(pictures), columns))
    return known.keyed.add(f"sheet of {timeline.name}", sheet)


def _add_segment(
    segment: Segment, place: int, timeline: Timeline, making: Making, known: PlanContext
) -> Iterator[Piece]:
    """What a segment, by its place among all, is joined from: a step for each video; or more, where parts of it are copied."""
    title = title_of(segment, known)
    if all(is_plain(span, timeline) for span in segment.spans) and making.copies:
        cuts = tuple(cut for span in segment.spans for cut in cuts_of(span, known))
        yield from add_cuts(cuts, title, making, known)
        return
    yield add_renditions(_composed(segment, timeline, known), segment.frames, title, making, known, place)
