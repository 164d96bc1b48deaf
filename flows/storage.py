"""The `archive` and `restore` deployments: outputs of generations on their way into the cold and back."""

from __future__ import annotations

from typing import Any

from prefect.artifacts import create_table_artifact

from flows.kind import pool_flow, tie_to_worker
from reel.control import archiving
from reel.control.archiving import Holdings
from reel.control.ledger import this_catalogue
from reel.control.stores import these_stores, tier_of
from reel.report.words import count
from reel.settings import settings
from reel.store.objects import Speed


@pool_flow("archive", lambda parameters: f"archive {count(len(parameters.get('generations') or []), 'generation')}")
def archive(generations: list[str]) -> dict[str, Any]:
    """Move the videos and the sound of generations into the cold storage class.

    Args:
        generations: Ids of generations that are done.
    """
    tie_to_worker()
    tier, outputs, catalogue = tier_of(settings(), "cold"), these_stores().outputs, this_catalogue()
    chosen = [archiving.delivered(catalogue, id_) for id_ in generations]  # what is wrong is said before anything moves
    return shown("archive", [archiving.archive(outputs, each, tier) for each in chosen])


@pool_flow("restore", lambda parameters: f"restore {count(len(parameters.get('generations') or []), 'generation')}")
def restore(generations: list[str], days: int | None = None, speed: Speed = "Standard") -> dict[str, Any]:
    """Ask for what is archived of generations to be readable; run again, it tells what is by now.

    Args:
        generations: Ids of generations.
        days: How long it can be read then; the settings say, where this does not.
        speed: Within 48 hours (Bulk), 12 (Standard) or hardly one (Expedited).
    """
    tie_to_worker()
    outputs, catalogue, kept = these_stores().outputs, this_catalogue(), archiving.restore_days(settings(), days)
    chosen = [archiving.delivered(catalogue, id_) for id_ in generations]
    return shown("restore", [archiving.restore(outputs, each, kept, speed) for each in chosen])


def shown(key: str, found: list[Holdings]) -> dict[str, Any]:
    """Show in the UI how the outputs lie; the same by generation, for whoever waits for the run."""
    rows = [
        {"generation": each.generation, "status": each.status, "output": output.name, "class": output.tier or "usual"}
        for each in found
        for output in each.outputs
    ]
    create_table_artifact(rows, key=key, description=f"Outputs of {count(len(found), 'generation')}")
    return {each.generation: each.status for each in found}
