"""From a timeline to steps: picture in segments, sound in one piece, and the join of both."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from reel.plan import smart
from reel.plan.cuts import Segment, Span, is_plain, segments_of, within
from reel.plan.ladders import PlannedLadder
from reel.plan.layers import PlanContext, layers_of, source_clips
from reel.plan.mezzanine import add_whole, cut_from_mezzanine
from reel.plan.operations import AnyOperation, Compose, Copied, Join, Picture, Sheet
from reel.plan.operations.base import SourceClip
from reel.plan.operations.joins import Excerpt
from reel.plan.operations.sounds import LoudnessTarget
from reel.plan.quality import Decision, Shown, decide, probed_windows, refitted
from reel.plan.renditions import PlannedVideo, largest_video, rendition_canvas
from reel.plan.sound import add_soundtrack
from reel.plan.titles import title_of
from reel.plan.tracks import sounding
from reel.presets import Copying, Size, VideoEncoder
from reel.time import samples_between
from reel.timeline import Timeline, VideoContent
from reel.values import Value


class Making(Value):
    """How a timeline is made into a file."""

    videos: tuple[PlannedVideo, ...]
    """What is made of it; where packets are copied, one."""
    ladders: tuple[PlannedLadder, ...] = ()
    """Whose rungs are among the videos."""
    loudness: LoudnessTarget | None = None
    copying: Copying = "never"
    mezzanine: bool = False
    """Whether plain cuts are copied from mezzanines of their sources."""
    share_segments: bool = True
    """Whether short cuts share segments; not where each cut is shared by several timelines."""
    decisions: tuple[Decision, ...] = ()
    """What is known of the videos' encoders, of one timeline; none: all is said."""

    @property
    def copies(self) -> bool:
        """Whether packets may be copied."""
        return self.mezzanine or self.copying != "never"

    @property
    def encoder(self) -> VideoEncoder:
        """Of the one video, where packets are copied."""
        (video,) = self.videos
        return video.rendition.encoder


Piece = tuple[str | Excerpt, ...]
"""What a stretch of each of the videos is joined from: the key of a step, or a stretch of a mezzanine."""


def add_videos(timeline: Timeline, window: tuple[int, int], making: Making, known: PlanContext) -> tuple[str, ...]:
    """Add the steps of one timeline to `known.keyed`; returns the keys of its joined videos.

    `window` says which frames of it to make, `(0, timeline.frames)` for all.
    """
    first, end = window

    def stays_whole(span: Span) -> bool:
        """Copied, one stretch is as quick as two halves of it, and has one edge to encode."""
        return is_plain(span, timeline) and any(_is_copied(cut, making, known) for cut in _cuts(span, known))

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
        _add_mezzanines(timeline, making, known)
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
    cuts = tuple(cut for span in segment.spans for cut in _cuts(span, known))

    def composed(size: Size, encoder: VideoEncoder) -> Picture | Compose:
        if encoder.alpha:  # FFmpeg by itself shows black where nothing is
            return layered(size=size, encoder=encoder, layers=layers_of(segment, known))
        return Picture(canvas=known.canvas, clips=cuts, size=size, encoder=encoder)

    return composed


def _add_join(
    video: PlannedVideo,
    segments: tuple[str | Excerpt, ...],
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
    return known.keyed.add(_of_video(f"join {timeline.name}", video, making), join)


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
        cuts = tuple(cut for span in segment.spans for cut in _cuts(span, known))
        yield from _add_cuts(cuts, title, making, known)
        return
    yield _add_renditions(_composed(segment, timeline, known), segment.frames, title, making, known, place)


def _add_renditions(
    composed: Callable[..., AnyOperation], frames: int, title: str, making: Making, known: PlanContext, place: int = 0
) -> Piece:
    """Add a step for what each video has of the same frames."""
    decisions = making.decisions or tuple(Decision(encoder=video.rendition.encoder) for video in making.videos)
    return tuple(
        known.keyed.add(
            _of_video(title, video, making),
            composed(size=video.rendition.size, encoder=decision.of(place, frames)),
        )
        for video, decision in zip(making.videos, decisions, strict=True)
    )


def _of_video(title: str, video: PlannedVideo, making: Making) -> str:
    return f"{title} {video.label}" if len(making.videos) > 1 else title


def _cuts(span: Span, known: PlanContext) -> Iterator[SourceClip]:
    """What a plain span shows."""
    (clip,) = span.clips
    return source_clips(clip, span.first, span.end, known, clip.framing)


def _add_cuts(cuts: tuple[SourceClip, ...], title: str, making: Making, known: PlanContext) -> Iterator[Piece]:
    """What plain cuts are joined from: a step for neighbours that are encoded, and what is copied between them."""
    waiting: list[SourceClip] = []
    for cut in cuts:
        for piece in _pieces(cut, title, making, known):
            if isinstance(piece, SourceClip):
                waiting.append(piece)
                continue
            if waiting:
                yield _add_picture(waiting, title, making, known)
                waiting = []
            yield (piece,)
    if waiting:
        yield _add_picture(waiting, title, making, known)


def _add_picture(clips: Sequence[SourceClip], title: str, making: Making, known: PlanContext) -> Piece:
    composed = partial(Picture, canvas=known.canvas, clips=tuple(clips))
    return _add_renditions(composed, sum(clip.frames for clip in clips), title, making, known)


def _pieces(cut: SourceClip, title: str, making: Making, known: PlanContext) -> Iterator[SourceClip | str | Excerpt]:
    """A cut's parts: what is to be encoded, and what is copied, whose steps are added."""
    if not _is_copied(cut, making, known):
        yield cut
        return
    if making.mezzanine:
        yield from cut_from_mezzanine(cut, making.encoder, known)
        return
    canvas = known.canvas
    required = making.copying == "require"
    for piece in smart.pieces(cut, known.assets, canvas):
        copied = Copied(canvas=canvas, clip=piece.clip, encoder=making.encoder, required=required)
        yield known.keyed.add(f"{title}, copied", copied) if piece.copied else piece.clip


def _is_copied(cut: SourceClip, making: Making, known: PlanContext) -> bool:
    """Whether packets may be copied for a cut: from its mezzanine, or from its source."""
    if cut.speed != 1 or cut.framing.crop:
        return False
    facts = known.assets[cut.source.asset]
    return making.mezzanine or (
        making.copying != "never" and not smart.why_not(facts, known.canvas, making.encoder.kept)
    )


def _add_mezzanines(timeline: Timeline, making: Making, known: PlanContext) -> None:
    """Add what no cut is taken from yet of the mezzanines of all that is seen."""
    clips = [clip for track in timeline.pictures for clip in track.clips]
    seen = {clip.content.asset: clip for clip in clips if isinstance(clip.content, VideoContent)}
    for clip in seen.values():
        add_whole(next(source_clips(clip, clip.start, clip.end, known, clip.framing)), making.encoder, known)
