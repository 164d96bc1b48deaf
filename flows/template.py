"""The `template` deployment: layers, with variables that data fills in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.kind import DEFAULT_TERMS, counted, kind_flow
from flows.produce import produce
from reel.request import TemplateRequest
from reel.request.terms import Terms


def _run_name(request: Mapping[str, Any]) -> str:
    timeline = request.get("timeline")
    tracks = timeline.get("tracks", ()) if isinstance(timeline, dict) else ()
    return f"{counted(len(tracks), 'track')}, {counted(len(request.get('data') or ()), 'value')}"


@kind_flow("template", _run_name)
def template(request: TemplateRequest, terms: Terms = DEFAULT_TERMS) -> dict[str, Any]:
    """Make one video of a timeline of layers; returns the report.

    Args:
        request: What to make. Paths of assets are absolute, or count from the worker's working folder.
        terms: On whose behalf, and how urgently.
    """
    return produce(request, terms)
