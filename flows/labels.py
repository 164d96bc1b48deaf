"""What a run is called and tagged, so that an operator sees in a list whose it is and what for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from reel.kinds.registry import title_of
from reel.request.terms import Terms

TAG = "reelflow"
"""All deployments of ours have it, and so have their runs."""


def name_of(kind: str, request: Mapping[str, Any], slot: str | None = None) -> str:
    """What people read in lists of a generation: what there is to make, and what it stands for where that was said."""
    what = title_of(kind, request)
    return f"{what}: {slot}" if slot else what


def name_of_batch(called: str, tenant: str) -> str:
    """The same of a run that orders a batch, which is called by its name, or its id where it has none."""
    return f"{called} of {tenant}"


def tags_of(kind: str, terms: Terms, generation: str | None = None) -> list[str]:
    """The tags of a run: whose it is, and what; and of which generation, where that is known."""
    of = [f"generation:{generation}"] if generation else []
    return [f"tenant:{terms.tenant}", f"project:{terms.project}", f"kind:{kind}", *of, TAG]


def missing_tags(wanted: Collection[str], present: Collection[str]) -> list[str]:
    """All tags that a run should have, its own included; empty where it has them."""
    return [] if set(wanted) <= set(present) else [*dict.fromkeys((*wanted, *present))]
