"""The `slideshow` deployment: product images on the beat, framed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.kind import counted, kind_flow
from flows.produce import produce
from reel.perform.render import read_request
from reel.request import SlideshowRequest


def _run_name(request: Mapping[str, Any]) -> str:
    return f"{counted(len(request.get('images', ())), 'image')}{' on the beat' if request.get('music') else ''}"


@kind_flow("slideshow", _run_name)
def slideshow(request: SlideshowRequest) -> dict[str, Any]:
    """Make a clip of pictures, in a frame, on the beat of music; returns the report.

    Args:
        request: What to make. Paths of assets are absolute, or count from the worker's working folder.
    """
    return produce(read_request(request)).model_dump(mode="json")
