"""The `slideshow` deployment: product images on the beat, framed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.kind import DEFAULT_TERMS, counted, kind_flow
from flows.produce import produce
from reel.request import SlideshowRequest
from reel.request.terms import Terms


def _run_name(request: Mapping[str, Any]) -> str:
    return f"{counted(len(request.get('images', ())), 'image')}{' on the beat' if request.get('music') else ''}"


@kind_flow("slideshow", _run_name)
def slideshow(request: SlideshowRequest, terms: Terms = DEFAULT_TERMS) -> dict[str, Any]:
    """Make a clip of pictures, in a frame, on the beat of music; returns the report.

    Args:
        request: What to make. Paths of assets are absolute, or count from the worker's working folder.
        terms: On whose behalf, and how urgently.
    """
    return produce(request, terms)
