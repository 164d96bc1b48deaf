"""The `mixer` deployment: N distinct variants from a project's clips."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.kind import DEFAULT_TERMS, counted, kind_flow
from flows.produce import produce
from reel.request import MixerRequest
from reel.request.terms import Terms


def _run_name(request: Mapping[str, Any]) -> str:
    return f"{counted(request.get('variants', 1), 'variant')} of {counted(len(request.get('clips', ())), 'clip')}"


@kind_flow("mixer", _run_name)
def mixer(request: MixerRequest, terms: Terms = DEFAULT_TERMS) -> dict[str, Any]:
    """Make N distinct videos from one ordered list of clips; returns the report.

    Args:
        request: What to make. Paths of clips are absolute, or count from the worker's working folder.
        terms: On whose behalf, and how urgently.
    """
    return produce(request, terms)
