"""From an encode request to its timeline, which is one clip."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from fractions import Fraction
from math import ceil
from typing import Any

from reel.errors import Problem
from reel.findings import Findings
from reel.kinds.encode.request import EncodeRequest
from reel.kinds.faults import Faults
from reel.media import Chapter, Library, MediaFacts, NativeFormat, VideoFacts
from reel.plan.chapters import cut_chapters
from reel.plan.compiled import Compiled, canvas_of, manifest_of, rate_for, sounds_of
from reel.plan.tracks import Master, wrong_tracks
from reel.presets import Canvas, Size
from reel.request.settled import settled
from reel.time import frames_in
from reel.timeline import (
    Area,
    Framing,
    MediaRange,
    PictureClip,
    PictureTrack,
    SoundTrack,
    Timeline,
    VideoContent,
)
from reel.values import public_name

SLOWEST, FASTEST = 1, 240
"""Frames a second between which a rate that lasts is kept as it is."""
LARGEST_TERM = 1_000_000
"""Of a rate's two whole numbers: FFmpeg takes them up to 1,001,000 (`av_parse_video_rate`). What a clock of milliseconds or
nanoseconds measured has larger ones; the nearest in bounds is off by a millionth, which an hour turns to 4 ms."""


def compile_encode(request: EncodeRequest, library: Library, findings: Findings) -> Compiled:
    """The one timeline of `request`. Raises `InvalidRequest` or `BadMedia` with all problems at once."""
    faults(request, library).refuse()
    facts = library["asset"]
    assert facts.video
    canvas = canvas_of(request, facts.video.display_size, own_rate(facts.video))
    first, end = _frames(request, facts, canvas.rate)
    begin = first / canvas.rate
    timeline = _timeline(facts, canvas, begin, end - first)
    lost = why_not_kept(facts.video, canvas)
    return Compiled(
        hdr=None if lost else _as_it_is(facts.video),
        hdr_lost=lost or "",
        timelines=(timeline,),
        manifests=(_manifest(request, timeline, begin),),
        shape=facts.video.display_size,
        has_sound=facts.audio is not None,
        master=Master(facts=facts, begin=begin),
        chapters=_chapters(request, facts, timeline, begin),
    )


LEAST_SIDE = 32
"""Pixels of a master: x265 takes no side below 8, libsvtav1 ends at 4, libvmaf at 16."""


def faults(request: EncodeRequest, library: Library, unknown: Collection[str] = ()) -> Faults:
    """All that is wrong, as far as it can be said."""
    facts = library.get("asset")
    if facts is None:
        return Faults()
    if facts.video is None or facts.still:
        what = facts.without_motion if facts.still else facts.without_picture
        return Faults.of([Problem("asset", f"{public_name(request.asset)} {what}", "name a video here")], (), unknown)
    size = facts.video.display_size
    if min(size) < LEAST_SIDE:
        what = f"{public_name(request.asset)} is {size[0]} by {size[1]} pixels"
        return Faults.of([Problem("asset", what, f"a master has at least {LEAST_SIDE} on each side")], (), unknown)
    wrong = [
        *_past_the_end(request, facts),
        *request.wrong_outputs(size),
        *_too_large(request, size),
        *wrong_tracks(request.named_tracks, facts, request.asset),
    ]
    return Faults.of((), wrong, unknown)


def own_rate(video: VideoFacts) -> Fraction:
    """The rate of a master where its frames last equally long, whatever it is; else the nearest usual one."""
    if video.variable or not SLOWEST <= video.rate <= FASTEST:
        return rate_for(video)
    return video.rate.limit_denominator(LARGEST_TERM // ceil(video.rate))


def _frames(request: EncodeRequest, facts: MediaFacts, rate: Fraction) -> tuple[int, int]:
    """The first frame of the video and the one after its last, of those that it would have of the whole master.

    A range begins and ends with these, at the nearest: its picture is in time with all sound as the whole one's is, and of two
    that meet each frame is in one. Begun between two frames, it would show the one while the sound is past it.
    """
    whole = max(1, frames_in(facts.duration, rate))
    if request.range is None:
        return 0, whole
    first, end = frames_in(request.range.start, rate), frames_in(request.range.end, rate)
    first = min(first, whole - 1)
    return first, min(max(first + 1, end), whole)


def _chapters(request: EncodeRequest, facts: MediaFacts, timeline: Timeline, begin: Fraction) -> tuple[Chapter, ...]:
    """Those of the master, where any video keeps them."""
    if all(video.chapters != "keep" for video in request.videos):
        return ()
    return cut_chapters(facts.chapters, facts.zero + begin, timeline.frames / timeline.canvas.rate)


def _as_it_is(video: VideoFacts) -> NativeFormat:
    return NativeFormat(pixel_format="yuv420p10le", colour=video.colour, mastering=video.mastering)


def why_not_kept(video: VideoFacts, canvas: Canvas) -> str | None:
    """Why the high dynamic range of a master cannot be kept on a canvas of its size; null where it can."""
    rules = {
        "the master is in SDR": video.colour.hdr is None,
        f"its pixels are {video.pixel_format}, not yuv420p10le": video.pixel_format != "yuv420p10le",
        "its picture is turned or mirrored when shown": video.rotation != 0 or video.mirrored,
        f"it has {video.width}x{video.height} pixels that are not shown as such": (video.width, video.height)
        != video.display_size,
        "the largest video is smaller than it": canvas.size != (video.width, video.height),
        "it is interlaced": video.interlaced,
    }
    return next((reason for reason, holds in rules.items() if holds), None)


def _past_the_end(request: EncodeRequest, facts: MediaFacts) -> Iterator[Problem]:
    """A frame of tolerance at the end: people read durations rounded up."""
    assert facts.video
    if request.range is None:
        return
    lasts = f"{public_name(request.asset)} lasts {float(facts.duration):.3f} s"
    if request.range.start >= facts.duration:
        yield Problem("range.start", f"{float(request.range.start):g} s is past the end: {lasts}", "begin earlier")
    elif request.range.end > facts.duration + 1 / facts.video.rate:
        yield Problem("range.end", f"{float(request.range.end):g} s is past the end: {lasts}", "end earlier")


def _too_large(request: EncodeRequest, size: Size) -> Iterator[Problem]:
    """Videos for which the master would have to be enlarged, each under the field that gives its size."""
    videos = zip(request.sizing_places, request.sizing, settled(request.sizing, size, request.bitrate), strict=True)
    for place, video, wanted in videos:
        if wanted.size[0] > size[0] or wanted.size[1] > size[1]:
            own = video.exact or video.resolution != request.resolution
            what = "{}x{} is more than the master's {}x{}".format(*wanted.size, *size)
            rests_on = tuple(f"{place}.{field}" for field in ("type", "resolution", "width", "height"))
            yield Problem(place if own else "resolution", what, "ask for less, or for no size", rests_on=rests_on)


def _timeline(facts: MediaFacts, canvas: Canvas, begin: Fraction, frames: int) -> Timeline:
    clip = PictureClip(
        content=VideoContent(asset=facts.sha256, stretches=(MediaRange(media_in=begin, frames=frames),)),
        start=0,
        frames=frames,
        area=Area(x=0, y=0, width=canvas.width, height=canvas.height),
        # The canvas has its shape, but for an odd pixel: nothing is to be cropped or padded for that.
        framing=Framing(fit="fill"),
        place="asset",
    )
    sounds = tuple(sounds_of(clip)) if facts.audio else ()
    tracks = (PictureTrack(clips=(clip,)), SoundTrack(clips=sounds))
    return Timeline(name="encode", canvas=canvas, frames=frames, tracks=tracks)


def _manifest(request: EncodeRequest, timeline: Timeline, begin: Fraction) -> dict[str, Any]:
    shown = {"place": "asset", "name": public_name(request.asset), "in": round(float(begin), 6), "start_frame": 0}
    return manifest_of(timeline, sequence=[shown | {"frames": timeline.frames}])
