"""The `template` deployment: layers, with variables that data fills in."""

from __future__ import annotations

from typing import Any

from flows.kind import DEFAULT_TERMS, kind_flow
from flows.produce import produce
from reel.kinds.template.request import TemplateRequest
from reel.request.terms import Terms


@kind_flow("template")
def template(request: TemplateRequest, terms: Terms = DEFAULT_TERMS) -> dict[str, Any]:
    """Make one video of a timeline of layers; returns the report.

    Args:
        request: What to make. Paths of assets are absolute, or count from the worker's working folder.
        terms: On whose behalf, and how urgently.
    """
    return produce(request, terms)
