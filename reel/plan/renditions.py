"""The videos of a plan: for each that is wanted, the size and the encoder of what every timeline is made into."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Literal

from reel.codecs import VIDEO_CODECS, container_for
from reel.codecs.container import Container
from reel.codecs.video import Effort as CodecEffort
from reel.errors import InvalidRequest, Problem
from reel.media import Chapter
from reel.plan.chapters import planned_chapters
from reel.plan.compiled import Compiled
from reel.plan.operations.base import Rendition
from reel.plan.tracks import PlannedTrack, planned_tracks
from reel.presets import (
    AudioEncoder,
    Canvas,
    VideoEncoder,
    audio_encoder,
    capped_crf,
    for_segments,
    with_quality,
)
from reel.rectangles import nearest_even
from reel.request import Request
from reel.request.animated import USUAL_RATE, AnimatedFormat, every_frame, too_large
from reel.request.encryption import track_file
from reel.request.ladders import LadderOutput
from reel.request.quality import Floor, Quality
from reel.request.rungs import ChosenRung, rungs_of
from reel.request.settled import settled
from reel.request.sizes import Effort, WantedVideo
from reel.values import Value

EFFORTS: Mapping[Effort, CodecEffort] = {"quick": "quick", "balanced": "standard", "small": "thorough"}
"""What the codecs' presets are listed under."""


class PlannedVideo(Value):
    """A video that is made of every timeline."""

    name: str
    """Of its rendition, for people."""
    suffix: str
    """What its files' names have after the timeline's."""
    rendition: Rendition
    audio: AudioEncoder | None
    """Null: it has no sound."""
    tracks: tuple[PlannedTrack, ...] = ()
    """Its sound tracks, of a master; the one that plays where nobody chose first. None: the timeline's own sound."""
    chapters: Literal["scenes"] | tuple[Chapter, ...] = ()
    """Counted from the timeline's begin."""
    container: Container
    quality: Quality | None = None
    """What is to be found out of it before it is encoded; null: nothing."""
    bits_per_second: int = 0
    """The budget of its picture."""
    buffered: bool = False
    """Whether its cap was asked for, and a player's buffer must not run dry."""
    floor: Floor | None = None
    animated: AnimatedFormat | None = None
    """What its file is shown as; null: as the video that it is."""
    every: int = 1
    """Of that, one of so many frames is shown."""
    loops: int = 0
    ladder: str | None = None
    """The folder of the ladder of which it is a rung; null: it is a video by itself."""
    track_file: str = ""
    """Of a rung, the name of its file there."""

    @property
    def label(self) -> str:
        """What it is called among all that is made of a timeline: `720p`, and the rung of that size `stream/720p`."""
        return self.name if self.ladder is None else f"{self.ladder}/{self.name}"

    def file(self, timeline: str) -> str:
        """The name of the file of a timeline; of what is encrypted as whole segments, of their head."""
        if self.ladder is None:
            return f"{timeline}{self.suffix}.{self.animated or self.container}"
        return f"{timeline}/{self.ladder}/{self.track_file}"


def planned_videos(request: Request, compiled: Compiled, canvas: Canvas) -> tuple[PlannedVideo, ...]:
    """The videos that a request wants, in its order, of pictures that are composed on a canvas. Previews, and kinds that make
    less of it, compose on a smaller one than is asked for: all videos are smaller then.

    Raises `InvalidRequest` where they cannot be told apart, or are of another shape.
    """
    shape = request.shape or compiled.shape
    assert shape, "where a request gives no shape, its timelines have a source's"
    problems = [*request.wrong_outputs(shape)]
    if any(video.alpha for video in request.videos):
        problems += _without_ground(compiled)
    # Stills are of a video's size, whether one is wanted or not.
    still = request.preview is not None and request.preview.is_still
    sized = request.sizing if still else request.videos
    wanted = settled(sized, shape, request.bitrate) if sized else ()
    if still:  # nothing is copied, and it is on black, as JPEG has no alpha
        compiled = compiled.model_copy(update={"kept": None})
        plain = {"alpha": False, "format": None, "codec": None, "hdr": "map"}
        odd = [video.alpha or video.format or video.hdr == "keep" for video in wanted]
        wanted = tuple(
            video.model_copy(update=plain) if is_odd else video for video, is_odd in zip(wanted, odd, strict=True)
        )
    full = request.full(shape)
    scale = request.preview.scale if request.preview else 1
    alone = len(wanted) == 1 and sized[0].name is None
    videos = [
        _planned(
            video, _size(video, full.size, canvas), "" if alone else f"-{video.name}", scale, compiled, canvas.rate
        )
        for video in wanted
    ]
    rungs = [
        rung
        for place, ladder in request.ladders
        for rung in planned_rungs(ladder, request, compiled, canvas, compiled.chosen_rungs.get(place, ()))
    ]
    if problems := [*problems, *_too_large(videos, request.sizing_places, compiled)]:
        raise InvalidRequest(*problems)
    return (*videos, *rungs)


def planned_rungs(
    ladder: LadderOutput, request: Request, compiled: Compiled, canvas: Canvas, chosen: Sequence[ChosenRung] = ()
) -> tuple[PlannedVideo, ...]:
    """The videos of a ladder; of one that is made per title, of which nothing is chosen yet, its candidates."""
    shape = request.shape or compiled.shape
    assert shape, "where a request gives no shape, its timelines have a source's"
    full, scale = request.full(shape), request.preview.scale if request.preview else 1
    return tuple(
        _rung(_planned(rung, _size(rung, full.size, canvas), "", scale, compiled, canvas.rate), ladder, canvas.rate)
        for rung in rungs_of(ladder, full, shape, chosen)
    )


def _rung(video: PlannedVideo, ladder: LadderOutput, rate: Fraction) -> PlannedVideo:
    encoder = for_segments(video.rendition.encoder, ladder.segment_seconds, rate)
    return video.model_copy(
        update={
            "rendition": video.rendition.model_copy(update={"encoder": encoder}),
            "container": "mp4",
            "ladder": ladder.folder,
            "track_file": track_file(video.name, ladder.encryption),
        }
    )


def _too_large(videos: Sequence[PlannedVideo], places: Sequence[str], compiled: Compiled) -> Iterator[Problem]:
    longest = max(compiled.timelines, key=lambda timeline: timeline.frames)
    for place, video in zip(places, videos, strict=False):
        size, rate = video.rendition.size, longest.canvas.rate
        if video.animated:
            yield from too_large(place, size, longest.frames, rate, video.every)


BY_DIFFERENCE = {"distance", "fade-fast", "fade-slow", "fadefast", "fadeslow"}
"""Transitions in which pixels change in the order of how much they differ: a transparent one differs by what is behind it."""


def _without_ground(compiled: Compiled) -> Iterator[Problem]:
    """What shows something else on each ground."""
    clips = (clip for timeline in compiled.timelines for track in timeline.pictures for clip in track.clips)
    for clip in clips:
        if clip.transition and clip.transition.name in BY_DIFFERENCE:
            what = f"`{clip.transition.name}` goes by how much pixels differ, which is not known of transparent ones"
            yield Problem(f"{clip.place}.transition", what, "take another, or leave out `alpha`")


def largest_video(videos: tuple[PlannedVideo, ...]) -> PlannedVideo:
    """The first of the largest ones: frames are composed as large."""
    return max(videos, key=lambda video: video.rendition.pixels)


def rendition_canvas(rendition: Rendition, rate: Fraction) -> Canvas:
    """What the frames of a rendition look like."""
    return Canvas(width=rendition.size[0], height=rendition.size[1], rate=rate)


def _size(video: WantedVideo, full: tuple[int, int], canvas: Canvas) -> tuple[int, int]:
    """The size of a video, where the largest is as large as a canvas."""
    if video.size == full:
        return canvas.size
    factor = Fraction(canvas.width, full[0])
    width, height = (max(2, nearest_even(float(side * factor))) for side in video.size)
    return width, height


def _encoder(video: WantedVideo, bits: int, canvas: Canvas, compiled: Compiled) -> VideoEncoder:
    """What a video's budget stands for."""
    if compiled.kept:
        # Few frames are encoded, at the edges of what is copied.
        return capped_crf(bits, canvas, "hevc", effort="quick", kept=compiled.kept)
    if video.hdr == "keep" and compiled.hdr:
        return capped_crf(bits, canvas, video.codec or "hevc", effort=EFFORTS[video.effort], kept=compiled.hdr)
    return capped_crf(
        bits,
        canvas,
        # What a palette is made for, or another codec's pictures, is not to have lost anything before.
        "ffv1" if video.format else video.codec or "h264",
        effort=EFFORTS[video.effort],
        bit_depth=video.bit_depth,
        alpha=video.alpha,
    )


def lost_hdr(request: Request, compiled: Compiled) -> Iterator[str]:
    """What is said where high dynamic range was to be kept, and is not."""
    for place, video in zip(request.sizing_places, request.videos, strict=False):
        if video.hdr == "keep" and compiled.hdr is None:
            yield f"{place}.hdr: is brought to SDR, as {compiled.hdr_lost}"


def _planned(
    video: WantedVideo, size: tuple[int, int], suffix: str, scale: float, compiled: Compiled, rate: Fraction
) -> PlannedVideo:
    canvas = Canvas(width=size[0], height=size[1], rate=rate)
    bits, quality = round(video.bits * scale**2), video.quality
    encoder = _encoder(video, bits, canvas, compiled)
    if quality:
        encoder = with_quality(encoder, crf=quality.crf, cap=quality.cap and round(quality.cap * scale**2))
    audio = audio_encoder(video.audio) if compiled.has_sound and video.audio != "none" else None
    return PlannedVideo(
        name=video.name,
        suffix=suffix,
        rendition=Rendition(size=size, encoder=encoder),
        audio=audio,
        tracks=planned_tracks(video.audio_tracks, compiled.master) if audio else (),
        chapters=planned_chapters(video.chapters, compiled.chapters),
        container=container_for(
            encoder.codec, audio.codec if audio else None, alpha=encoder.alpha, wanted=video.container
        ),
        quality=quality if quality and quality.crf is None else None,
        bits_per_second=bits,
        buffered=bool(quality and quality.cap) and VIDEO_CODECS[encoder.codec].buffered,
        floor=video.floor,
        animated=video.format,
        every=every_frame(rate, video.pictures_per_second or USUAL_RATE[video.format]) if video.format else 1,
        loops=video.loops,
    )
