"""From a request of any kind to its timelines."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from reel.findings import Beats, Offset, Scenes
from reel.media import MediaFacts
from reel.plan import mixer, multicam, parts, slideshow, template
from reel.plan.compiled import Compiled
from reel.plan.faults import Faults
from reel.request import MixerRequest, MulticamRequest, Request, SlideshowRequest, TemplateRequest
from reel.timeline import Area, TextContent

Library = Mapping[str, MediaFacts]
"""The facts of every asset under the field that names it (`clips[2].asset`)."""

Finding = Beats | Offset | Scenes

Findings = Mapping[str, Finding]
"""What was found by listening and looking, under the field that asks for it."""


def compile_request(request: Request, library: Library, findings: Findings) -> Compiled:
    """The timelines that a request asks for. Raises `InvalidRequest` or `BadMedia` with all problems at once."""
    match request:
        case MixerRequest():
            scenes = {place: seen for place, seen in findings.items() if isinstance(seen, Scenes)}
            return mixer.compile_mixer(request, library, scenes)
        case SlideshowRequest():
            found = findings.get("music.asset")
            beats = found if isinstance(found, Beats) else None
            return slideshow.compile_slideshow(request, library, beats)
        case MulticamRequest():
            offsets = {place: found for place, found in findings.items() if isinstance(found, Offset)}
            return multicam.compile_multicam(request, library, offsets)
        case TemplateRequest():
            return template.compile_template(request, library)


def faults(request: Request, library: Library, unknown: Collection[str] = ()) -> Faults:
    """All that is wrong with a request besides its form, as far as it can be said: assets that are not in the library are
    passed over, and so is what depends on the fields that are `unknown`."""
    match request:
        case MixerRequest():
            return mixer.faults(request, library, unknown)
        case SlideshowRequest():
            return slideshow.faults(request, library, unknown)
        case MulticamRequest():
            return multicam.faults(request, library, unknown)
        case TemplateRequest():
            return template.faults(request, library, unknown)


def texts(request: Request) -> Iterator[tuple[str, TextContent, Area]]:
    """Every text that a request shows, with its field and area."""
    match request:
        case SlideshowRequest():
            yield from slideshow.texts(request)
        case TemplateRequest():
            yield from template.texts(request)


def wants_beats(request: Request) -> dict[str, float | None]:
    """The fields of assets whose beats the timeline depends on, each with the beats per minute that the request knows."""
    match request:
        case SlideshowRequest(music=music) if music and len(request.images) > 1:
            return {"music.asset": music.bpm}
        case _:
            return {}


def wants_offsets(request: Request) -> dict[str, tuple[str, str]]:
    """The fields that ask for an offset to be found by sound, each with the fields of the two assets to compare."""
    return multicam.wants_offsets(request) if isinstance(request, MulticamRequest) else {}


def wants_scenes(request: Request, library: Library) -> dict[str, tuple[str, ...]]:
    """The assets whose scenes the timelines depend on, by SHA-256: each with the fields that ask. Those that have no scenes
    at all, as they are no videos, are passed over."""
    fields = parts.wants_scenes(request) if isinstance(request, MixerRequest) else ()
    videos = [place for place in fields if library[place].video and not library[place].still]
    return {
        sha256: tuple(place for place in videos if library[place].sha256 == sha256)
        for sha256 in dict.fromkeys(library[place].sha256 for place in videos)
    }
