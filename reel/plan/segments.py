"""From a timeline to steps: picture in segments, sound in one piece, and the join of both."""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import pairwise

from reel.media import MediaFacts, VideoFacts
from reel.plan.operations import (
    AnyOperation,
    Decode,
    Join,
    Picture,
    PictureClip,
    PictureSource,
    SoundMix,
    SoundPart,
    Stills,
    StreamSource,
    Stretch,
)
from reel.presets import AudioEncoder, VideoEncoder
from reel.time import SAMPLE_RATE, round_half_up, sample_at, samples_between
from reel.timeline import Timeline, TimelineClip

SEGMENT_SECONDS = 12
"""About how long a segment of a long clip is: short enough to spread over processors and to lose little in a crash, long
enough that a segment's own costs (a process, a key frame, decoding from the key frame before) stay under two per cent."""

TILE_SECONDS = 2
"""Distance of the thumbnails of a sprite sheet, where that gives at most `MOST_TILES`: that of the key frames."""

MOST_TILES = 100


class Keyed:
    """Operations with their keys, each once, in the order in which they were first needed."""

    def __init__(self, build: str) -> None:
        self.build = build
        self.operations: dict[str, tuple[str, AnyOperation]] = {}

    def add(self, title: str, operation: AnyOperation) -> str:
        """The key of `operation`; `title` is kept from its first use."""
        key = operation.key(self.build)
        self.operations.setdefault(key, (title, operation))
        return key


def add_video(
    keyed: Keyed,
    timeline: Timeline,
    assets: Mapping[str, MediaFacts],
    names: Mapping[str, str],
    encoder: VideoEncoder,
    audio: AudioEncoder,
) -> str:
    """Add the steps of one timeline; returns the key of its joined video. `assets` and `names` go by SHA-256."""
    segments = tuple(
        keyed.add(title, Picture(canvas=timeline.canvas, clip=part, encoder=encoder))
        for clip in timeline.clips("video")
        for title, part in _cut(clip, assets[clip.asset], timeline.canvas.rate, names[clip.asset])
    )
    samples = sample_at(timeline.frames, timeline.canvas.rate)
    parts = tuple(_sound_part(keyed, clip, assets[clip.asset], timeline, names) for clip in timeline.clips("audio"))
    mix = SoundMix(samples=samples, parts=parts, encoder=audio)
    join = Join(
        canvas=timeline.canvas,
        segments=segments,
        frames=timeline.frames,
        soundtrack=keyed.add(f"sound of {timeline.name}", mix),
        samples=samples,
    )
    return keyed.add(f"join {timeline.name}", join)


def add_stills(keyed: Keyed, timeline: Timeline, video: str) -> str:
    """Add the step that makes a video's poster and sprite sheet; returns its key."""
    seconds = timeline.frames / timeline.canvas.rate
    tiles = min(max(1, math.ceil(seconds / TILE_SECONDS)), MOST_TILES, timeline.frames)
    stills = Stills(video=video, canvas=timeline.canvas, frames=timeline.frames, tiles=tiles)
    return keyed.add(f"stills of {timeline.name}", stills)


def _cut(clip: TimelineClip, facts: MediaFacts, rate: Fraction, name: str) -> Iterable[tuple[str, PictureClip]]:
    """A clip's segments. One that is long is cut evenly, where decoding can begin in the middle of its file."""
    video = facts.video
    assert video, "compilers place only assets with a picture on video tracks"
    pieces = max(1, round(clip.frames / (SEGMENT_SECONDS * rate))) if video.keyframes else 1
    source = picture_source(facts.sha256, facts.demuxer, video)
    bounds = [clip.frames * piece // pieces for piece in range(pieces + 1)]
    for number, (first, end) in enumerate(pairwise(bounds), start=1):
        media_in = facts.zero + clip.media_in + first / rate * clip.speed
        part = PictureClip(
            source=source,
            frames=end - first,
            media_in=media_in,
            seek=_seek(video, media_in),
            speed=clip.speed,
            fit=clip.fit,
        )
        at_speed = f" at {float(clip.speed):g}x" if clip.speed != 1 else ""
        yield f"{name}{at_speed}" + (f" {number}/{pieces}" if pieces > 1 else ""), part


def picture_source(asset: str, demuxer: str, video: VideoFacts) -> PictureSource:
    """What composing must know of a stream."""
    return PictureSource(
        asset=asset,
        demuxer=demuxer,
        stream=video.index,
        codec=video.codec,
        display_size=video.display_size,
        colour=video.colour,
        interlaced=video.interlaced,
        alpha=video.alpha,
        rate=video.rate,
        variable=video.variable,
        start=video.start,
    )


def _seek(video: VideoFacts, media_in: Fraction) -> Fraction | None:
    """The last key frame at or before `media_in`; null when that is the first one, where decoding begins anyway."""
    place = bisect.bisect_right(video.keyframes, media_in) - 1
    return video.keyframes[place] if place > 0 else None


def _sound_part(
    keyed: Keyed, clip: TimelineClip, facts: MediaFacts, timeline: Timeline, names: Mapping[str, str]
) -> SoundPart:
    audio, rate = facts.audio, timeline.canvas.rate
    assert audio, "compilers place only assets with sound on audio tracks"
    decode = Decode(
        source=StreamSource(asset=facts.sha256, demuxer=facts.demuxer, stream=audio.index, codec=audio.codec),
        channels=audio.channels,
        zero=facts.zero,
        samples=math.ceil(max(facts.duration, audio.start + audio.duration - facts.zero) * SAMPLE_RATE),
    )
    sound, first = keyed.add(f"sound of {names[facts.sha256]}", decode), round_half_up(clip.media_in * SAMPLE_RATE)
    if clip.speed != 1:
        longest = math.ceil(clip.frames * SAMPLE_RATE / rate)
        stretch = Stretch(sound=sound, first=first, speed=clip.speed, samples=longest)
        sound, first = keyed.add(f"sound of {names[facts.sha256]} at {float(clip.speed):g}x", stretch), 0
    return SoundPart(
        sound=sound,
        first=first,
        at=sample_at(clip.start, rate),
        samples=samples_between(clip.start, clip.end, rate),
        gain=10 ** (clip.gain_db / 20),
    )
