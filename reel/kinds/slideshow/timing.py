"""How long a slideshow is, and when its pictures change."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from reel.findings import Beats, Changes, spread
from reel.kinds.slideshow.request import SlideshowRequest
from reel.media import MediaFacts
from reel.time import frames_in, round_half_up

SECONDS_WITHOUT_MUSIC, MOST_SECONDS_OF_MUSIC = 30, 60
"""How long a slideshow is that does not say it."""


def seconds_of(request: SlideshowRequest, music: MediaFacts | None) -> Fraction:
    """How long the slideshow is, given the facts of its music."""
    if request.duration is not None:
        return request.duration
    if music and music.audio and request.music:
        return min(music.audio.duration - request.music.in_, Fraction(MOST_SECONDS_OF_MUSIC))
    return Fraction(SECONDS_WITHOUT_MUSIC)


def changes_of(request: SlideshowRequest, beats: Beats | None, music: MediaFacts | None, seconds: float) -> Changes:
    """When one picture takes over from another, in seconds of the video."""
    if not beats or not music or not music.audio or not request.music:
        return spread(None, len(request.images), seconds)
    heard = beats.since(float(request.music.in_)).looped(float(music.audio.duration - request.music.in_), seconds)
    return spread(heard, len(request.images), seconds)


def bounds_of(request: SlideshowRequest, changes: Changes, frames: int, rate: Fraction) -> list[tuple[int, int, int]]:
    """For each picture: its first frame, its end, and over how many of its first frames it takes over.

    The middle of a transition of n frames that begins at frame s is the moment s + n/2; that moment is put on the change.
    """
    count = len(request.images)
    wanted = 0 if request.transition.name == "cut" else frames_in(request.transition.duration, rate)
    moments = [Fraction(str(time)) * rate for time in changes.times]
    edges = [Fraction(0), *moments, Fraction(frames)]
    gaps = [later - earlier for earlier, later in pairwise(edges)]
    begins, overlaps = [0], [0]
    for number, moment in enumerate(moments):
        # Half of each neighbour at most, so that every picture is also seen alone.
        overlap = min(wanted, int(min(gaps[number], gaps[number + 1]) / 2))
        begins.append(round_half_up(moment - Fraction(overlap, 2)))
        overlaps.append(overlap)
    ends = [*(begins[number + 1] + overlaps[number + 1] for number in range(count - 1)), frames]
    return list(zip(begins, ends, overlaps, strict=True))
