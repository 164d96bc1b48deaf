"""What a mixer mixes: the clips of its request, and of those that are split, each scene."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction

from reel.errors import InvalidRequest, Problem
from reel.findings import Scenes
from reel.kinds.faults import Faults
from reel.kinds.mixer.request import MOST_CLIPS, MixerRequest
from reel.media import Library, MediaFacts
from reel.presets import Fit
from reel.request.parts import Clip, Soundtrack
from reel.values import Value, public_name


class Shown(Value):
    """A stretch of an asset, and how it is shown. Equal ones look the same."""

    asset: str
    media_in: Fraction
    media_out: Fraction
    fit: Fit


class SequencePart(Value):
    """One of the things that are put in order: a clip of the request, or a scene of one."""

    shown: Shown
    clip: int
    """Its place in the request's list, from 0."""
    scene: int | None = None
    """Which scene of the clip, from 1; null where the clip is not split, or has one."""

    @property
    def place(self) -> str:
        return f"clips[{self.clip}]" + (f" scene {self.scene}" if self.scene else "")

    def name(self, request: MixerRequest) -> str:
        """`holiday.mp4`, or of a scene: `holiday.mp4, 12.4 to 17.9 s`."""
        asset = public_name(request.clips[self.clip].asset)
        begin, end = float(self.shown.media_in), float(self.shown.media_out)
        return f"{asset}, {begin:.1f} to {end:.1f} s" if self.scene else asset


def parts_of(request: MixerRequest, library: Library, scenes: Mapping[str, Scenes]) -> tuple[SequencePart, ...]:
    """All parts, in the order of the request. Raises `InvalidRequest` or `BadMedia` with all problems at once."""
    faults_of_parts(request, library).refuse()
    parts = tuple(
        part
        for number, clip in enumerate(request.clips)
        for part in _parts(number, clip, request, library[f"clips[{number}].asset"], scenes)
    )
    if len(parts) > MOST_CLIPS:
        raise InvalidRequest(_too_many(request, parts))
    return parts


def unsplit(request: MixerRequest, parts: Sequence[SequencePart], scenes: Mapping[str, Scenes]) -> Iterator[str]:
    """Which clips were to be split and stay whole, and why."""
    for part in parts:
        clip = request.clips[part.clip]
        if clip.split and part.scene is None:
            found = scenes.get(f"clips[{part.clip}].asset", Scenes())
            begin, end = float(part.shown.media_in), float(part.shown.media_out)
            why = found.reason or f"no scene changes between {begin:.1f} and {end:.1f} s"
            yield f"{part.place}.split: {public_name(clip.asset)} stays one clip: {why}"


def _parts(
    number: int, clip: Clip, request: MixerRequest, facts: MediaFacts, scenes: Mapping[str, Scenes]
) -> Iterator[SequencePart]:
    out = facts.duration if clip.out is None else min(clip.out, facts.duration)
    found = scenes.get(f"clips[{number}].asset") if clip.split else None
    stretches = found.between(clip.in_, out) if found else ((clip.in_, out),)
    for order, (media_in, media_out) in enumerate(stretches, start=1):
        shown = Shown(asset=facts.sha256, media_in=media_in, media_out=media_out, fit=clip.fit or request.fit)
        yield SequencePart(shown=shown, clip=number, scene=order if len(stretches) > 1 else None)


def _too_many(request: MixerRequest, parts: Sequence[SequencePart]) -> Problem:
    longest = max(parts, key=lambda part: part.scene or 0)
    return Problem(
        f"{longest.place.partition(' ')[0]}.split",
        f"{public_name(request.clips[longest.clip].asset)} has {longest.scene} scenes here, and all clips together come to "
        f"{len(parts)}; {MOST_CLIPS} are the most",
        "take less of it (`in`, `out`), or do not split it",
    )


def faults_of_parts(request: MixerRequest, library: Library, unknown: Collection[str] = ()) -> Faults:
    """All that is wrong with single clips and their assets, as far as it can be said: without the assets that are not in the
    library, and without what is `unknown`."""
    wrong = [
        problem
        for number, clip in enumerate(request.clips)
        if (facts := library.get(f"clips[{number}].asset"))
        and facts.video
        and (problem := _outside(f"clips[{number}]", clip, facts.duration, request.frame_rate))
    ]
    return Faults.of(unfit_assets(request, library), wrong, unknown)


def unfit_assets(request: MixerRequest, library: Library) -> list[Problem]:
    """What is wrong with the assets for their places; those that are not in the library are passed over."""
    problems = []
    for number, clip in enumerate(request.clips):
        place = f"clips[{number}]"
        facts = library.get(f"{place}.asset")
        if facts and (problem := _not_a_video(place, clip, facts)):
            problems.append(problem)
    return problems + _not_a_soundtrack(request, library)


def _not_a_video(place: str, clip: Clip, facts: MediaFacts) -> Problem | None:
    if facts.video is None:
        return Problem(f"{place}.asset", f"{public_name(clip.asset)} {facts.without_picture}", "name a video here")
    if facts.still:
        return Problem(f"{place}.asset", f"{public_name(clip.asset)} is a still image", "a mixer's clips are videos")
    return None


def _not_a_soundtrack(request: MixerRequest, library: Library) -> list[Problem]:
    facts = library.get("audio.soundtrack")
    if not isinstance(request.audio, Soundtrack) or not facts:
        return []
    asset = public_name(request.audio.soundtrack)
    if facts.audio is None:
        return [Problem("audio.soundtrack", f"{asset} {facts.without_sound}", "name a file with an audio stream")]
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
