"""What a run is called and tagged, so that an operator sees in a list whose it is and what for."""

from __future__ import annotations

from collections.abc import Collection

from reel.request.terms import Terms

TAG = "reelflow"
"""All deployments of ours have it, and so have their runs."""


def tags_of(kind: str, terms: Terms, generation: str) -> list[str]:
    """The tags of a generation's run."""
    return [TAG, f"kind:{kind}", f"tenant:{terms.tenant}", f"project:{terms.project}", f"generation:{generation}"]


def missing_tags(wanted: Collection[str], present: Collection[str]) -> list[str]:
    """All tags that a run should have, its own included; empty where it has them."""
    return [] if set(wanted) <= set(present) else sorted({*wanted, *present})
