"""Which frame of each of several videos of the same clips is its poster, so that no two posters are the same picture."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Hashable, Sequence
from fractions import Fraction

from reel.timeline import PictureClip, Timeline, VideoContent

MARGIN = Fraction(1, 8)
"""Of a clip, at its begin and its end: what is seen there is seldom what the clip is about."""

APART = Fraction(1, 2)
"""Seconds between two posters from the same clip, where another clip has room."""


def poster_frames(timelines: Sequence[Timeline], seed: int) -> tuple[int | None, ...]:
    """For each of several videos that play the same clips, the frame that is its poster: of another clip each, and where there
    are more videos than clips, from another moment of one. Null where one video is all there is.

    More videos leave the posters of those before as they are.
    """
    if len(timelines) < 2:
        return (None,) * len(timelines)
    chance = random.Random(seed)
    order = {shown: chance.random() for shown in _clips(timelines[0])}
    used: Counter[Hashable] = Counter()
    frames = []
    for timeline in timelines:
        clips = _clips(timeline)
        rank = {
            shown: (used[shown] >= _room(clip, timeline.canvas.rate), used[shown], order[shown])
            for shown, clip in clips.items()
        }
        shown = min(rank, key=rank.__getitem__)
        frames.append(_moment(clips[shown], used[shown]))
        used[shown] += 1
    return tuple(frames)


def _clips(timeline: Timeline) -> dict[Hashable, PictureClip]:
    """The clips of a video, by what they show at whatever speed."""
    return {_shown(clip): clip for track in timeline.pictures for clip in track.clips}


def _shown(clip: PictureClip) -> Hashable:
    assert isinstance(clip.content, VideoContent)
    return clip.content.asset, clip.content.stretches[0].media_in, clip.framing.fit


def _room(clip: PictureClip, rate: Fraction) -> int:
    """How many posters a clip has room for."""
    return max(1, int(clip.frames * (1 - 2 * MARGIN) / rate / APART))


def _moment(clip: PictureClip, number: int) -> int:
    """The frame of the clip's nth poster: its middle, then the middles of its halves, of their halves, and so on (a van der
    Corput sequence), so that any number of them are far from each other."""
    share, step = Fraction(0), Fraction(1, 2)
    rest = number + 1
    while rest:
        rest, digit = divmod(rest, 2)
        share, step = share + digit * step, step / 2
    return clip.start + int(clip.frames * (MARGIN + (1 - 2 * MARGIN) * share))
