"""Smart copy: which stretches of a source may be copied as they are, and where they begin.

A cut that begins between two key frames is encoded up to the first key frame within it; from there on, packets are copied.
Where the copying must end is decided when the packets are read, because only they tell which frames need which.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from reel.media import MediaFacts, NativeFormat, VideoFacts
from reel.plan.operations.base import SourceClip
from reel.presets import Canvas
from reel.time import frame_shown

SHORTEST_COPY_SECONDS = 1
"""A shorter stretch is encoded with its neighbours: beginning a copy costs as much as encoding it."""

LONGEST_COPY_SECONDS = 60
"""A longer stretch is copied in pieces, which spread over processors and are small enough to be held in memory."""

KEPT_PIXELS = ("yuv420p", "yuv420p10le")
"""What H.265 of the profiles Main and Main 10 has, which is what cameras and players have in common."""

UNSOUGHT = ("mpegts",)
"""Readers that find no key frame again by its time. What is copied of such a file is first put into an mp4 file, cut by cut,
where the key frames are then found."""

KEPT_NOTE = "the video is H.265, as its sources are (`hev1`, which Apple's players refuse); `copy: never` gives H.264"


@dataclass(frozen=True)
class Piece:
    """A part of a cut."""

    clip: SourceClip
    copied: bool


def why_not(facts: MediaFacts, canvas: Canvas, kept: NativeFormat | None = None) -> str | None:
    """Why nothing of an asset can be copied into a video on that canvas; null where it can.

    `kept`: the video is H.265 that looks so; null: it is H.264.
    """
    video = facts.video
    assert video, "asked only of assets with a picture"
    if kept is None and video.codec == "hevc":
        return _why_not_kept(facts, canvas)
    rules = {
        **(_unlike(video, kept) if kept else _not_plain(video)),
        "it is in a container that is not mp4, mov, Matroska or MPEG-TS": not facts.demuxer.startswith(
            ("mov", "matroska", *UNSOUGHT)
        ),
        "its frames last unequally long": video.variable,
        "its time stamps do not say when its frames are shown": video.counted,
        f"its rate is {video.rate}, not {canvas.rate}": video.rate != canvas.rate,
        "its picture is turned or mirrored when shown": video.rotation != 0 or video.mirrored,
        "its pixels are not square": video.sample_aspect != 1,
        f"it has {video.width}x{video.height} pixels": (video.width, video.height) != (canvas.width, canvas.height),
        "it is interlaced": video.interlaced,
        "its key frames are not known": not video.keyframes and facts.demuxer not in UNSOUGHT,
    }
    return next((reason for reason, holds in rules.items() if holds), None)


def _not_plain(video: VideoFacts) -> dict[str, bool]:
    """What forbids copying into H.264 as we make it."""
    colour = video.colour
    return {
        f"it is {video.codec}, and only H.264 and H.265 are copied": video.codec != "h264",
        f"its pixels are {video.pixel_format}, not yuv420p": video.pixel_format != "yuv420p",
        "its colours are not BT.709 in limited range": colour.full_range
        or colour.matrix not in ("bt709", "")
        or (not colour.matrix and min(video.width, video.height) <= 576)
        or colour.hdr is not None,
    }


def _unlike(video: VideoFacts, kept: NativeFormat) -> dict[str, bool]:
    """What forbids copying into H.265 that looks as the first source does."""
    return {
        f"it is {video.codec}, and the video is H.265": video.codec != "hevc",
        f"its pixels are {video.pixel_format}, not {kept.pixel_format}": video.pixel_format != kept.pixel_format,
        "its colours are not the first source's": video.colour != kept.colour,
    }


def kept_look(seen: Sequence[MediaFacts], canvas: Canvas) -> NativeFormat | None:
    """How a video of these assets looks where it stays H.265, which takes that all of them can be copied; else null."""
    look = _look(seen[0].video) if seen else None
    return look if look and not any(why_not(facts, canvas, look) for facts in seen) else None


def _look(video: VideoFacts | None) -> NativeFormat | None:
    """How H.265 looks that x265 can go on with; null for other pictures."""
    if video is None or video.codec != "hevc" or video.pixel_format not in KEPT_PIXELS or video.colour.hdr:
        return None
    return NativeFormat(pixel_format=video.pixel_format, colour=video.colour)


def _why_not_kept(facts: MediaFacts, canvas: Canvas) -> str:
    """Why the video does not stay H.265 for the sake of this asset, which is."""
    video = facts.video
    assert video
    look = _look(video)
    if look is None:
        hdr = "its colours are of high dynamic range, and the video's are not"
        return hdr if video.colour.hdr else f"its pixels are {video.pixel_format}, not 4:2:0 of 8 or 10 bits"
    return why_not(facts, canvas, look) or "it is H.265, and the other sources are not, or of other pixels or colours"


def pieces(clip: SourceClip, facts: Mapping[str, MediaFacts], canvas: Canvas) -> Iterator[Piece]:
    """A cut's parts: what is encoded until the first key frame, and what is copied from there."""
    video = facts[clip.source.asset].video
    assert video
    first = frame_shown(clip.media_in - video.start, video.rate)
    if clip.source.demuxer in UNSOUGHT:
        yield from _unsought(clip, first, video, canvas)
        return
    keys = _key_numbers(video)
    place = bisect.bisect_left(keys, first)
    begin = keys[place] if place < len(keys) else first + clip.frames
    copied = first + _there(clip, first, video) - begin
    if copied < SHORTEST_COPY_SECONDS * canvas.rate:
        yield Piece(clip, copied=False)
        return
    yield from _encoded(clip, 0, begin - first, first, video)
    yield from _copied(clip, begin, begin + copied, first, keys, video, canvas)
    yield from _encoded(clip, begin - first + copied, clip.frames, first, video)


def _there(clip: SourceClip, first: int, video: VideoFacts) -> int:
    """How many frames of a cut may be copied. Where it goes beyond a stream's last frame, the encoder shows that one longer,
    and must be given it for that."""
    beyond = first + clip.frames - video.frames
    return clip.frames - (beyond + 1) if beyond > 0 else clip.frames


def _unsought(clip: SourceClip, first: int, video: VideoFacts, canvas: Canvas) -> Iterator[Piece]:
    """Parts of a cut of which no key frame is known: those of the length of a copy that pays are tried."""
    there = _there(clip, first, video)
    if there < 2 * SHORTEST_COPY_SECONDS * canvas.rate:
        yield Piece(clip, copied=False)
        return
    count = math.ceil(there / (LONGEST_COPY_SECONDS * canvas.rate))
    bounds = [there * part // count for part in range(count + 1)]
    for since, until in pairwise(bounds):
        yield from (Piece(part.clip, copied=True) for part in _encoded(clip, since, until, first, video))
    yield from _encoded(clip, there, clip.frames, first, video)


def _copied(
    clip: SourceClip, begin: int, end: int, first: int, keys: list[int], video: VideoFacts, canvas: Canvas
) -> Iterator[Piece]:
    longest = round(LONGEST_COPY_SECONDS * canvas.rate)
    while begin < end:
        until = end
        if end - begin > longest:
            # Only at a key frame can the next piece begin.
            place = bisect.bisect_right(keys, begin + longest) - 1
            until = keys[place] if keys[place] > begin else end
        yield from (
            Piece(part.clip, copied=True) for part in _encoded(clip, begin - first, until - first, first, video)
        )
        begin = until


def _encoded(clip: SourceClip, since: int, until: int, first: int, video: VideoFacts) -> Iterator[Piece]:
    """The frames `[since, until)` of a cut, on the source's own grid of frames."""
    if since >= until:
        return
    media_in = video.start + (first + since) / video.rate
    place = bisect.bisect_right(video.keyframes, media_in + Fraction(1, 2) / video.rate) - 1
    seek = video.keyframes[place] if place > 0 else None
    yield Piece(clip.model_copy(update={"frames": until - since, "media_in": media_in, "seek": seek}), copied=False)


def _key_numbers(video: VideoFacts) -> list[int]:
    return [round((time - video.start) * video.rate) for time in video.keyframes]
