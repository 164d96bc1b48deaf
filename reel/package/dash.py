"""The manifest of MPEG-DASH (ISO/IEC 23009-1), profile on-demand: one file a track, indexed by itself. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from reel.package.codecs import UNSPECIFIED, Colour
from reel.package.contents import Contents, Picture, Sound, Subtitles, codec_family, file_of
from reel.package.entries import Protection
from reel.package.key_systems import NAMESPACES, KeySystem, add_protection
from reel.package.segments import peak
from reel.time import round_half_up

PROFILES = "urn:mpeg:dash:profile:isoff-on-demand:2011,urn:mpeg:dash:profile:cmaf:2019"
ROLE = "urn:mpeg:dash:role:2011"
CODE_POINTS = "urn:mpeg:mpegB:cicp:"
"""Followed by what a code point of ISO/IEC 23091 stands for."""
LAYOUTS = {7: 11, 8: 12}
"""Channel configurations (23091-3) of so many channels; fewer channels are their own configuration. 11 is 6.1, 12 is 7.1."""
HDR = frozenset({16, 18})


def manifest(contents: Contents, systems: Sequence[KeySystem] = ()) -> str:
    """The whole manifest; `systems`: how players come by the keys of what is encrypted."""
    longest = max(part.end - part.start for each in contents.tracks for part in each.parts)
    mpd = Element(
        "MPD",
        xmlns="urn:mpeg:dash:schema:mpd:2011",
        profiles=PROFILES,
        type="static",
        mediaPresentationDuration=_duration(contents.end),
        minBufferTime=_duration(longest),
    )
    if any(each.track.protection for each in contents.tracks):
        mpd.attrib.update(NAMESPACES)
    period = SubElement(mpd, "Period", id="0", start="PT0S")
    for rungs in _switchable(contents.pictures):
        _pictures(period, rungs, systems)
    for sound in contents.sounds:
        _sound(period, sound, systems)
    for subtitles in contents.subtitles:
        _subtitles(period, subtitles, contents.end)
    for number, adaptation in enumerate(period):
        adaptation.set("id", str(number))
    indent(mpd)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(mpd, encoding="unicode")}\n'


def _switchable(pictures: Sequence[Picture]) -> list[list[Picture]]:
    """Rungs by what a player cannot change on the way: the codec, the colours, and the key."""
    found: dict[tuple[str, Colour, Protection | None], list[Picture]] = {}
    for picture in pictures:
        track = picture.track
        found.setdefault((codec_family(track), picture.facts.colour, track.protection), []).append(picture)
    return list(found.values())


def _pictures(period: Element, rungs: list[Picture], systems: Sequence[KeySystem]) -> None:
    """Rungs that a player may switch between."""
    largest = max((picture.facts for picture in rungs), key=lambda facts: facts.width * facts.height)
    shape = largest.pixel_aspect * largest.width / largest.height
    adaptation = _adaptation(period, "video", par=_ratio(shape))
    if protection := rungs[0].track.protection:
        add_protection(adaptation, protection, systems)
    _colour(adaptation, rungs[0].facts.colour)
    for picture in rungs:
        facts = picture.facts
        representation = _representation(adaptation, picture, "video/mp4", frameRate=str(facts.rate))
        shown = {"width": str(facts.width), "height": str(facts.height), "sar": _ratio(facts.pixel_aspect)}
        representation.attrib.update(shown)


def _colour(adaptation: Element, colour: Colour) -> None:
    """Who does not know a transfer function of HDR must not play what has it; the rest is worth knowing."""
    name = "EssentialProperty" if colour.transfer in HDR else "SupplementalProperty"
    points = {
        "ColourPrimaries": colour.primaries,
        "TransferCharacteristics": colour.transfer,
        "MatrixCoefficients": colour.matrix,
    }
    for kind, value in points.items():
        if value != UNSPECIFIED:
            SubElement(adaptation, name, schemeIdUri=CODE_POINTS + kind, value=str(value))


def _sound(period: Element, sound: Sound, systems: Sequence[KeySystem]) -> None:
    adaptation = _adaptation(period, "audio", lang=sound.language)
    if sound.track.protection:
        add_protection(adaptation, sound.track.protection, systems)
    _words(adaptation, sound.label, "main" if sound.default else "alternate")
    representation = _representation(adaptation, sound, "audio/mp4", audioSamplingRate=str(sound.facts.sample_rate))
    layout = LAYOUTS.get(sound.facts.channels, sound.facts.channels)
    configuration = Element(
        "AudioChannelConfiguration", schemeIdUri=f"{CODE_POINTS}ChannelConfiguration", value=str(layout)
    )
    representation.insert(0, configuration)


def _subtitles(period: Element, subtitles: Subtitles, end: Fraction) -> None:
    """One text file: dash.js takes segmented text without a head for an error."""
    adaptation = SubElement(period, "AdaptationSet", contentType="text", mimeType="text/vtt", lang=subtitles.language)
    kind = "forced-subtitle" if subtitles.forced else "subtitle"
    _words(adaptation, subtitles.label, *(["main"] if subtitles.default else []), kind)
    rate = max(1, ceil(subtitles.size * 8 / end))
    representation = SubElement(adaptation, "Representation", id=subtitles.name, bandwidth=str(rate))
    SubElement(representation, "BaseURL").text = f"{subtitles.name}.vtt"


def _adaptation(period: Element, kind: str, **attributes: str) -> Element:
    # Fragments of all representations begin at the same times, each with a key frame shown first.
    aligned = {"subsegmentAlignment": "true", "subsegmentStartsWithSAP": "1"}
    return SubElement(period, "AdaptationSet", {"contentType": kind, **aligned, **attributes})


def _words(adaptation: Element, label: str, *roles: str) -> None:
    SubElement(adaptation, "Label").text = label
    for role in roles:
        SubElement(adaptation, "Role", schemeIdUri=ROLE, value=role)


def _representation(adaptation: Element, each: Picture | Sound, kind: str, **attributes: str) -> Element:
    stated = {"id": each.name, "mimeType": kind, "codecs": each.track.codec, "bandwidth": str(ceil(peak(each.parts)))}
    representation = SubElement(adaptation, "Representation", stated | attributes)
    SubElement(representation, "BaseURL").text = file_of(each)
    head, index = each.track.head_size, each.track.index_size
    base = SubElement(representation, "SegmentBase", indexRange=f"{head}-{head + index - 1}")
    SubElement(base, "Initialization", range=f"0-{head - 1}")
    return representation


def _ratio(value: Fraction) -> str:
    return f"{value.numerator}:{value.denominator}"


def _duration(seconds: Fraction) -> str:
    """To the microsecond, as XML Schema has it."""
    micros = round_half_up(seconds * 1_000_000)
    return f"PT{micros // 1_000_000}.{micros % 1_000_000:06}".rstrip("0").rstrip(".") + "S"
