"""Mezzanines: copies of sources as the video would show them, which cuts are copied from.

A source is resampled once, at the video's size and rate: frame n of its mezzanine shows the moment n / rate after the source's
first frame. It is made in parts, each a step of its own, with a key frame at the begin of every group of pictures:

    mezzanine   |----|----|----|----|----|----|----|----|      groups
    parts       [-------------------)[------------------)      a whole number of groups each
    cut                  [--------------------)                begins and ends anywhere
                         [e)[copied)[copied---)                one edge is encoded, from the source

No frame needs a later one, so a cut is copied to its very last frame; only what lies in front of its first key frame is
encoded. That is done from the source, not from the mezzanine: so each frame of the video was encoded once since the source.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from reel.plan.layers import Known, seek_to
from reel.plan.operations import Excerpt, Mezzanine, SourceClip
from reel.presets import VideoEncoder, group_frames
from reel.time import frame_shown, frames_in

PART_SECONDS = 30
"""About how long a part is: short enough to spread over processors, long enough that decoding from the key frame before it
costs little."""


def cut_from_mezzanine(cut: SourceClip, encoder: VideoEncoder, known: Known) -> Iterator[SourceClip | Excerpt]:
    """What a cut is made of: stretches to encode, and stretches of mezzanines, whose steps are added."""
    video = known.assets[cut.source.asset].video
    assert video
    rate = known.canvas.rate
    group, part = group_frames(rate), _part_frames(rate)
    first = frame_shown(cut.media_in - video.start, rate)
    end = first + cut.frames
    there = min(end, _length(cut.source.asset, known))
    key = min(-(-first // group) * group, end)
    if first < key:
        yield _stretch(cut, first, key, known)
    while key < there:
        until = min(there, (key // part + 1) * part)
        step = _add_part(cut, key // part, encoder, known)
        yield Excerpt(mezzanine=step, first=key % part, frames=until - key)
        key = until
    if key < end:
        # A source's last frame stays as long as a cut needs it.
        yield _stretch(cut, key, end, known)


def add_whole(cut: SourceClip, encoder: VideoEncoder, known: Known) -> None:
    """Add all parts of the mezzanine that a cut is taken from, so that cuts elsewhere find theirs."""
    part = _part_frames(known.canvas.rate)
    for number in range(-(-_length(cut.source.asset, known) // part)):
        _add_part(cut, number, encoder, known)


def _add_part(cut: SourceClip, number: int, encoder: VideoEncoder, known: Known) -> str:
    rate = known.canvas.rate
    part = _part_frames(rate)
    first, end = number * part, min((number + 1) * part, _length(cut.source.asset, known))
    clip = _stretch(cut, first, end, known)
    mezzanine = Mezzanine(canvas=known.canvas, clip=clip, encoder=encoder, group=group_frames(rate))
    begin, until = (round(float(frame / rate), 1) for frame in (first, end))
    return known.keyed.add(f"mezzanine of {known.names[cut.source.asset]}, {begin:g} to {until:g} s", mezzanine)


def _stretch(cut: SourceClip, first: int, end: int, known: Known) -> SourceClip:
    """The frames `[first, end)` of a source, on the grid of its mezzanine."""
    video = known.assets[cut.source.asset].video
    assert video
    media_in = video.start + first / known.canvas.rate
    return cut.model_copy(update={"frames": end - first, "media_in": media_in, "seek": seek_to(video, media_in)})


def _part_frames(rate: Fraction) -> int:
    group = group_frames(rate)
    return group * max(1, round(PART_SECONDS * rate / group))


def _length(asset: str, known: Known) -> int:
    """How many frames of the video a source lasts."""
    return max(1, frames_in(known.assets[asset].duration, known.canvas.rate))
