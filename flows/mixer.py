"""The `mixer` deployment: N distinct variants from a project's clips."""

from __future__ import annotations

from typing import Any

from flows.kind import DEFAULT_TERMS, kind_flow
from flows.produce import produce
from reel.kinds.mixer.request import MixerRequest
from reel.request.terms import Terms


@kind_flow("mixer")
def mixer(request: MixerRequest, terms: Terms = DEFAULT_TERMS) -> dict[str, Any]:
    """Make N distinct videos from one ordered list of clips; returns the report.

    Args:
        request: What to make. Paths of clips are absolute, or count from the worker's working folder.
        terms: On whose behalf, and how urgently.
    """
    return produce(request, terms)
