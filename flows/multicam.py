"""The `multicam` deployment: an export from an edit decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.kind import DEFAULT_TERMS, counted, kind_flow
from flows.produce import produce
from reel.request import MulticamRequest
from reel.request.terms import Terms


def _run_name(request: Mapping[str, Any]) -> str:
    cuts = request.get("cuts") or request.get("switches") or ()
    return f"{counted(len(cuts), 'cut')} of {counted(len(request.get('sources', ())), 'source')}"


@kind_flow("multicam", _run_name)
def multicam(request: MulticamRequest, terms: Terms = DEFAULT_TERMS) -> dict[str, Any]:
    """Export one video, cut from several sources as an editor decided; returns the report.

    Args:
        request: What to make. Paths of assets are absolute, or count from the worker's working folder.
        terms: On whose behalf, and how urgently.
    """
    return produce(request, terms)
