"""The `multicam` deployment: an export from an edit decision."""

from __future__ import annotations

from typing import Any

from flows.kind import DEFAULT_TERMS, kind_flow
from flows.produce import produce
from reel.kinds.multicam.request import MulticamRequest
from reel.request.terms import Terms


@kind_flow("multicam")
def multicam(request: MulticamRequest, terms: Terms = DEFAULT_TERMS) -> dict[str, Any]:
    """Export one video, cut from several sources as an editor decided; returns the report.

    Args:
        request: What to make. Paths of assets are absolute, or count from the worker's working folder.
        terms: On whose behalf, and how urgently.
    """
    return produce(request, terms)
