"""From a mixer request to the timelines of its variants."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from reel.errors import Problem
from reel.findings import Scenes
from reel.media import MediaFacts
from reel.plan.compiled import Compiled, music_clip, sounds_of
from reel.plan.faults import Faults
from reel.plan.operations import Loudness
from reel.plan.parts import Part, Shown, parts_of, unsplit, wants_scenes
from reel.plan.parts import faults as faults_of_parts
from reel.plan.posters import poster_frames
from reel.plan.sequences import Choice, Playlist, draw, similarities
from reel.presets import Canvas, canvas_size
from reel.request.mixer import MixerRequest
from reel.request.parts import Soundtrack
from reel.time import frames_in
from reel.timeline import (
    Area,
    Framing,
    PictureClip,
    PictureTrack,
    SoundClip,
    SoundTrack,
    Stretch,
    Timeline,
    VideoContent,
)


def compile_mixer(
    request: MixerRequest, library: Mapping[str, MediaFacts], scenes: Mapping[str, Scenes] = MappingProxyType({})
) -> Compiled:
    """The variants of `request`. `library` holds the facts of each asset under the field that names it, `scenes` those of the
    assets that are split.

    Raises `InvalidRequest` or `BadMedia` with all problems at once.
    """
    parts = parts_of(request, library, scenes)
    shown = tuple(part.shown for part in parts)
    choice = _choice(request, shown)
    Faults(wrong=tuple(_too_many(request, choice))).refuse()
    width, height = canvas_size(request.aspect, request.resolution)
    canvas = Canvas(width=width, height=height, rate=request.frame_rate)
    playlists = draw(choice, request.variants, request.seed)
    timelines = tuple(
        _timeline(number, playlist, parts, request, canvas, library)
        for number, playlist in enumerate(playlists, start=1)
    )
    scores = similarities(playlists, shown)
    manifests = tuple(
        _manifest(request, timeline, [parts[place] for place in playlist.places], score)
        for timeline, playlist, score in zip(timelines, playlists, scores, strict=True)
    )
    return Compiled(
        timelines=timelines,
        manifests=manifests,
        # Each clip is a segment of its own, because variants play the same clips in other orders.
        share_segments=False,
        loudness=None if request.loudness == "off" else Loudness(**request.loudness.model_dump()),
        posters=poster_frames(timelines, request.seed),
        warnings=tuple(unsplit(request, parts, scenes)),
    )


def faults(request: MixerRequest, library: Mapping[str, MediaFacts], unknown: Collection[str] = ()) -> Faults:
    """All that is wrong, as far as it can be said; see `reel.plan.parts.faults`."""
    found = faults_of_parts(request, library, unknown)
    whole = not unknown and not wants_scenes(request) and library.keys() >= request.asset_places().keys()
    if found.unfit or found.wrong or not whole:
        return found
    shown = tuple(part.shown for part in parts_of(request, library, {}))
    return replace(found, wrong=tuple(_too_many(request, _choice(request, shown))))


def _choice(request: MixerRequest, shown: tuple[Shown, ...]) -> Choice:
    return Choice(
        items=shown,
        speeds=request.speed.choices(),
        order_mixing=request.order_mixing,
        different_start=request.different_start,
    )


def _too_many(request: MixerRequest, choice: Choice) -> Iterator[Problem]:
    capacity = choice.capacity()
    if request.variants <= capacity:
        return
    could = [
        name
        for name, is_used in (
            ("order_mixing", request.order_mixing),
            ("different_start", request.different_start or request.order_mixing),
            ("a range of speed", len(choice.speeds) > 1),
        )
        if not is_used
    ]
    more = f", or allow {' or '.join(could)}" if could else ", or add clips"
    yield Problem(
        "variants",
        f"{request.variants} distinct variants were asked for; these clips and options give at most {capacity}",
        f"ask for {capacity} or fewer{more}",
    )


def _timeline(
    number: int,
    playlist: Playlist,
    parts: Sequence[Part],
    request: MixerRequest,
    canvas: Canvas,
    library: Mapping[str, MediaFacts],
) -> Timeline:
    area = Area(x=0, y=0, width=canvas.width, height=canvas.height)
    clips = []
    start = 0
    for place, speed in zip(playlist.places, playlist.speeds, strict=True):
        shown = parts[place].shown
        frames = max(1, frames_in((shown.media_out - shown.media_in) / speed, canvas.rate))
        stretch = Stretch(media_in=shown.media_in, frames=frames, speed=speed)
        clip = PictureClip(
            content=VideoContent(asset=shown.asset, stretches=(stretch,)),
            start=start,
            frames=frames,
            area=area,
            framing=Framing(fit=shown.fit),
            place=parts[place].place,
        )
        clips.append(clip)
        start = clip.end
    sound = _sound(request, clips, start, canvas.rate, library)
    tracks = (PictureTrack(clips=tuple(clips)), SoundTrack(clips=sound))
    return Timeline(name=f"variant-{number:03d}", canvas=canvas, frames=start, tracks=tracks)


def _sound(
    request: MixerRequest,
    clips: list[PictureClip],
    frames: int,
    rate: Fraction,
    library: Mapping[str, MediaFacts],
) -> tuple[SoundClip, ...]:
    if request.audio == "mute":
        return ()
    if isinstance(request.audio, Soundtrack):
        return (music_clip(request.audio, library["audio.soundtrack"], frames, rate),)
    with_sound = {facts.sha256 for facts in library.values() if facts.audio}
    return tuple(sound for clip in clips for sound in sounds_of(clip) if sound.asset in with_sound)


def _manifest(
    request: MixerRequest, timeline: Timeline, parts: Sequence[Part], score: tuple[float, int | None]
) -> dict[str, Any]:
    """What a variant plays, as JSON."""
    similarity, nearest = score
    rate = timeline.canvas.rate
    return {
        "name": timeline.name,
        "frames": timeline.frames,
        "seconds": round(float(timeline.frames / rate), 6),
        "sequence": [
            {
                "clip": part.clip,
                **({} if part.scene is None else {"scene": part.scene}),
                "place": part.place,
                "name": part.name(request),
                "asset": sound.asset,
                "in": round(float(sound.media_in), 6),
                "speed": float(sound.speed),
                "start_frame": sound.start,
                "frames": sound.frames,
            }
            for part, clip in zip(parts, timeline.pictures[0].clips, strict=True)
            for sound in sounds_of(clip)
        ],
        "similarity": similarity,
        "most_similar": None if nearest is None else f"variant-{nearest + 1:03d}",
    }
