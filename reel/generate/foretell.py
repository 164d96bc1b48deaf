"""What requests are expected to cost that nobody has ordered yet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reel.catalogue import Catalogue
from reel.control.advancing import Foretell
from reel.control.allowed import allowed_to
from reel.control.documents import reading_of
from reel.generate.own import own_made
from reel.generate.staleness import Assets, plan_again
from reel.make.worker import Worker, basis_of
from reel.plan.estimate import estimate


def foretelling(tenant: str, catalogue: Catalogue, base: Path, worker: Worker) -> Foretell:
    """By planning each request, and by what such steps took here; each asset is looked at once. Relative paths count from
    `base`."""
    worker = worker.for_run(tenant, allowed_to(catalogue, tenant))
    assets = Assets(base, worker)
    with catalogue.tenant(tenant, only_reads=True) as records:
        basis = basis_of(worker, records.history())

    def foretell(request: Mapping[str, Any]) -> float | None:
        plan = plan_again(reading_of(request, worker.limits), assets, worker).plan
        return estimate(plan, own_made(plan, tenant, catalogue, worker), basis).cost

    return foretell
