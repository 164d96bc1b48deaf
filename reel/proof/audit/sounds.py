"""Parts of a planned soundtrack against the sounds of a timeline."""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

from reel.curves import value_at
from reel.media import MediaFacts
from reel.plan.operations import AnyOperation, Decode, Reclock, SoundMix, TimeStretch
from reel.plan.operations.sounds import SoundPart
from reel.time import SAMPLE_RATE, sample_at
from reel.timeline import SoundClip, SoundTrack, Timeline

PLACE_SECONDS = Fraction(1, 1000)
"""How far the moment of a sound may lie off."""
GAIN_DB = 0.1
"""How far a volume may lie off, where its curve is drawn by straight lines."""
SILENT_DB = -90.0
SAMPLES = 7
"""Places at which a volume is compared."""

Wrong = tuple[int, str, str]
"""Frame, the clip's place in the request, and what is wrong."""


def wrong_sounds(
    mix: SoundMix,
    timeline: Timeline,
    window: tuple[int, int],
    operations: Mapping[str, AnyOperation],
    assets: Mapping[str, MediaFacts],
) -> Iterator[Wrong]:
    """What is wrong with a soundtrack of the frames of a window."""
    rate = timeline.canvas.rate
    begin, end = (sample_at(frame, rate) for frame in window)
    if mix.samples != end - begin:
        yield window[0], "", f"the sound has {mix.samples} samples, and should have {end - begin}"
    waiting = list(mix.parts)
    for run in runs_between(timeline, *window):
        clip = run.clip
        tried = [(part, wrong_part(part, run, begin, rate, operations, assets)) for part in waiting]
        fitting = next((part for part, wrong in tried if wrong is None), None)
        if fitting is not None:
            waiting.remove(fitting)
            continue
        at = sample_at(run.start, rate) - begin
        near = next((wrong for part, wrong in tried if part.at == at and wrong), None)
        near = near or next(
            (wrong for part, wrong in tried if wrong and _asset_of(part, operations) == clip.asset), None
        )
        yield max(run.start, window[0]), clip.place, near or "its sound is not planned"
    for part in waiting:
        frame = math.floor((part.at + begin) * rate / SAMPLE_RATE)
        yield frame, "", f"a sound of {part.samples} samples is planned that nothing asks for"


class PlannedRun(NamedTuple):
    """Some frames of a sound clip that run on without a jump."""

    clip: SoundClip
    start: int
    """Frame of the timeline."""
    end: int


def runs_between(timeline: Timeline, first: int, end: int) -> Iterator[PlannedRun]:
    """What sounds in some of the frames `[first, end)`, run by run."""
    for clip in heard_between(timeline, first, end):
        length = clip.period or clip.frames
        for start in range(clip.start, clip.end, length):
            until = min(start + length, clip.end)
            if start < end and until > first:
                yield PlannedRun(clip, start, until)


def heard_between(timeline: Timeline, first: int, end: int) -> tuple[SoundClip, ...]:
    """The clips that sound in some of the frames `[first, end)`, in the order in which they begin."""
    clips = [clip for track in timeline.tracks if isinstance(track, SoundTrack) for clip in track.clips]
    return tuple(sorted((each for each in clips if each.start < end and each.end > first), key=lambda each: each.start))


def sounds_slice(timeline: Timeline, window: tuple[int, int]) -> Timeline:
    """What is heard of a timeline in some frames, counted from the first of them. Gains and fades go with their clip."""
    clips = tuple(
        clip.model_copy(update={"start": clip.start - window[0]}) for clip in heard_between(timeline, *window)
    )
    tracks = (SoundTrack(clips=clips),) if clips else ()
    return timeline.model_copy(update={"frames": window[1] - window[0], "tracks": tracks, "background": "#000000"})


def wrong_part(
    part: SoundPart,
    run: PlannedRun,
    begin: int,
    rate: Fraction,
    operations: Mapping[str, AnyOperation],
    assets: Mapping[str, MediaFacts],
) -> str | None:
    """What is wrong with a part that shall sound a run of a clip; null where nothing is."""
    clip = run.clip
    at, until = sample_at(run.start, rate) - begin, sample_at(run.end, rate) - begin
    if (part.at, part.at + part.samples) != (at, until):
        return f"it is planned for the samples {part.at} to {part.at + part.samples}, and asked for at {at} to {until}"
    if wrong := _wrong_source(part, clip, operations, assets):
        return wrong
    passed, left = at + begin - sample_at(clip.start, rate), sample_at(clip.end, rate) - begin - until
    if (clip.fade_in and part.before != passed) or (clip.fade_out and part.after != left):
        return f"it fades as if {part.before} samples came before and {part.after} after, not {passed} and {left}"
    for name, planned, frames in (("in", part.fade_in, clip.fade_in), ("out", part.fade_out, clip.fade_out)):
        if abs(planned - frames * SAMPLE_RATE / rate) > 1:
            return f"it fades {name} over {planned} samples, and asked for are {frames} frames"
    return _wrong_gain(part, run, rate)


def _wrong_source(
    part: SoundPart, clip: SoundClip, operations: Mapping[str, AnyOperation], assets: Mapping[str, MediaFacts]
) -> str | None:
    made = operations[part.sound]
    seconds, speed = Fraction(part.first, SAMPLE_RATE), Fraction(1)
    if isinstance(made, TimeStretch):
        speed = made.speed
        seconds = Fraction(made.first, SAMPLE_RATE) + (seconds - Fraction(made.margin, SAMPLE_RATE)) * speed
        made = operations[made.sound]
    clock = made.clock if isinstance(made, Reclock) else Fraction(1)
    if clock != clip.clock:
        return f"it is put on a clock of {float(clock):.6f}, and asked for on one of {float(clip.clock):.6f}"
    if isinstance(made, Reclock):
        seconds *= clock
        made = operations[made.sound]
    if not isinstance(made, Decode):
        return f"a {made.operation} is planned as its sound"
    facts = assets[clip.asset]
    track = facts.sound(clip.stream)
    if made.source.asset != clip.asset or track is None or made.source.stream != track.index:
        return f"another sound is planned ({made.source.asset[:12]}, stream {made.source.stream})"
    if speed != clip.speed:
        return f"it is planned at {float(speed):g}x, and asked for at {float(clip.speed):g}x"
    off = made.zero + seconds - (facts.zero + clip.media_in)
    if abs(off) > PLACE_SECONDS:
        return f"it is planned to begin {float(off) * 1000:+.1f} ms off its moment of the file"
    return None


def _wrong_gain(part: SoundPart, run: PlannedRun, rate: Fraction) -> str | None:
    """The first place at which the volume is another than it should be; jumps are passed over."""
    clip, length = run.clip, run.end - run.start
    for frame in sorted({length * sample // SAMPLES for sample in range(SAMPLES)}):
        age = run.start - clip.start + frame
        around = [value_at(clip.gain_db, age + off) for off in (-1, 0, 1)]
        if max(around) - min(around) > 1:
            continue
        planned, asked = _db(_gain_at(part, frame * SAMPLE_RATE / rate)), value_at(clip.gain_db, age)
        if max(planned, asked) > SILENT_DB and abs(planned - asked) > GAIN_DB:
            return f"its volume is {planned:.2f} dB at its frame {age}, and asked for as {asked:.2f} dB"
    return None


def _gain_at(part: SoundPart, sample: Fraction) -> float:
    keys = part.gain
    place = bisect.bisect_right([key.sample for key in keys], sample)
    if place == 0:
        return keys[0].gain
    if place == len(keys):
        return keys[-1].gain
    before, after = keys[place - 1], keys[place]
    share = float((sample - before.sample) / (after.sample - before.sample))
    return before.gain + (after.gain - before.gain) * share


def _db(gain: float) -> float:
    return 20 * math.log10(gain) if gain > 0 else -120.0


def _asset_of(part: SoundPart, operations: Mapping[str, AnyOperation]) -> str:
    made = operations[part.sound]
    while isinstance(made, TimeStretch | Reclock):
        made = operations[made.sound]
    return made.source.asset if isinstance(made, Decode) else ""
