"""Smart copy: which stretches of a source may be copied as they are, and where they begin.

A cut that begins between two key frames is encoded up to the first key frame within it; from there on, packets are copied.
Where the copying must end is decided when the packets are read, because only they tell which frames need which.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from reel.media import MediaFacts, VideoFacts
from reel.plan.operations import SourceClip
from reel.presets import Canvas
from reel.time import SAMPLING_SHIFT

SHORTEST_COPY_SECONDS = 1
"""A shorter stretch is encoded with its neighbours: beginning a copy costs as much as encoding it."""

LONGEST_COPY_SECONDS = 60
"""A longer stretch is copied in pieces, which spread over processors and are small enough to be held in memory."""


@dataclass(frozen=True)
class Piece:
    """A part of a cut."""

    clip: SourceClip
    copied: bool


def why_not(facts: MediaFacts, canvas: Canvas) -> str | None:
    """Why nothing of an asset can be copied into a video on that canvas; null where it can."""
    video = facts.video
    assert video, "asked only of assets with a picture"
    colour = video.colour
    rules = {
        f"it is {video.codec}, and only H.264 is copied": video.codec != "h264",
        "it is in a container whose packets are not in mp4's form": not facts.demuxer.startswith(("mov", "matroska")),
        f"its pixels are {video.pixel_format}, not yuv420p": video.pixel_format != "yuv420p",
        "its frames last unequally long": video.variable,
        f"its rate is {video.rate}, not {canvas.rate}": video.rate != canvas.rate,
        "its picture is turned or mirrored when shown": video.rotation != 0 or video.mirrored,
        "its pixels are not square": video.sample_aspect != 1,
        f"it has {video.width}x{video.height} pixels": (video.width, video.height) != (canvas.width, canvas.height),
        "it is interlaced": video.interlaced,
        "its colours are not BT.709 in limited range": colour.full_range
        or colour.matrix not in ("bt709", "")
        or (not colour.matrix and min(video.width, video.height) <= 576)
        or colour.hdr is not None,
        "its key frames are not known": not video.keyframes,
    }
    return next((reason for reason, holds in rules.items() if holds), None)


def pieces(clip: SourceClip, facts: Mapping[str, MediaFacts], canvas: Canvas) -> Iterator[Piece]:
    """A cut's parts: what is encoded until the first key frame, and what is copied from there."""
    video = facts[clip.source.asset].video
    assert video
    first = _first_frame(clip, video)
    keys = _key_numbers(video)
    place = bisect.bisect_left(keys, first)
    begin = keys[place] if place < len(keys) else first + clip.frames
    copied = first + clip.frames - begin
    # The last frame of a stream is shown longer where the cut goes beyond it; that is for the encoder.
    copied -= max(0, first + clip.frames - video.frames)
    if copied < SHORTEST_COPY_SECONDS * canvas.rate:
        yield Piece(clip, copied=False)
        return
    yield from _encoded(clip, 0, begin - first, first, video)
    yield from _copied(clip, begin, begin + copied, first, keys, video, canvas)
    yield from _encoded(clip, begin - first + copied, clip.frames, first, video)


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


def _first_frame(clip: SourceClip, video: VideoFacts) -> int:
    """The number of the source's frame that a cut shows first, by the rule of `SAMPLING_SHIFT`, at equal rates."""
    return max(0, math.ceil((clip.media_in - video.start) * video.rate - Fraction(1, 2) - SAMPLING_SHIFT))


def _key_numbers(video: VideoFacts) -> list[int]:
    return [round((time - video.start) * video.rate) for time in video.keyframes]
