"""From a timeline to steps: picture in segments, sound in one piece, and the join of both."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Literal

from reel.plan import smart
from reel.plan.cuts import Segment, is_plain, segments_of, within
from reel.plan.layers import Known, layers_of, source_clips
from reel.plan.operations import Compose, Copied, Join, Loudness, Picture, Sheet, SourceClip, Stills
from reel.plan.sound import add_soundtrack
from reel.presets import AudioEncoder, Canvas, VideoEncoder
from reel.time import samples_between
from reel.timeline import ColourContent, DrawnContent, ImageContent, PictureClip, TextContent, Timeline, VideoContent
from reel.values import Value

TILE_SECONDS = 2
"""Distance of the thumbnails of a sprite sheet, where that gives at most `MOST_TILES`: that of the key frames."""

MOST_TILES = 100


class Making(Value):
    """How a timeline is made into a file."""

    encoder: VideoEncoder
    audio: AudioEncoder = AudioEncoder()
    loudness: Loudness | None = None
    copying: Literal["auto", "never", "require"] = "never"
    share_segments: bool = True
    """Whether short cuts share segments; not where each cut is shared by several timelines."""


def add_video(timeline: Timeline, window: tuple[int, int], making: Making, known: Known) -> str:
    """Add the steps of one timeline to `known.keyed`; returns the key of its joined video.

    `window` says which frames of it to make, `(0, timeline.frames)` for all.
    """
    first, end = window
    segments = tuple(
        key
        for segment in within(segments_of(timeline, known.assets, share=making.share_segments), first, end)
        for key in _add_segment(segment, timeline, making, known)
    )
    rate = timeline.canvas.rate
    join = Join(
        parameters_in_band=making.encoder.kept is not None
        or any(isinstance(known.keyed.operations[key][1], Copied) for key in segments),
        canvas=timeline.canvas,
        segments=segments,
        frames=end - first,
        soundtrack=add_soundtrack(timeline, window, making.audio, making.loudness, known),
        samples=samples_between(first, end, rate),
    )
    return known.keyed.add(f"join {timeline.name}", join)


def add_sheet(timeline: Timeline, frames: tuple[int, ...], making: Making, known: Known) -> str:
    """Add the steps that show single frames of a timeline on one sheet; returns the sheet's key."""
    segments = list(segments_of(timeline, known.assets, share=making.share_segments))
    plain = making.model_copy(update={"copying": "never"})
    pictures = tuple(
        key
        for frame in frames
        for segment in within(iter(segments), frame, frame + 1)
        for key in _add_segment(segment, timeline, plain, known)
    )
    columns = math.ceil(math.sqrt(len(pictures) * timeline.canvas.height / timeline.canvas.width))
    sheet = Sheet(canvas=timeline.canvas, pictures=pictures, columns=min(len(pictures), columns))
    return known.keyed.add(f"sheet of {timeline.name}", sheet)


def add_stills(timeline: Timeline, frames: int, video: str, known: Known) -> str:
    """Add the step that makes the poster and sprite sheet of a video of so many frames; returns its key."""
    seconds = frames / timeline.canvas.rate
    tiles = min(max(1, math.ceil(seconds / TILE_SECONDS)), MOST_TILES, frames)
    stills = Stills(video=video, canvas=timeline.canvas, frames=frames, tiles=tiles)
    return known.keyed.add(f"stills of {timeline.name}", stills)


def _add_segment(segment: Segment, timeline: Timeline, making: Making, known: Known) -> Iterator[str]:
    """The keys of a segment's steps: one, or more where parts of it are copied."""
    title = _title(segment, known)
    canvas = timeline.canvas
    if all(is_plain(span, timeline) for span in segment.spans):
        cuts = tuple(
            cut
            for span in segment.spans
            for cut in source_clips(span.clips[0], span.first, span.end, known, span.clips[0].framing)
        )
        yield from _add_cuts(cuts, title, canvas, making, known)
        return
    compose = Compose(
        canvas=canvas,
        frames=segment.frames,
        background=timeline.background,
        layers=layers_of(segment, known),
        encoder=making.encoder,
    )
    yield known.keyed.add(title, compose)


def _add_cuts(cuts: tuple[SourceClip, ...], title: str, canvas: Canvas, making: Making, known: Known) -> Iterator[str]:
    """Steps of plain cuts: one for neighbours that are encoded, one for each stretch that is copied."""
    waiting: list[SourceClip] = []
    for cut in cuts:
        for piece in _pieces(cut, canvas, making, known):
            if not piece.copied:
                waiting.append(piece.clip)
                continue
            if waiting:
                yield known.keyed.add(title, Picture(canvas=canvas, clips=tuple(waiting), encoder=making.encoder))
                waiting = []
            required = making.copying == "require"
            copied = Copied(canvas=canvas, clip=piece.clip, encoder=making.encoder, required=required)
            yield known.keyed.add(f"{title}, copied", copied)
    if waiting:
        yield known.keyed.add(title, Picture(canvas=canvas, clips=tuple(waiting), encoder=making.encoder))


def _pieces(cut: SourceClip, canvas: Canvas, making: Making, known: Known) -> Iterable[smart.Piece]:
    may = making.copying != "never" and cut.speed == 1 and cut.framing.crop is None
    if may and smart.why_not(known.assets[cut.source.asset], canvas, making.encoder.kept) is None:
        return smart.pieces(cut, known.assets, canvas)
    return (smart.Piece(cut, copied=False),)


def _title(segment: Segment, known: Known) -> str:
    """What people know the segment by: its longest clips, and which part of them."""
    clips = list(dict.fromkeys(clip for span in segment.spans for clip in span.clips))
    media = [clip for clip in clips if isinstance(clip.content, VideoContent | ImageContent)] or clips
    if not media:
        return "background"
    named = list(dict.fromkeys(_name(clip, known) for clip in media))
    title = ", ".join(named[:2]) + (f" and {len(named) - 2} more" if len(named) > 2 else "")
    return title + _which_part(segment, media)


def _which_part(segment: Segment, clips: list[PictureClip]) -> str:
    if len(clips) != 1 or segment.frames >= clips[0].frames:
        return ""
    since = segment.first - clips[0].start
    pieces = max(1, round(clips[0].frames / segment.frames))
    number = min(pieces, round(since / segment.frames) + 1)
    return f" {number}/{pieces}" if pieces > 1 else ""


def _name(clip: PictureClip, known: Known) -> str:
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
