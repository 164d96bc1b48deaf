"""Edit decisions in the formats of others: CMX 3600 lists, and OpenTimelineIO, the only place that knows that library.

Both come to the same: stretches of sources, one after another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from reel.errors import InvalidRequest, Problem
from reel.request.parts import FRAME_RATES
from reel.time import Rational, meant_rate
from reel.values import Value

EVENT = re.compile(
    r"^(?P<number>\d{1,6})\s+(?P<reel>\S+)\s+(?P<track>\S+)\s+(?P<how>\S+)(?:\s+(?P<length>\d+))?"
    r"\s+(?P<source_in>[\d:;]+)\s+(?P<source_out>[\d:;]+)\s+(?P<record_in>[\d:;]+)\s+(?P<record_out>[\d:;]+)\s*$"
)
DROP = re.compile(r"^FCM:\s*(?P<non>NON)?[\s-]*DROP[\s-]*FRAME", re.IGNORECASE)
"""Frame code mode: how the timecodes of the events below it count, where they do not say so themselves by `;`."""
CLIP_NAME = re.compile(r"^\*\s*FROM CLIP NAME:\s*(?P<name>.+?)\s*$", re.IGNORECASE)


class Event(Value):
    """A stretch of a source."""

    place: str
    """What the list calls it, for errors."""
    source: str
    """Name of the source: a reel, a clip or a file."""
    begin: Rational
    """Seconds on the source's clock."""
    end: Rational


def read_events(text: str, rate: Fraction) -> list[Event]:
    """The picture's events of a CMX 3600 list or an OpenTimelineIO document. Raises `InvalidRequest`."""
    events = _read_otio(text) if text.lstrip().startswith("{") else _read_cmx(text, rate)
    if not events:
        raise InvalidRequest.at("edl", "holds no event of picture", "export it as CMX 3600, or as OpenTimelineIO")
    return events


DROPPING = (Fraction(30000, 1001), Fraction(60000, 1001))
"""The rates at which timecodes drop frames."""


def timecode_seconds(timecode: str, rate: Fraction, *, drop: bool = False) -> Fraction:
    """A timecode in seconds. `drop`, or `;` before the frames, means drop frame (SMPTE ST 12-1), which leaves out two numbers a
    minute at 29.97 and four at 59.94 frames a second, but not every tenth minute. Raises `ValueError`."""
    parts = re.fullmatch(r"(\d+):(\d+):(\d+)([:;])(\d+)", timecode)
    if parts is None:
        raise ValueError(f"{timecode!r} is not a timecode such as 01:00:00:00")
    hours, minutes, seconds, frames = (int(parts[group]) for group in (1, 2, 3, 5))
    nominal = round(rate)
    if frames >= nominal or seconds > 59 or minutes > 59:
        raise ValueError(f"{timecode!r} does not exist at {float(rate):g} frames a second")
    number = ((hours * 60 + minutes) * 60 + seconds) * nominal + frames
    if drop or parts[4] == ";":
        if rate not in DROPPING:
            raise ValueError(
                f"{timecode!r} drops frames, which is done at 29.97 and 59.94 frames a second, not {float(rate):g}"
            )
        left_out, whole = nominal // 15, hours * 60 + minutes
        if frames < left_out and seconds == 0 and minutes % 10:
            raise ValueError(f"{timecode!r} is one of the numbers that drop frame leaves out")
        number -= left_out * (whole - whole // 10)
    return number / rate


def _read_cmx(text: str, rate: Fraction) -> list[Event]:
    events: list[Event] = []
    problems: list[Problem] = []
    last: Fraction | None = None
    drop = False
    for line in text.splitlines():
        if mode := DROP.match(line.strip()):
            drop = mode["non"] is None
        if (named := CLIP_NAME.match(line)) and events:
            events[-1] = events[-1].model_copy(update={"source": named["name"]})
        found = EVENT.match(line.strip())
        if found is None or not found["track"].upper().startswith(("V", "B")):
            continue
        place = f"edl event {found['number']}"
        if found["how"].upper() != "C":
            problems.append(Problem(place, f"is a {found['how']}, not a cut", "only cuts are taken; replace it by one"))
        try:
            begin, end, at, until = (
                timecode_seconds(found[name], rate, drop=drop)
                for name in ("source_in", "source_out", "record_in", "record_out")
            )
        except ValueError as error:
            problems.append(Problem(place, str(error), "check the frame rate"))
            continue
        if last is not None and at != last:
            problems.append(Problem(place, "does not begin where the event before it ends", "fill the gap"))
        last = until
        events.append(Event(place=place, source=found["reel"], begin=begin, end=end))
    if problems:
        raise InvalidRequest(*problems)
    return events


def _read_otio(text: str) -> list[Event]:
    import opentimelineio as otio

    try:
        document: Any = otio.adapters.read_from_string(text, "otio_json")
        tracks = list(document.video_tracks())
    except (otio.exceptions.OTIOError, AttributeError, ValueError) as error:
        raise InvalidRequest.at("edl", f"is no OpenTimelineIO timeline: {error}", "export it again") from None
    if len(tracks) != 1:
        raise InvalidRequest.at("edl", f"has {len(tracks)} tracks of picture", "flatten it to one")
    events: list[Event] = []
    for number, item in enumerate(tracks[0], start=1):
        place = f"edl item {number}"
        if not isinstance(item, otio.schema.Clip):
            raise InvalidRequest.at(place, f"is a {item.schema_name().lower()}, not a clip", "only cuts are taken")
        shown, available = item.trimmed_range(), getattr(item.media_reference, "available_range", None)
        zero = _seconds(available.start_time) if available else Fraction(0)
        begin = _seconds(shown.start_time) - zero
        url = getattr(item.media_reference, "target_url", "") or item.name
        events.append(Event(place=place, source=url, begin=begin, end=begin + _seconds(shown.duration)))
    return events


def _seconds(time: Any) -> Fraction:
    """An OpenTimelineIO time, whose rate is a float, as an exact number of seconds. Programs write 23.976 or 29.97."""
    stated = Fraction(time.rate).limit_denominator(1001)
    rate = meant_rate(stated, [Fraction(known) for known in FRAME_RATES]) or stated
    return Fraction(time.value).limit_denominator(1001) / rate


def to_otio(name: str, events: Sequence[Event], rate: Fraction) -> str:
    """An OpenTimelineIO document of one track of picture, with the events' sources as media."""
    import opentimelineio as otio

    def range_of(begin: Fraction, length: Fraction) -> Any:
        start, duration = (otio.opentime.RationalTime(float(value * rate), float(rate)) for value in (begin, length))
        return otio.opentime.TimeRange(start, duration)

    track = otio.schema.Track(name="picture", kind=otio.schema.TrackKind.Video)
    for event in events:
        media = otio.schema.ExternalReference(target_url=event.source)
        clip = otio.schema.Clip(event.place, media, range_of(event.begin, event.end - event.begin))
        track.append(clip)
    timeline = otio.schema.Timeline(name)
    timeline.tracks.append(track)
    document = json.loads(otio.adapters.write_to_string(timeline, "otio_json"))
    return json.dumps(document, indent=2)


def to_cmx(name: str, events: Sequence[Event], rate: Fraction) -> str:
    """A CMX 3600 list of cuts, one event after another, each with its source's name; timecodes do not drop frames."""
    lines = [f"TITLE: {name}", "FCM: NON-DROP FRAME", ""]
    at = Fraction(0)
    for number, event in enumerate(events, start=1):
        until = at + event.end - event.begin
        codes = " ".join(_timecode(seconds, rate) for seconds in (event.begin, event.end, at, until))
        lines += [f"{number:03d}  AX       V     C        {codes}", f"* FROM CLIP NAME: {event.source}"]
        at = until
    return "\n".join(lines) + "\n"


def _timecode(seconds: Fraction, rate: Fraction) -> str:
    nominal, number = round(rate), round(seconds * rate)
    whole, frames = divmod(number, nominal)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}:{frames:02d}"
