"""Which runs a worker takes of those that a server offers, in which order, and how many at a time."""

from __future__ import annotations

from typing import Any

from prefect.client.schemas.objects import FlowRun

from reel.request.terms import PRIORITIES


def by_priority(found: list[Any]) -> list[Any]:
    """What the server offers, with generations in the order of their own priority and place in the queue: one that was
    triggered by Prefect's API lies in its deployment's queue, whatever its terms say. All else stays where it is."""
    places = [place for place, entry in enumerate(found) if isinstance(entry.flow_run.parameters.get("request"), dict)]
    ordered = sorted((found[place] for place in places), key=lambda entry: _urgency(entry.flow_run))
    result = [*found]
    for place, entry in zip(places, ordered, strict=True):
        result[place] = entry
    return result


def _urgency(run: FlowRun) -> tuple[int, float]:
    terms = run.parameters.get("terms")
    priority = terms.get("priority") if isinstance(terms, dict) else None
    rank = PRIORITIES.index(priority) if priority in PRIORITIES else 0
    return rank, run.next_scheduled_start_time.timestamp() if run.next_scheduled_start_time else 0.0


def runs_at_once(processors: int) -> int:
    """How many generations a machine takes at a time: each can use all processors, a few fill the gaps of one."""
    return max(1, processors // 4)
