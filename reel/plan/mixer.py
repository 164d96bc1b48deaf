"""From a mixer request to the timelines of its variants."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from reel.errors import BadMedia, InvalidRequest, Problem
from reel.media import MediaFacts
from reel.plan.compiled import Compiled, looped, sounds_of
from reel.plan.operations import Loudness
from reel.plan.sequences import Choice, Playlist, draw, similarities
from reel.presets import Canvas, Fit, canvas_size
from reel.request.mixer import MixerRequest
from reel.request.parts import Clip, Soundtrack
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
from reel.values import Value, public_name


class Shown(Value):
    """A clip of the request, resolved: what it shows."""

    asset: str
    media_in: Fraction
    media_out: Fraction
    fit: Fit


def compile_mixer(request: MixerRequest, library: Mapping[str, MediaFacts]) -> Compiled:
    """The variants of `request`. `library` holds the facts of each asset under the field that names it.

    Raises `InvalidRequest` or `BadMedia` with all problems at once.
    """
    stretches = _resolve(request, library)
    choice = Choice(
        items=tuple(stretches),
        speeds=request.speed.choices(),
        order_mixing=request.order_mixing,
        different_start=request.different_start,
    )
    _refuse_too_many(request, choice)
    width, height = canvas_size(request.aspect, request.resolution)
    canvas = Canvas(width=width, height=height, rate=request.frame_rate)
    playlists = draw(choice, request.variants, request.seed)
    timelines = tuple(
        _timeline(number, playlist, stretches, request, canvas, library)
        for number, playlist in enumerate(playlists, start=1)
    )
    scores = similarities(playlists, stretches)
    manifests = tuple(
        _manifest(request, timeline, playlist, score)
        for timeline, playlist, score in zip(timelines, playlists, scores, strict=True)
    )
    return Compiled(
        timelines=timelines,
        manifests=manifests,
        # Each clip is a segment of its own, because variants play the same clips in other orders.
        share_segments=False,
        loudness=None if request.loudness == "off" else Loudness(**request.loudness.model_dump()),
    )


def unfit_assets(request: MixerRequest, library: Mapping[str, MediaFacts]) -> list[Problem]:
    """What is wrong with the assets for their places; those that are not in the library are passed over."""
    problems = []
    for number, clip in enumerate(request.clips):
        place = f"clips[{number}]"
        facts = library.get(f"{place}.asset")
        if facts and (problem := _not_a_video(place, clip, facts)):
            problems.append(problem)
    return problems + _not_a_soundtrack(request, library)


def _resolve(request: MixerRequest, library: Mapping[str, MediaFacts]) -> list[Shown]:
    unfit = unfit_assets(request, library)
    wrong: list[Problem] = []
    stretches = []
    for number, clip in enumerate(request.clips):
        place = f"clips[{number}]"
        facts = library[f"{place}.asset"]
        if facts.video and (problem := _outside(place, clip, facts.duration, request.frame_rate)):
            wrong.append(problem)
        out = facts.duration if clip.out is None else min(clip.out, facts.duration)
        fit = clip.fit or request.fit
        stretches.append(Shown(asset=facts.sha256, media_in=clip.in_, media_out=out, fit=fit))
    if unfit:
        raise BadMedia(*unfit, *wrong)
    if wrong:
        raise InvalidRequest(*wrong)
    return stretches


def _not_a_video(place: str, clip: Clip, facts: MediaFacts) -> Problem | None:
    if facts.video is None:
        return Problem(f"{place}.asset", f"{public_name(clip.asset)} has sound but no picture", "name a video here")
    if facts.still:
        return Problem(f"{place}.asset", f"{public_name(clip.asset)} is a still image", "a mixer's clips are videos")
    return None


def _not_a_soundtrack(request: MixerRequest, library: Mapping[str, MediaFacts]) -> list[Problem]:
    facts = library.get("audio.soundtrack")
    if not isinstance(request.audio, Soundtrack) or not facts:
        return []
    asset = public_name(request.audio.soundtrack)
    if facts.audio is None:
        return [Problem("audio.soundtrack", f"{asset} has no sound", "name a file with an audio stream")]
    if request.audio.in_ >= facts.audio.duration:
        seconds = float(facts.audio.duration)
        return [Problem("audio.in", f"{float(request.audio.in_):g} s is past the end of {asset} ({seconds:.3f} s)")]
    return []


def _outside(place: str, clip: Clip, duration: Fraction, rate: Fraction) -> Problem | None:
    """A frame of tolerance at the end: people read durations rounded up."""
    length = f"{public_name(clip.asset)} lasts {float(duration):.3f} s"
    if clip.in_ >= duration:
        return Problem(f"{place}.in", f"{float(clip.in_):g} s is past the end: {length}", "begin earlier")
    if clip.out is not None and clip.out > duration + 1 / rate:
        return Problem(
            f"{place}.out", f"{float(clip.out):g} s is past the end: {length}", "end earlier, or leave it out"
        )
    return None


def _refuse_too_many(request: MixerRequest, choice: Choice) -> None:
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
    raise InvalidRequest.at(
        "variants",
        f"{request.variants} distinct variants were asked for; these clips and options give at most {capacity}",
        f"ask for {capacity} or fewer{more}",
    )


def _timeline(
    number: int,
    playlist: Playlist,
    stretches: list[Shown],
    request: MixerRequest,
    canvas: Canvas,
    library: Mapping[str, MediaFacts],
) -> Timeline:
    area = Area(x=0, y=0, width=canvas.width, height=canvas.height)
    clips = []
    start = 0
    for place, speed in zip(playlist.places, playlist.speeds, strict=True):
        shown = stretches[place]
        frames = max(1, frames_in((shown.media_out - shown.media_in) / speed, canvas.rate))
        stretch = Stretch(media_in=shown.media_in, frames=frames, speed=speed)
        clip = PictureClip(
            content=VideoContent(asset=shown.asset, stretches=(stretch,)),
            start=start,
            frames=frames,
            area=area,
            framing=Framing(fit=shown.fit),
            place=f"clips[{place}]",
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
        return looped(request.audio, library["audio.soundtrack"], frames, rate)
    with_sound = {facts.sha256 for facts in library.values() if facts.audio}
    return tuple(sound for clip in clips for sound in sounds_of(clip) if sound.asset in with_sound)


def _manifest(
    request: MixerRequest, timeline: Timeline, playlist: Playlist, score: tuple[float, int | None]
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
                "clip": place,
                "place": clip.place,
                "name": public_name(request.clips[place].asset),
                "asset": sound.asset,
                "in": round(float(sound.media_in), 6),
                "speed": float(sound.speed),
                "start_frame": sound.start,
                "frames": sound.frames,
            }
            for place, clip in zip(playlist.places, timeline.pictures[0].clips, strict=True)
            for sound in sounds_of(clip)
        ],
        "similarity": similarity,
        "most_similar": None if nearest is None else f"variant-{nearest + 1:03d}",
    }
