"""Edit decisions in the formats of others: CMX 3600 lists, and OpenTimelineIO; the only place that knows its library, to write.

Both come to the same: stretches of sources, one after another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from reel.errors import InvalidRequest, Problem
from reel.limits import USUAL
from reel.request.bounds import require_small
from reel.request.parts import FRAME_RATES
from reel.request.read import read_json
from reel.time import Rational, as_fraction, meant_rate
from reel.values import Value
from reel.words import shortened

EVENT = re.compile(
    r"^(?P<number>\d{1,6})\s+(?P<reel>\S+)\s+(?P<track>\S+)\s+(?P<how>\S+)(?:\s+(?P<length>\d+))?"
    r"\s+(?P<source_in>[\d:;]+)\s+(?P<source_out>[\d:;]+)\s+(?P<record_in>[\d:;]+)\s+(?P<record_out>[\d:;]+)\s*$"
)
DROP = re.compile(r"^FCM:[\s-]*(?:(?P<non>NON)[\s-]*)?DROP[\s-]*FRAME", re.IGNORECASE)
"""Frame code mode: how the timecodes of the events below it count, where they do not say so themselves by `;`."""
CLIP_NAME = re.compile(r"^\*\s*FROM CLIP NAME:\s*(?P<name>\S.*)", re.IGNORECASE)
SPEED = re.compile(r"^M2\s+(?:\S+\s+)?(?P<rate>[+-]?\d+(?:\.\d+)?)\s+[\d:;]+\s*$", re.IGNORECASE)
"""Motion memory: how many frames in a second the event above it plays; 0 holds one, below that is backwards."""
ROUNDED = Fraction(2, 1000)
"""How far a speed that lists round may be off the rate: they write 24 for 23.976."""
FILE_NAME = re.compile(r"[^\n]+\.(?:edl|otio|txt|xml|json)", re.IGNORECASE)
LIKE_AN_EVENT = re.compile(r"^(?P<number>\d{1,6})\s.*\d\d\D\d\d\D\d\d\D\d\d\s*$")


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
    if not events and FILE_NAME.fullmatch(text.strip()):
        raise InvalidRequest.at(
            "edl", f"is the name of a file, {shortened(text.strip(), 80)!r}", "write the text in it here"
        )
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
    below: Event | None = None  # the event of picture whose notes follow; none behind one of sound, which has its own
    for line in map(str.strip, text.splitlines()):
        if mode := DROP.match(line):
            drop = mode["non"] is None
        if (named := CLIP_NAME.match(line)) and below:
            events[-1] = below = below.model_copy(update={"source": named["name"].rstrip()})
        if (speed := SPEED.match(line)) and below and abs(Fraction(speed["rate"]) / rate - 1) > ROUNDED:
            what = f"plays at {speed['rate']} frames a second (M2), not at {float(rate):g}"
            problems.append(
                Problem(below.place, what, "only the speed of the source is taken; render it to a file first")
            )
        found = EVENT.match(line)
        if found is None:
            if like := LIKE_AN_EVENT.match(line):
                problems.append(Problem(f"edl event {like['number']}", "cannot be read", "write it as CMX 3600 does"))
            continue
        below = None
        if not _shows_picture(found["track"]):
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
        below = Event(place=place, source=found["reel"], begin=begin, end=end)
        events.append(below)
    if problems:
        raise InvalidRequest(*problems)
    return events


def _shows_picture(channels: str) -> bool:
    """Whether an event is of picture, by itself (`V`) or with sound (`B`, `A/V`, `A2/V`, `AA/V`)."""
    return "V" in channels.upper() or channels.upper().startswith("B")


def _read_otio(text: str) -> list[Event]:
    """The clips of the one track of picture, by the format itself (opentimelineio.readthedocs.io, "File Format"): the library's
    own parser is C++ that ends the process where a document is nested deeply."""
    document = read_json(text, "edl", '{"OTIO_SCHEMA": "Timeline.1", ...}', USUAL.edl_characters)
    require_small(document, USUAL.model_copy(update={"text_characters": USUAL.edl_characters, "clips": USUAL.values}))
    children = _entries(_part(document, "tracks"), "children")
    if _schema(document) != "Timeline":
        raise InvalidRequest.at(
            "edl", f"is no OpenTimelineIO timeline: it is a {_schema(document) or 'document'}", AGAIN
        )
    tracks = [each for each in children if _schema(each) == "Track" and each.get("kind") == "Video"]
    if len(tracks) != 1:
        raise InvalidRequest.at("edl", f"has {len(tracks)} tracks of picture", "flatten it to one")
    return [_clip(f"edl item {number}", item) for number, item in enumerate(_entries(tracks[0], "children"), start=1)]


AGAIN = "export it again"


def _clip(place: str, item: Any) -> Event:
    if _schema(item) != "Clip":
        raise InvalidRequest.at(place, f"is a {_schema(item).lower() or 'thing'}, not a clip", "only cuts are taken")
    # Of version 2 a clip may have several media, by name.
    several, active = _part(item, "media_references"), item.get("active_media_reference_key", "DEFAULT_MEDIA")
    media = _part(several, active) if several else _part(item, "media_reference")
    available = _part(media, "available_range")
    shown = _part(item, "source_range") or available
    if not shown:
        raise InvalidRequest.at(place, "has neither a range of its own nor one of its media", AGAIN)
    zero = _seconds(place, available, "start_time") if available else Fraction(0)
    begin = _seconds(place, shown, "start_time") - zero
    source = media.get("target_url") or item.get("name")
    if not isinstance(source, str) or not source:
        raise InvalidRequest.at(place, "names no source", AGAIN)
    return Event(place=place, source=source, begin=begin, end=begin + _seconds(place, shown, "duration"))


def _schema(part: Any) -> str:
    """What a part is, without its version: `Clip`."""
    name = part.get("OTIO_SCHEMA") if isinstance(part, Mapping) else None
    return name.partition(".")[0][:40] if isinstance(name, str) else ""


def _part(whole: Any, name: Any) -> Mapping[str, Any]:
    """An object within another one; empty where there is none."""
    found = whole.get(name) if isinstance(whole, Mapping) and isinstance(name, str) else None
    return found if isinstance(found, Mapping) else {}


def _entries(whole: Mapping[str, Any], name: str) -> list[Any]:
    found = whole.get(name)
    return found if isinstance(found, list) else []


def _seconds(place: str, part: Mapping[str, Any], name: str) -> Fraction:
    """An OpenTimelineIO time, whose rate is a float, as an exact number of seconds. Programs write 23.976 or 29.97."""
    time = _part(part, name)
    try:
        rate, value = as_fraction(time.get("rate")), as_fraction(time.get("value"))
    except ValueError as error:
        raise InvalidRequest.at(place, f"has no {name} that could be read: {error}", AGAIN) from None
    stated = rate.limit_denominator(1001)
    if stated <= 0:
        raise InvalidRequest.at(place, f"has a {name} of {float(rate):g} in a second", AGAIN)
    known = meant_rate(stated, [Fraction(known) for known in FRAME_RATES]) or stated
    return value.limit_denominator(1001) / known


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
