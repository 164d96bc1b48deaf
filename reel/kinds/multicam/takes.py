"""The takes of a multicam: what is seen and heard when, as switches, cuts or an edit list decide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from reel import edl
from reel.errors import Problem
from reel.kinds.multicam.clocks import SourceClock, ranges_shown
from reel.kinds.multicam.request import MulticamRequest
from reel.media import MediaFacts
from reel.time import SAMPLE_RATE, frames_in, round_half_up
from reel.timeline import MediaRange
from reel.values import Value, public_name
from reel.words import nearest


class Take(Value):
    """A stretch of the output: what is seen and what is heard, in whole frames."""

    start: int
    frames: int
    source: int
    stretches: tuple[MediaRange, ...]
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


def takes_of(
    request: MulticamRequest, facts: list[MediaFacts], clocks: list[SourceClock], leading: SourceClock, rate: Fraction
) -> tuple[list[Take], list[Problem]]:
    """The takes in order, on the clock of the source that is `leading`, and all that is wrong with what decides them."""
    if request.switches:
        return _by_switches(request, facts, clocks, leading, rate)
    problems: list[Problem] = []
    stretches = list(_of_list(request, rate, problems) if request.edl else _of_cuts(request, problems))
    takes = _by_cuts(request, stretches, facts, clocks, rate, problems)
    return takes, list(dict.fromkeys(problems))


class SourceRange(Value):
    """A stretch of a source in its own seconds, as a cut or an edit list asks for it."""

    source: int
    begin: Fraction
    end: Fraction
    place: str
    begins: str
    ends: str
    """The fields of its begin and its end."""


def _of_cuts(request: MulticamRequest, problems: list[Problem]) -> Iterator[SourceRange]:
    for number, cut in enumerate(request.cuts or ()):
        place = f"cuts[{number}]"
        source = _number(request, cut.source, f"{place}.source", problems)
        if source is not None:
            yield SourceRange(
                source=source, begin=cut.in_, end=cut.out, place=place, begins=f"{place}.in", ends=f"{place}.out"
            )


def _of_list(request: MulticamRequest, rate: Fraction, problems: list[Problem]) -> Iterator[SourceRange]:
    for event in edl.read_events(request.edl or "", rate):
        source = request.source_by_file(event.source)
        if source is None:
            files = ", ".join(each.name or public_name(each.asset).rsplit("/", 1)[-1] for each in request.sources)
            problems.append(
                Problem(event.place, f"is of {event.source!r}, which is no source", f"the sources are {files}")
            )
            continue
        try:
            zero = edl.timecode_seconds(request.sources[source].start_timecode, rate)
        except ValueError as error:
            problems.append(Problem(f"sources[{source}].start_timecode", str(error)))
            continue
        begin, end = event.begin - zero, event.end - zero
        if begin < 0:
            early = f"begins {in_seconds(-begin)} before its source"
            problems.append(Problem(event.place, early, f"check sources[{source}].start_timecode"))
            continue
        yield SourceRange(source=source, begin=begin, end=end, place=event.place, begins=event.place, ends=event.place)


def _by_cuts(
    request: MulticamRequest,
    stretches: Sequence[SourceRange],
    facts: list[MediaFacts],
    clocks: list[SourceClock],
    rate: Fraction,
    problems: list[Problem],
) -> list[Take]:
    takes: list[Take] = []
    heard = _heard_throughout(request, problems)
    for wanted in stretches:
        duration = facts[wanted.source].duration
        if wanted.end <= wanted.begin:
            what = f"{in_seconds(wanted.end)} is not after its begin, {in_seconds(wanted.begin)}"
            problems.append(Problem(wanted.ends, what, "end later"))
        elif wanted.end > duration + 1 / rate:
            what = f"{in_seconds(wanted.end)} is past the end: the source lasts {in_seconds(duration)}"
            problems.append(Problem(wanted.ends, what, "end earlier"))
            if wanted.begin >= duration and wanted.begins != wanted.ends:
                what = f"{in_seconds(wanted.begin)} is past the end: the source lasts {in_seconds(duration)}"
                problems.append(Problem(wanted.begins, what, "begin earlier"))
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
                    stretches=(MediaRange(media_in=first / rate, frames=end - first),),
                    audio=audio,
                    audio_in=sounding.second(seen.moment(first / rate)),
                    audio_clock=sounding.pace / seen.pace,
                    place=wanted.place,
                )
            )
    return takes


def _by_switches(
    request: MulticamRequest, facts: list[MediaFacts], clocks: list[SourceClock], leading: SourceClock, rate: Fraction
) -> tuple[list[Take], list[Problem]]:
    switches = request.switches or ()
    problems: list[Problem] = []
    ends = [_end(request, facts, clocks, number) for number in range(len(switches))]
    # At a frame of the source whose clock is the project's, so that its pictures are in time with all sound.
    begin = leading.start + frames_in(switches[0].at - leading.start, rate) / rate
    takes: list[Take] = []
    throughout = _heard_throughout(request, problems)
    for number, switch in enumerate(switches):
        place = f"switches[{number}]"
        source = _number(request, switch.source, f"{place}.source", problems)
        as_seen = switch.audio is None and request.audio_source is None
        audio = source if as_seen else throughout
        if switch.audio is not None:
            audio = _number(request, switch.audio, f"{place}.audio", problems)
        if ends[number] <= switch.at:
            what = "the switch after it" if number + 1 < len(switches) else "the end"
            problems.append(
                Problem(f"{place}.at", f"{in_seconds(switch.at)} is not before {what}, {in_seconds(ends[number])}")
            )
            continue
        if source is None:
            continue
        problems += _outside(place, switch.at, ends[number], facts[source], clocks[source], rate)
        first = max(0, frames_in(switch.at - begin, rate))
        end = frames_in(ends[number] - begin, rate)
        if end <= first or audio is None:
            continue  # nearer to the next one than half a frame: never seen; or its sound is refused
        if as_seen:
            take = _cut(clocks[source], begin, rate, first, end)
        else:
            take = _under(clocks[audio], clocks[source], begin, rate, first, end)
        takes.append(Take(start=first, frames=end - first, source=source, audio=audio, place=place, **take))
    return takes, list(dict.fromkeys(problems))


def _cut(clock: SourceClock, begin: Fraction, rate: Fraction, first: int, end: int) -> dict[str, Any]:
    """Of a take: a plain cut, from where the source is at that moment. Its picture and sound go by one clock."""
    media_in = clock.second(begin + first / rate)
    return {"stretches": (MediaRange(media_in=media_in, frames=end - first),), "audio_in": media_in}


def _under(
    heard: SourceClock, seen: SourceClock, begin: Fraction, rate: Fraction, first: int, end: int
) -> dict[str, Any]:
    """Of a take: a camera's pictures under the sound of a source that goes on unbroken from take to take."""
    stretches = tuple(ranges_shown(seen, begin, rate, first, end))
    return {"stretches": stretches, "audio_in": _heard(heard, begin, first / rate), "audio_clock": heard.pace}


def _heard(clock: SourceClock, begin: Fraction, passed: Fraction) -> Fraction:
    """The second of a sound so many seconds after the begin of the project: by whole samples on the project's clock, or takes
    that follow one another would not meet at one."""
    lead = Fraction(round_half_up((begin - clock.start) * SAMPLE_RATE), SAMPLE_RATE)
    return (passed + lead) * clock.pace


def _end(request: MulticamRequest, facts: list[MediaFacts], clocks: list[SourceClock], number: int) -> Fraction:
    """When a switch's stretch ends: at the next one, at the request's end, or with its source."""
    switches = request.switches or ()
    if number + 1 < len(switches):
        return switches[number + 1].at
    if request.end is not None:
        return request.end
    source = request.source_number(switches[number].source)
    return clocks[source].moment(facts[source].duration) if source is not None else switches[number].at + 1


def _outside(
    place: str, begin: Fraction, end: Fraction, facts: MediaFacts, clock: SourceClock, rate: Fraction
) -> list[Problem]:
    """Where a source does not run while it should be seen; a frame of tolerance at both ends."""
    start, stop = clock.start, clock.moment(facts.duration)
    runs = f"the source runs from {in_seconds(start)} to {in_seconds(stop)} of the project"
    if begin < start - 1 / rate or begin >= stop:
        return [
            Problem(
                f"{place}.at",
                f"at {in_seconds(begin)} the source is not running: {runs}",
                "switch elsewhere, or check its `sync_offset`",
            )
        ]
    if end > stop + 1 / rate:
        return [
            Problem(f"{place}.source", f"is needed until {in_seconds(end)}: {runs}", "switch away before, or set `end`")
        ]
    return []


def _heard_throughout(request: MulticamRequest, problems: list[Problem]) -> int | None:
    return None if request.audio_source is None else _number(request, request.audio_source, "audio_source", problems)


def _number(request: MulticamRequest, source: int | str, place: str, problems: list[Problem]) -> int | None:
    number = request.source_number(source)
    if number is None:
        names = [*dict.fromkeys(each.name for each in request.sources if each.name)]
        last = len(request.sources) - 1
        known = (f"0 to {last}" if last else "0") + (f", or {', '.join(map(repr, names))}" if names else "")
        near = nearest(source, names) if isinstance(source, str) else ""
        remedy = f"did you mean {near!r}?" if near else f"use {known}"
        problems.append(Problem(place, f"{source!r} is not a source", remedy))
    return number


def in_seconds(value: Fraction) -> str:
    """`2.500 s`, `3 s`."""
    return f"{float(value):.3f} s".replace(".000 s", " s")
