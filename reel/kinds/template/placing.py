"""Where the clips of a template lie on the timeline, and what is wrong with that.

Seconds become frames once, from the begin of the timeline, so that clips that meet in seconds meet in frames, at any rate.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from reel.errors import Problem
from reel.kinds.template.layers import AudioLayer, LayerTrack, VideoLayer
from reel.kinds.template.request import AnyLayer, TemplateRequest
from reel.media import Library, MediaFacts
from reel.request.places import lies_in
from reel.time import frames_in
from reel.values import public_name

MOST_TURNS = 5000
"""Of a loop: each is a stretch of its own in the plan."""


@dataclass(frozen=True)
class Placed:
    """A clip with its range of frames on the timeline."""

    layer: AnyLayer
    place: str
    start: int
    frames: int
    overlap: int = 0
    """Over how many of its first frames the clip before it is seen as well."""

    @property
    def end(self) -> int:
        return self.start + self.frames


def media_seconds(layer: VideoLayer | AudioLayer, facts: MediaFacts) -> Fraction:
    """How long the asset lasts for a clip of this type, from the moment that its `in` counts from."""
    if isinstance(layer, AudioLayer):
        assert facts.audio
        return facts.audio.duration
    return facts.duration


def turn_seconds(layer: VideoLayer | AudioLayer, facts: MediaFacts) -> Fraction:
    """Seconds of the timeline that playing from `in` to `out` takes."""
    lasts = media_seconds(layer, facts)
    end = lasts if layer.out is None else min(layer.out, lasts)
    return (end - layer.in_) / layer.speed


def outside_media(place: str, layer: AnyLayer, facts: MediaFacts | None, rate: Fraction) -> Iterator[Problem]:
    """Where a clip asks for more than its asset has. A frame more is forgiven: the last one stays."""
    if facts is None or not isinstance(layer, VideoLayer | AudioLayer):
        return
    lasts = media_seconds(layer, facts)
    length = f"{public_name(layer.asset)} lasts {float(lasts):.3f} s"
    if isinstance(layer, VideoLayer) and layer.freeze is not None:
        if layer.freeze >= lasts:
            yield Problem(f"{place}.freeze", f"{float(layer.freeze):g} s is past the end: {length}", "freeze earlier")
        return
    if layer.in_ >= lasts:
        yield Problem(f"{place}.in", f"{float(layer.in_):g} s is past the end: {length}", "begin earlier")
    elif layer.out is not None and layer.out > lasts + 1 / rate:
        yield Problem(f"{place}.out", f"{float(layer.out):g} s is past the end: {length}", "end earlier")
    elif not layer.loop and not isinstance(layer.duration, str):
        yield from _too_long(place, layer.duration, turn_seconds(layer, facts), rate)


def _too_long(place: str, seconds: Fraction, turn: Fraction, rate: Fraction) -> Iterator[Problem]:
    if seconds > turn + 1 / rate:
        yield Problem(
            f"{place}.duration",
            f"{float(seconds):g} s is longer than the {float(turn):g} s from in to out",
            "make it shorter, or set `loop`",
        )


def length_of(request: TemplateRequest, library: Library, rate: Fraction, unknown: Collection[str] = ()) -> int | None:
    """Frames of the whole: as asked for, or until the last clip ends that has an end of its own. Null where that depends on
    an asset that is not in the library, or on fields that are `unknown`."""
    if lies_in("duration", unknown):
        return None
    if request.duration != "auto":
        return max(1, frames_in(request.duration, rate))
    last = 1
    for number, track in enumerate(request.timeline.tracks):
        for layer, placed in zip(track.clips, placed_clips(track, number, 0, library, rate, unknown), strict=True):
            if placed is None:
                return None
            if not layer.lasts_to_the_end:
                last = max(last, placed.end)
    return last


def placed_clips(
    track: LayerTrack,
    number: int,
    total: int | None,
    library: Library,
    rate: Fraction,
    unknown: Collection[str] = (),
) -> Iterator[Placed | None]:
    """The clips of a track, in order, on a timeline of `total` frames; some may reach beyond its end.

    Null for those of which it cannot be said: as they depend on an asset that is not in the library, on fields that are
    `unknown`, or on a total that is.
    """
    clock, end = Fraction(0), 0
    lost = False
    for order, layer in enumerate(track.clips):
        place = f"timeline.tracks[{number}].clips[{order}]"
        transition = None if isinstance(layer, AudioLayer) else layer.transition
        seconds = transition.duration if transition and order else Fraction(0)
        lost = _starts_somewhere(layer, place, order, lost, unknown)
        begin = max(Fraction(0), clock - seconds) if layer.start == "auto" else layer.start
        left = None if total is None else Fraction(total) / rate - begin
        lasts = None if lost else _known_duration(layer, place, library.get(f"{place}.asset"), left, unknown)
        if lasts is None:
            lost = True
            yield None
            continue
        start = frames_in(begin, rate)
        overlap = _overlap(seconds, end - start, rate)
        clock = begin + lasts
        end = frames_in(clock, rate)
        if end <= start:  # too short for a frame: it has one, and what follows comes after that
            end = start + 1
            clock = end / rate
        yield Placed(layer, place, start, end - start, overlap)


def _starts_somewhere(layer: AnyLayer, place: str, order: int, lost: bool, unknown: Collection[str]) -> bool:
    """Whether it cannot be said when a clip begins; `lost`: nor when the one before it ends."""
    with_transition = order > 0 and lies_in(f"{place}.transition.duration", unknown)
    return lies_in(f"{place}.start", unknown) or (layer.start == "auto" and (lost or with_transition))


def _known_duration(
    layer: AnyLayer, place: str, facts: MediaFacts | None, left: Fraction | None, unknown: Collection[str]
) -> Fraction | None:
    """Seconds that a clip lasts; null where that cannot be said."""
    stretch = isinstance(layer, VideoLayer | AudioLayer)
    of_media = layer.duration == "media" or (isinstance(layer, AudioLayer) and not layer.loop)
    needed = (
        "duration",
        *(("in", "out", "speed", "freeze", "loop") if stretch and isinstance(layer.duration, str) else ()),
    )
    if any(lies_in(f"{place}.{name}", unknown) for name in needed):
        return None
    if layer.lasts_to_the_end:
        return None if left is None or (of_media and facts is None) else _duration(layer, facts, left)
    return None if layer.duration == "media" and facts is None else _duration(layer, facts, Fraction(0))


def _overlap(seconds: Fraction, shared: int, rate: Fraction) -> int:
    """Frames of a transition: those that the clips share, where rounding alone makes that a frame more or less."""
    frames = frames_in(seconds, rate)
    return shared if seconds and shared >= 0 and abs(shared - frames) <= 1 else frames


def _duration(layer: AnyLayer, facts: MediaFacts | None, left: Fraction) -> Fraction:
    """Seconds that a clip lasts, with so many left until the timeline ends."""
    if layer.lasts_to_the_end:
        stops = isinstance(layer, AudioLayer) and not layer.loop
        return min(left, turn_seconds(layer, facts)) if stops and facts else left  # type: ignore[arg-type]
    if layer.duration == "media":
        assert isinstance(layer, VideoLayer | AudioLayer)
        assert facts
        return turn_seconds(layer, facts)
    assert not isinstance(layer.duration, str)
    return layer.duration


def misplaced_clips(
    placed: list[Placed | None], total: int | None, library: Library, rate: Fraction
) -> Iterator[Problem]:
    """What is wrong with where the clips of a track lie, as far as that is known."""
    for before, clip in zip([None, *placed], placed, strict=False):
        if clip is None:
            continue
        if total is not None and clip.start >= total:
            yield _too_late(clip, total, rate)
            continue
        yield from _too_short_or_long(clip, library, rate)
        if before is not None and not isinstance(clip.layer, AudioLayer):  # sounds may lie over one another
            yield from _collision(before, clip, total, rate)


def _too_late(clip: Placed, total: int, rate: Fraction) -> Problem:
    """What is said of a clip that begins when all is over; who gave it no begin cannot make that earlier."""
    begins, ends = float(clip.start / rate), float(total / rate)
    remedy = "begin earlier" if clip.layer.start != "auto" else "shorten the clips before it, or make `duration` longer"
    return Problem(
        f"{clip.place}.start", f"is not before the end of the timeline, {ends:g} s, but {begins:g} s", remedy
    )


def _too_short_or_long(clip: Placed, library: Library, rate: Fraction) -> Iterator[Problem]:
    layer, facts = clip.layer, library.get(f"{clip.place}.asset")
    if not isinstance(layer.duration, str) and layer.duration < 1 / (2 * rate):
        yield Problem(f"{clip.place}.duration", "is less than half a frame", f"a frame lasts {float(1 / rate):.4f} s")
    if isinstance(layer, VideoLayer | AudioLayer) and layer.loop and facts:
        turns = clip.frames // turn_frames(layer, facts, rate)
        if turns > MOST_TURNS:
            yield Problem(f"{clip.place}.loop", f"begins again {turns} times", f"{MOST_TURNS} times are the most")
    if facts and isinstance(layer, VideoLayer) and layer.duration == "end" and not layer.loop and layer.freeze is None:
        yield from _too_long(clip.place, clip.frames / rate, turn_seconds(layer, facts), rate)


def _collision(before: Placed, clip: Placed, total: int | None, rate: Fraction) -> Iterator[Problem]:
    """Overlaps other than by a transition, and transitions for which there is no room."""
    shared = before.end - clip.start
    if clip.overlap and (clip.overlap >= clip.frames or clip.overlap + before.overlap > before.frames):
        yield Problem(
            f"{clip.place}.transition.duration",
            f"{float(clip.overlap / rate):g} s is too long for its clips, {float(before.frames / rate):g} s and "
            f"{float(clip.frames / rate):g} s",
            "make it shorter; a clip's two transitions must not overlap",
        )
    elif shared > clip.overlap:
        yield Problem(
            f"{clip.place}.start",
            f"overlaps the clip before it by {float(shared / rate):g} s",
            "begin later, set a transition of that length, or put it on another track",
        )
    elif clip.overlap and shared < clip.overlap:
        yield Problem(
            f"{clip.place}.start",
            "leaves no room for its transition: the clip before it ends too early",
            "begin by the transition's length before that clip ends, or leave `start` out",
        )
    elif total is not None and clip.start + clip.overlap > total:
        yield Problem(
            f"{clip.place}.transition.duration",
            f"is cut off by the end of the timeline, {float(total / rate):g} s",
            "make it shorter, or the timeline longer",
        )


def cut_off(clip: Placed, total: int) -> Placed:
    """The clip without what reaches beyond the end of the timeline."""
    return replace(clip, frames=min(clip.frames, total - clip.start))


def turn_frames(layer: VideoLayer | AudioLayer, facts: MediaFacts, rate: Fraction) -> int:
    """Whole frames from in to out: how long a loop is."""
    return max(1, math.floor(turn_seconds(layer, facts) * rate))
