"""From a multicam request to its timeline.

A source's `sync_offset` is the moment of the project at which the source begins, as the start of a clip on an editor's
timeline is: at the moment t of the project, one sees t - sync_offset of the source.

    project   0 ---------- 10 ---------- 20 s
    source 0  [0 --------- 10 ---------- 20)           sync_offset 0
    source 1        [0 ------- 7.5 --------- 17.5)     sync_offset 2.5
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from reel import edl
from reel.errors import BadMedia, InvalidRequest, Problem
from reel.media import Colour, MediaFacts, VideoFacts
from reel.plan.clocks import MOST_PPM, Clock, Offsets, clocks_of, drift_of, followed, place_of, warnings_of
from reel.plan.compiled import Compiled
from reel.plan.faults import Faults
from reel.plan.operations import Loudness
from reel.plan.smart import kept_look, why_not
from reel.presets import Canvas, Copying, Kept, canvas_size
from reel.request.multicam import MulticamRequest
from reel.request.parts import FRAME_RATES
from reel.request.places import lies_in
from reel.time import SAMPLE_RATE, frames_in, meant_rate, nearest_rate, round_half_up
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
from reel.words import nearest

Library = Mapping[str, MediaFacts]

MOST_TIMES = 5
"""By how many times a source's rate may be above or below a usual one to be taken for its multiple or its part."""


ENDLESS = VideoFacts(
    index=0,
    codec="",
    width=2,
    height=2,
    rate=Fraction(30),
    frames=0,
    start=Fraction(0),
    duration=Fraction(10**7),
    colour=Colour(),
    pixel_format="",
)
UNKNOWN = MediaFacts(sha256="", bytes=0, demuxer="", video=ENDLESS)
"""Stands for a source of which nothing is known: nothing is before its begin, and nothing past its end."""


class Take(Value):
    """A stretch of the output: what is seen and what is heard, in whole frames."""

    start: int
    frames: int
    source: int
    stretches: tuple[Stretch, ...]
    """Of the source's picture."""
    audio: int
    audio_in: Fraction
    audio_clock: Fraction = Fraction(1)
    """Seconds of the sound for one of the output."""
    place: str

    @property
    def media_in(self) -> Fraction:
        """Seconds into the source's picture (from `MediaFacts.zero`)."""
        return self.stretches[0].media_in


def compile_multicam(request: MulticamRequest, library: Library, offsets: Offsets) -> Compiled:
    """The one video of `request`. Raises `InvalidRequest` or `BadMedia` with all problems at once."""
    if problems := unfit_assets(request, library):
        raise BadMedia(*problems)
    facts = [library[f"sources[{number}].asset"] for number in range(len(request.sources))]
    shown = sorted(number for number in _seen(request) if number is not None)
    leading = _leading(request)
    canvas = _canvas(request, facts[leading])
    clocks = clocks_of(request, offsets, leading)
    takes, problems = _takes(request, facts, clocks, clocks[leading], canvas.rate)
    copying: Copying = "never" if request.mezzanine else request.copy_packets
    kept = kept_look([facts[number] for number in shown], canvas) if copying != "never" else None
    not_copied = _not_copied(shown, facts, canvas, kept) if copying != "never" else []
    if copying == "require":
        problems += [
            Problem(place, f"cannot be copied: {reason}", "set `copy` to auto") for place, reason in not_copied
        ]
    if not takes and not problems:
        field = "switches" if request.switches else "cuts" if request.cuts else "edl"
        problems.append(Problem(field, f"come to less than a frame, {_seconds(1 / canvas.rate)}", "make them longer"))
    if problems:
        raise InvalidRequest(*problems)
    timeline = Timeline(
        name="multicam",
        canvas=canvas,
        frames=takes[-1].start + takes[-1].frames,
        tracks=(
            PictureTrack(clips=tuple(_picture(take, facts, request, canvas) for take in takes)),
            SoundTrack(clips=tuple(_sound(take, facts) for take in takes if facts[take.audio].audio)),
        ),
    )
    loudness = None if request.loudness == "off" else Loudness(**request.loudness.model_dump())
    return Compiled(
        timelines=(timeline,),
        manifests=(_manifest(request, timeline, takes, offsets),),
        loudness=loudness,
        copying=copying,
        mezzanine=request.mezzanine,
        kept=kept,
        documents=(("multicam.otio", _otio(request, takes, canvas.rate)),),
        warnings=(
            *warnings_of(request, offsets),
            *(f"{place} is encoded again: {reason}" for place, reason in not_copied),
        ),
    )


def faults(request: MulticamRequest, library: Library, unknown: Collection[str] = ()) -> Faults:
    """All that is wrong, as far as it can be said before anything is listened to: without the assets that are not in the
    library, and without what depends on the fields that are `unknown`."""
    unfit = unfit_assets(request, library)
    doubtful = {*unknown, *(problem.place for problem in unfit)}
    facts, clocks = [], []
    for number, source in enumerate(request.sources):
        place, begin = f"sources[{number}]", source.sync_offset
        known = None if lies_in(f"{place}.asset", doubtful) else library.get(f"{place}.asset")
        told = request.switches is None or not lies_in(f"{place}.sync_offset", unknown)
        facts.append(known if known and told and (begin != "auto" or not request.switches) else UNKNOWN)
        clocks.append(Clock(start=-UNKNOWN.duration / 2 if facts[-1] is UNKNOWN or begin == "auto" else begin))
    leading = _leading(request)
    first = library.get(f"sources[{leading}].asset")
    rate = _canvas(request, first).rate if first and first.video else request.frame_rate or Fraction(30)
    decision = ("switches", "cuts", "edl", "end", *(f"sources[{number}].name" for number in range(len(facts))))
    if any(lies_in(place, unknown) for place in decision):
        return Faults.of(unfit, (), unknown)
    try:
        _, wrong = _takes(request, facts, clocks, clocks[leading], rate)
    except InvalidRequest as refused:
        wrong = [*refused.problems]
    return Faults.of(unfit, wrong, unknown)


def unfit_assets(request: MulticamRequest, library: Library) -> list[Problem]:
    """What is wrong with the assets for their places; those that are not in the library are passed over."""
    problems = []
    seen = _seen(request)
    for number, source in enumerate(request.sources):
        place = f"sources[{number}].asset"
        facts = library.get(place)
        if facts is None:
            continue
        if number in seen and (facts.video is None or facts.still):
            what = "is a still picture" if facts.still else facts.without_picture
            problems.append(
                Problem(place, f"{public_name(source.asset)} {what}", "name a video here, or use it for sound only")
            )
        if source.sync_offset == "auto" and facts.audio is None:
            problems.append(
                Problem(
                    f"sources[{number}].sync_offset",
                    f"{public_name(source.asset)} has no sound to sync by",
                    "give its seconds",
                )
            )
    first = library.get("sources[0].asset")
    if any(source.sync_offset == "auto" for source in request.sources[1:]) and first and first.audio is None:
        problems.append(Problem("sources[0].asset", "has no sound to sync the others by", "put one with sound first"))
    return problems


def wants_offsets(request: MulticamRequest) -> dict[str, tuple[str, str]]:
    """For each source that is to be synced by its sound: its field, the asset's, and that of the one to sync to."""
    return {
        f"sources[{number}].sync_offset": (f"sources[{number}].asset", "sources[0].asset")
        for number, source in enumerate(request.sources)
        if source.sync_offset == "auto" and number > 0
    }


def _seen(request: MulticamRequest) -> set[int | None]:
    if request.edl:
        return set(range(len(request.sources)))
    decisions = request.switches or request.cuts or ()
    return {request.source_number(decision.source) for decision in decisions}


def _leading(request: MulticamRequest) -> int:
    """The first source that is seen: its clock is the project's."""
    return min((number for number in _seen(request) if number is not None), default=0)


def _otio(request: MulticamRequest, takes: list[Take], rate: Fraction) -> str:
    """The decision as an OpenTimelineIO document, for editing programs."""
    events = [
        edl.Event(
            place=take.place,
            source=public_name(request.sources[take.source].asset),
            begin=take.media_in,
            end=take.media_in + take.frames / rate,
        )
        for take in takes
    ]
    return edl.to_otio("multicam", events, rate)


def _not_copied(
    shown: Sequence[int], facts: Sequence[MediaFacts], canvas: Canvas, kept: Kept | None
) -> list[tuple[str, str]]:
    """The sources whose packets cannot be copied, though they might be: their fields, and why."""
    reasons = {number: why_not(facts[number], canvas, kept) for number in shown}
    return [(f"sources[{number}].asset", reason) for number, reason in reasons.items() if reason]


def _canvas(request: MulticamRequest, first: MediaFacts) -> Canvas:
    """As asked for, else as the first source that is seen."""
    if first.video is None:  # nothing is seen of any source, which is told once all else that is wrong is known
        return Canvas(width=1280, height=720, rate=request.frame_rate or Fraction(30))
    width, height = (side // 2 * 2 for side in first.video.display_size)
    if request.aspect and request.resolution:
        width, height = canvas_size(request.aspect, request.resolution)
    return Canvas(width=width, height=height, rate=request.frame_rate or usual_rate(first.video.rate))


def usual_rate(rate: Fraction) -> Fraction:
    """The rate of a video whose first source has that rate: the same where it is one of `FRAME_RATES`.

    Of a rate that is a multiple or a part of one (15, 48, 120), that one, by the least factor: each frame is seen equally
    long. Of any other, as phones record them (29.83), the nearest.
    """
    usual = [Fraction(known) for known in FRAME_RATES]
    for factor in range(1, MOST_TIMES + 1):
        for times in (Fraction(1, factor), Fraction(factor)):
            if meant := meant_rate(rate * times, usual):
                return meant
    return nearest_rate(rate, usual)


def _takes(
    request: MulticamRequest, facts: list[MediaFacts], clocks: list[Clock], leading: Clock, rate: Fraction
) -> tuple[list[Take], list[Problem]]:
    if request.switches:
        return _by_switches(request, facts, clocks, leading, rate)
    problems: list[Problem] = []
    stretches = list(_of_list(request, rate, problems) if request.edl else _of_cuts(request, problems))
    takes = _by_cuts(request, stretches, facts, clocks, rate, problems)
    return takes, list(dict.fromkeys(problems))


class Wanted(Value):
    """A stretch of a source in its own seconds, as a cut or an edit list asks for it."""

    source: int
    begin: Fraction
    end: Fraction
    place: str
    ends: str
    """The field of its end."""


def _of_cuts(request: MulticamRequest, problems: list[Problem]) -> Iterator[Wanted]:
    for number, cut in enumerate(request.cuts or ()):
        place = f"cuts[{number}]"
        source = _number(request, cut.source, f"{place}.source", problems)
        if source is not None:
            yield Wanted(source=source, begin=cut.in_, end=cut.out, place=place, ends=f"{place}.out")


def _of_list(request: MulticamRequest, rate: Fraction, problems: list[Problem]) -> Iterator[Wanted]:
    for event in edl.read(request.edl or "", rate):
        source = request.source_by_file(event.source)
        if source is None:
            files = ", ".join(each.name or public_name(each.asset).rsplit("/", 1)[-1] for each in request.sources)
            problems.append(
                Problem(event.place, f"is of {event.source!r}, which is no source", f"the sources are {files}")
            )
            continue
        try:
            zero = edl.seconds_of(request.sources[source].start_timecode, rate)
        except ValueError as error:
            problems.append(Problem(f"sources[{source}].start_timecode", str(error)))
            continue
        begin, end = event.begin - zero, event.end - zero
        if begin < 0:
            early = f"begins {_seconds(-begin)} before its source"
            problems.append(Problem(event.place, early, f"check sources[{source}].start_timecode"))
            continue
        yield Wanted(source=source, begin=begin, end=end, place=event.place, ends=event.place)


def _by_cuts(
    request: MulticamRequest,
    stretches: Sequence[Wanted],
    facts: list[MediaFacts],
    clocks: list[Clock],
    rate: Fraction,
    problems: list[Problem],
) -> list[Take]:
    takes: list[Take] = []
    heard = None if request.audio_source is None else _number(request, request.audio_source, "audio_source", problems)
    for wanted in stretches:
        duration = facts[wanted.source].duration
        if wanted.end <= wanted.begin:
            what = f"{_seconds(wanted.end)} is not after its begin, {_seconds(wanted.begin)}"
            problems.append(Problem(wanted.ends, what, "end later"))
        elif wanted.end > duration + 1 / rate:
            what = f"{_seconds(wanted.end)} is past the end: the source lasts {_seconds(duration)}"
            problems.append(Problem(wanted.ends, what, "end earlier"))
        # Both ends are rounded alike, so that a source cut in two is as long as it was in one.
        first, end = frames_in(wanted.begin, rate), frames_in(wanted.end, rate)
        audio = wanted.source if heard is None else heard
        if end > first:
            # A cut runs on its source's own clock, and so does what is heard in it.
            seen, sounding = clocks[wanted.source], clocks[audio]
            takes.append(
                Take(
                    start=takes[-1].start + takes[-1].frames if takes else 0,
                    frames=end - first,
                    source=wanted.source,
                    stretches=(Stretch(media_in=first / rate, frames=end - first),),
                    audio=audio,
                    audio_in=sounding.second(seen.moment(first / rate)),
                    audio_clock=sounding.pace / seen.pace,
                    place=wanted.place,
                )
            )
    return takes


def _by_switches(
    request: MulticamRequest, facts: list[MediaFacts], clocks: list[Clock], leading: Clock, rate: Fraction
) -> tuple[list[Take], list[Problem]]:
    switches = request.switches or ()
    problems: list[Problem] = []
    ends = [_end(request, facts, clocks, number) for number in range(len(switches))]
    # At a frame of the source whose clock is the project's, so that its pictures are in time with all sound.
    begin = leading.start + frames_in(switches[0].at - leading.start, rate) / rate
    takes: list[Take] = []
    for number, switch in enumerate(switches):
        place = f"switches[{number}]"
        source = _number(request, switch.source, f"{place}.source", problems)
        heard = switch.audio if switch.audio is not None else request.audio_source
        audio = source if heard is None else _number(request, heard, f"{place}.audio", problems)
        if source is None or audio is None:
            continue
        if ends[number] <= switch.at:
            what = "the switch after it" if number + 1 < len(switches) else "the end"
            problems.append(
                Problem(f"{place}.at", f"{_seconds(switch.at)} is not before {what}, {_seconds(ends[number])}")
            )
            continue
        problems += _outside(place, switch.at, ends[number], facts[source], clocks[source], rate)
        first = max(0, frames_in(switch.at - begin, rate))
        end = frames_in(ends[number] - begin, rate)
        if end <= first:
            continue  # nearer to the next one than half a frame: never seen
        if heard is None:
            # A plain cut, from where the source is at that moment: its picture and sound go by one clock.
            media_in = clocks[source].second(begin + first / rate)
            stretches: tuple[Stretch, ...] = (Stretch(media_in=media_in, frames=end - first),)
            audio_in, audio_clock = media_in, Fraction(1)
        else:
            # A camera's pictures under the sound of a source that goes on unbroken from take to take.
            stretches = tuple(followed(clocks[source], begin, rate, first, end))
            audio_in, audio_clock = _heard(clocks[audio], begin, first / rate), clocks[audio].pace
        takes.append(
            Take(
                start=first,
                frames=end - first,
                source=source,
                stretches=stretches,
                audio=audio,
                audio_in=audio_in,
                audio_clock=audio_clock,
                place=place,
            )
        )
    return takes, list(dict.fromkeys(problems))


def _heard(clock: Clock, begin: Fraction, passed: Fraction) -> Fraction:
    """The second of a sound so many seconds after the begin of the project: by whole samples on the project's clock, or takes
    that follow one another would not meet at one."""
    lead = Fraction(round_half_up((begin - clock.start) * SAMPLE_RATE), SAMPLE_RATE)
    return (passed + lead) * clock.pace


def _end(request: MulticamRequest, facts: list[MediaFacts], clocks: list[Clock], number: int) -> Fraction:
    """When a switch's stretch ends: at the next one, at the request's end, or with its source."""
    switches = request.switches or ()
    if number + 1 < len(switches):
        return switches[number + 1].at
    if request.end is not None:
        return request.end
    source = request.source_number(switches[number].source)
    return clocks[source].moment(facts[source].duration) if source is not None else switches[number].at + 1


def _outside(
    place: str, begin: Fraction, end: Fraction, facts: MediaFacts, clock: Clock, rate: Fraction
) -> list[Problem]:
    """Where a source does not run while it should be seen; a frame of tolerance at both ends."""
    start, stop = clock.start, clock.moment(facts.duration)
    runs = f"the source runs from {_seconds(start)} to {_seconds(stop)} of the project"
    if begin < start - 1 / rate or begin >= stop:
        return [
            Problem(
                f"{place}.at",
                f"at {_seconds(begin)} the source is not running: {runs}",
                "switch elsewhere, or check its `sync_offset`",
            )
        ]
    if end > stop + 1 / rate:
        return [
            Problem(f"{place}.source", f"is needed until {_seconds(end)}: {runs}", "switch away before, or set `end`")
        ]
    return []


def _number(request: MulticamRequest, source: int | str, place: str, problems: list[Problem]) -> int | None:
    number = request.source_number(source)
    if number is None:
        names = ", ".join(repr(each.name) for each in request.sources if each.name)
        known = f"0 to {len(request.sources) - 1}" + (f", or {names}" if names else "")
        near = nearest(source, [each.name for each in request.sources if each.name]) if isinstance(source, str) else ""
        remedy = f"did you mean {near!r}?" if near else f"use {known}"
        problems.append(Problem(place, f"{source!r} is not a source", remedy))
    return number


def _picture(take: Take, facts: list[MediaFacts], request: MulticamRequest, canvas: Canvas) -> PictureClip:
    stretches = tuple(
        stretch.model_copy(update={"media_in": max(Fraction(0), stretch.media_in)}) for stretch in take.stretches
    )
    return PictureClip(
        content=VideoContent(asset=facts[take.source].sha256, stretches=stretches),
        start=take.start,
        frames=take.frames,
        area=Area(x=0, y=0, width=canvas.width, height=canvas.height),
        framing=Framing(fit=request.fit),
        place=take.place,
    )


def _sound(take: Take, facts: list[MediaFacts]) -> SoundClip:
    return SoundClip(
        asset=facts[take.audio].sha256,
        start=take.start,
        frames=take.frames,
        media_in=take.audio_in,
        clock=take.audio_clock,
        place=take.place,
    )


def _manifest(request: MulticamRequest, timeline: Timeline, takes: list[Take], offsets: Offsets) -> dict[str, Any]:
    rate = timeline.canvas.rate
    return {
        "name": timeline.name,
        "frames": timeline.frames,
        "seconds": round(float(timeline.frames / rate), 6),
        "sequence": [
            {
                "place": f"sources[{take.source}]",
                "name": request.sources[take.source].name or public_name(request.sources[take.source].asset),
                "in": round(float(take.media_in), 6),
                "start_frame": take.start,
                "frames": take.frames,
                "audio": take.audio,
            }
            for take in takes
        ],
        **({"sync": sync} if (sync := list(_sync(request, offsets))) else {}),
    }


def _sync(request: MulticamRequest, offsets: Offsets) -> Iterator[dict[str, Any]]:
    """What was found of the sources that were put in time by their sound."""
    for number, source in enumerate(request.sources):
        if found := offsets.get(place_of(number)):
            ppm = drift_of(request, offsets, number)
            yield {
                "place": f"sources[{number}]",
                "name": source.name or public_name(source.asset),
                "offset_seconds": round(float(found.seconds), 6),
                "confidence": found.confidence,
                "places": found.places,
                "drift_ppm": float(ppm),
                "corrected": abs(ppm) <= MOST_PPM,
            }


def _seconds(value: Fraction) -> str:
    return f"{float(value):.3f} s".replace(".000 s", " s")
