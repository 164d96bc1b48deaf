"""From a request of any kind to its timelines."""

from __future__ import annotations

from collections.abc import Mapping

from reel.errors import Problem
from reel.findings import Beats
from reel.media import MediaFacts
from reel.plan import mixer, slideshow
from reel.plan.compiled import Compiled
from reel.request import MixerRequest, Request, SlideshowRequest
from reel.settings import settings

Library = Mapping[str, MediaFacts]
"""The facts of every asset under the field that names it (`clips[2].asset`)."""

Findings = Mapping[str, Beats]
"""What was found by listening, under the field that names the asset."""


def compile_request(request: Request, library: Library, findings: Findings) -> Compiled:
    """The timelines that a request asks for. Raises `InvalidRequest` or `BadMedia` with all problems at once."""
    match request:
        case MixerRequest():
            return mixer.compile_mixer(request, library)
        case SlideshowRequest():
            longest = settings().slideshow_seconds
            return slideshow.compile_slideshow(request, library, findings.get("music.asset"), longest)


def unfit_assets(request: Request, library: Library) -> list[Problem]:
    """What is wrong with the assets for their places; those that are not in the library are passed over."""
    match request:
        case MixerRequest():
            return mixer.unfit_assets(request, library)
        case SlideshowRequest():
            return slideshow.unfit_assets(request, library)


def wants_beats(request: Request) -> dict[str, float | None]:
    """The fields of assets whose beats the timeline depends on, each with the beats per minute that the request knows."""
    match request:
        case SlideshowRequest(music=music) if music and len(request.images) > 1:
            return {"music.asset": music.bpm}
        case _:
            return {}
