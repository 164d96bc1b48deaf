"""The `encode` deployment: several videos of one master."""

from __future__ import annotations

from typing import Any

from flows.kind import DEFAULT_TERMS, kind_flow
from flows.produce import produce
from reel.kinds.encode.request import EncodeRequest
from reel.request.terms import Terms


@kind_flow("encode")
def encode(request: EncodeRequest, terms: Terms = DEFAULT_TERMS) -> dict[str, Any]:
    """Encode one master to several videos; returns the report.

    Args:
        request: What to make. Paths of assets are absolute, or count from the worker's working folder.
        terms: On whose behalf, and how urgently.
    """
    return produce(request, terms)
