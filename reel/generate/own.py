"""What estimates may count as made: what the tenant itself has had before. That somebody else has rendered the same is nobody's
business."""

from __future__ import annotations

from reel.catalogue import Catalogue
from reel.make.worker import Worker
from reel.plan.step import Plan


def own_made(plan: Plan, tenant: str, catalogue: Catalogue, worker: Worker) -> frozenset[str]:
    """Keys of a plan's steps that are in the store, and that the tenant has had."""
    with catalogue.tenant(tenant, only_reads=True) as records:
        own = records.had(plan.by_key.keys(), besides="")
    return worker.made(plan) & frozenset(own)
