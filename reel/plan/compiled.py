"""What every kind of request is compiled to, and the parts that compilers share."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Literal

from pydantic import Field

from reel.curves import constant
from reel.media import Chapter, MediaFacts, NativeFormat, VideoFacts
from reel.plan.operations.sounds import LoudnessTarget
from reel.plan.tracks import Master
from reel.presets import Canvas, Copying, Size, shape_of
from reel.request.base import ComposedRequest, Request
from reel.request.parts import FRAME_RATES, Soundtrack
from reel.request.parts import Loudness as Asked
from reel.request.rungs import ChosenRung
from reel.time import meant_rate, nearest_rate, off_by
from reel.timeline import PictureClip, SoundClip, Timeline, VideoContent
from reel.values import Value


class Compiled(Value):
    """The videos that a request asks for."""

    timelines: tuple[Timeline, ...]
    manifests: tuple[dict[str, Any], ...]
    """For each timeline, what it plays, for people and for the report."""
    share_segments: bool = True
    """Whether short cuts may share segments; not where several timelines show the same cuts in other orders."""
    loudness: LoudnessTarget | None = None
    shape: Size | None = None
    """Width and height of the source that the picture has the shape of, and the size of where the request says none; null: the
    request says the shape."""
    has_sound: bool = True
    """Whether the videos may have a stream of sound."""
    copying: Copying = "never"
    """Whether packets of the sources are copied where nothing is done to the picture."""
    mezzanine: bool = False
    """Whether what is seen is copied from mezzanines of its sources (see `reel.plan.mezzanine`)."""
    kept: NativeFormat | None = None
    """How the sources look, where the video stays H.265 because they are."""
    hdr: NativeFormat | None = None
    """How the master looks, where it is of high dynamic range and videos may keep that."""
    hdr_lost: str = "what is composed is in SDR"
    """Why none may, where one is asked to."""
    documents: tuple[tuple[str, str], ...] = ()
    """Names and texts of small files that are published beside the videos."""
    warnings: tuple[str, ...] = ()
    """What is odd, each under the field that names it."""
    chosen_rungs: dict[str, tuple[ChosenRung, ...]] = Field(default_factory=dict)
    """Of ladders that are made per title, what was chosen, by their place in the request; of others, nothing."""
    master: Master | None = None
    """The one file that the video is made of as it is; null: several, or anything else."""
    chapters: tuple[Chapter, ...] = ()
    """Those of the master, in seconds of the video."""


MOST_TIMES = 5
"""By how many times a source's rate may be above or below a usual one to be taken for its multiple or its part."""


def canvas_of(request: Request, shape: Size, rate: Fraction) -> Canvas:
    """The canvas of a request for pictures of a shape: as large as the largest video that is wanted."""
    width, height = request.full(shape).size
    return Canvas(width=width, height=height, rate=rate)


def composed_canvas(request: ComposedRequest) -> Canvas:
    """The canvas of a request that says what shape it has, and how fast it is."""
    return canvas_of(request, shape_of(request.aspect), request.frame_rate)


def rate_for(video: VideoFacts) -> Fraction:
    """The usual rate of a video whose first source that is. A mean of frames that last unequally long is known to one frame."""
    return usual_rate(video.rate, Fraction(1, video.frames) if video.variable else Fraction(0))


def usual_rate(rate: Fraction, uncertain: Fraction = Fraction(0)) -> Fraction:
    """The rate of a video whose first source has that rate: the same where it is one of `FRAME_RATES`.

    Of a rate that is a multiple or a part of one (15, 48, 120), that one, by the least factor: each frame is seen equally
    long. Of any other, as phones record them (29.83), the nearest; or a whole one that is as near, as far as the rate is known:
    but for a share that is `uncertain`.
    """
    usual = [Fraction(known) for known in FRAME_RATES]
    for factor in range(1, MOST_TIMES + 1):
        for times in (Fraction(1, factor), Fraction(factor)):
            if meant := meant_rate(rate * times, usual):
                return meant
    nearest = nearest_rate(rate, usual)
    as_near = [known for known in usual if off_by(known, rate) - off_by(nearest, rate) <= uncertain]
    return nearest_rate(rate, [known for known in as_near if known.denominator == 1] or [nearest])


def loudness_of(wanted: Asked | Literal["off"]) -> LoudnessTarget | None:
    """What a request wants its sound brought to; null where it stays as it is."""
    return None if wanted == "off" else LoudnessTarget(**wanted.model_dump())


def manifest_of(timeline: Timeline, **more: Any) -> dict[str, Any]:
    """What a video plays, as JSON: what can be said of every timeline, and what its kind says."""
    seconds = round(float(timeline.frames / timeline.canvas.rate), 6)
    return {"name": timeline.name, "frames": timeline.frames, "seconds": seconds, **more}


def sounds_of(clip: PictureClip) -> Iterator[SoundClip]:
    """The sound that goes with a clip of video, one for each stretch that is not held."""
    assert isinstance(clip.content, VideoContent)
    start = clip.start
    for stretch in clip.content.stretches:
        if stretch.speed != 0:
            yield SoundClip(
                asset=clip.content.asset,
                start=start,
                frames=stretch.frames,
                media_in=stretch.media_in,
                speed=stretch.speed,
                place=clip.place,
            )
        start += stretch.frames


def music_clip(
    soundtrack: Soundtrack, facts: MediaFacts, frames: int, rate: Fraction, *, fade_out: int = 0, place: str = "audio"
) -> SoundClip:
    """Music or speech under `frames` frames, from its in point on, begun again where that is asked for and needed."""
    assert facts.audio
    period = max(1, math.floor((facts.audio.duration - soundtrack.in_) * rate))
    return SoundClip(
        asset=facts.sha256,
        start=0,
        frames=frames if soundtrack.loop else min(frames, period),
        # Where only its sound is wanted, a file begins with its sound, and not with its picture.
        media_in=facts.sound_at + soundtrack.in_,
        period=period if soundtrack.loop and period < frames else None,
        gain_db=constant(soundtrack.volume),
        fade_out=min(frames, fade_out),
        place=place,
    )
