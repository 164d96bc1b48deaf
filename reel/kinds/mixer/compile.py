"""From a mixer request to the timelines of its variants."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from reel.errors import Problem
from reel.findings import Findings, Scenes, of_type
from reel.kinds.faults import Faults
from reel.kinds.mixer.parts import SequencePart, Shown, faults_of_parts, parts_of, unsplit
from reel.kinds.mixer.request import MixerRequest
from reel.kinds.mixer.sequences import Choice, Playlist, draw_playlists, similarities
from reel.media import Library
from reel.plan.compiled import Compiled, composed_canvas, loudness_of, manifest_of, music_clip, sounds_of
from reel.presets import Canvas
from reel.request.parts import Soundtrack
from reel.request.places import enclosing
from reel.time import frames_in
from reel.timeline import (
    Area,
    Framing,
    MediaRange,
    PictureClip,
    PictureTrack,
    SoundClip,
    SoundTrack,
    Timeline,
    VideoContent,
)


def compile_mixer(request: MixerRequest, library: Library, findings: Findings) -> Compiled:
    """The variants of `request`. Raises `InvalidRequest` or `BadMedia` with all problems at once."""
    scenes = of_type(Scenes, findings)
    parts = parts_of(request, library, scenes)
    shown = tuple(part.shown for part in parts)
    choice = _choice(request, shown)
    Faults(wrong=tuple(_too_many(request, choice))).refuse()
    canvas = composed_canvas(request)
    playlists = draw_playlists(choice, request.variants, request.seed)
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
        loudness=loudness_of(request.loudness),
        warnings=tuple(unsplit(request, parts, scenes)),
    )


DECISIVE = ("clips", "variants", "speed", "order_mixing", "different_start")
"""Fields that say how many variants there can be."""
TWO_SPEEDS = (Fraction(1), Fraction(2))
"""What a range of speed gives at the least."""


def faults(request: MixerRequest, library: Library, unknown: Collection[str] = ()) -> Faults:
    """All that is wrong, as far as it can be said."""
    found = faults_of_parts(request, library, unknown)
    split = any(clip.split for clip in request.clips)
    known = not {next(enclosing(place)) for place in unknown} & {*DECISIVE}
    whole = known and not split and library.keys() >= request.source_places().keys()
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
    allowing = {
        "order_mixing": choice.model_copy(update={"order_mixing": True}),
        "different_start": choice.model_copy(update={"different_start": True}),
        "a range of speed": choice if len(choice.speeds) > 1 else choice.model_copy(update={"speeds": TWO_SPEEDS}),
    }
    could = [name for name, other in allowing.items() if other.capacity() > capacity]
    more = f", or allow {' or '.join(could)}" if could else ", or add clips"
    yield Problem(
        "variants",
        f"{request.variants} distinct variants were asked for; these clips and options give at most {capacity}",
        f"ask for {capacity} or fewer{more}",
    )


def _timeline(
    number: int,
    playlist: Playlist,
    parts: Sequence[SequencePart],
    request: MixerRequest,
    canvas: Canvas,
    library: Library,
) -> Timeline:
    area = Area(x=0, y=0, width=canvas.width, height=canvas.height)
    clips = []
    start = 0
    for place, speed in zip(playlist.places, playlist.speeds, strict=True):
        shown = parts[place].shown
        frames = max(1, frames_in((shown.media_out - shown.media_in) / speed, canvas.rate))
        stretch = MediaRange(media_in=shown.media_in, frames=frames, speed=speed)
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
    library: Library,
) -> tuple[SoundClip, ...]:
    if request.audio == "mute":
        return ()
    if isinstance(request.audio, Soundtrack):
        return (music_clip(request.audio, library["audio.soundtrack"], frames, rate),)
    with_sound = {facts.sha256 for facts in library.values() if facts.audio}
    return tuple(sound for clip in clips for sound in sounds_of(clip) if sound.asset in with_sound)


def _manifest(
    request: MixerRequest, timeline: Timeline, parts: Sequence[SequencePart], score: tuple[float, int | None]
) -> dict[str, Any]:
    """What a variant plays, as JSON."""
    similarity, nearest = score
    return manifest_of(
        timeline,
        sequence=[
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
        similarity=similarity,
        most_similar=None if nearest is None else f"variant-{nearest + 1:03d}",
    )
