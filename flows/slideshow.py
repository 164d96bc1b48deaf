"""The `slideshow` deployment: product images on the beat, framed."""

from __future__ import annotations

from typing import Any

from flows.kind import DEFAULT_TERMS, kind_flow
from flows.produce import produce
from reel.kinds.slideshow.request import SlideshowRequest
from reel.request.terms import Terms


@kind_flow("slideshow")
def slideshow(request: SlideshowRequest, terms: Terms = DEFAULT_TERMS) -> dict[str, Any]:
    """Make a clip of pictures, in a frame, on the beat of music; returns the report.

    Args:
        request: What to make. Paths of assets are absolute, or count from the worker's working folder.
        terms: On whose behalf, and how urgently.
    """
    return produce(request, terms)
