"""What is known of a plan before it is performed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from reel.make.worker import Worker, basis_of
from reel.plan.estimate import Basis, Estimate, estimate
from reel.plan.pace import NO_HISTORY, History
from reel.plan.step import Plan
from reel.retry import tried


@dataclass(frozen=True)
class Forecast:
    """What is known of a plan before it is performed; looked up when somebody asks, and then once."""

    plan: Plan
    worker: Worker
    history: History = NO_HISTORY

    @cached_property
    def basis(self) -> Basis:
        """What estimates rest on here."""
        return basis_of(self.worker, self.history)

    @cached_property
    def present(self) -> Collection[str]:
        """Keys of the steps that are in the store."""
        return tried(lambda: self.worker.made(self.plan))

    def told(self, own: Collection[str]) -> Estimate:
        """What a tenant is told that it takes, who has had these steps: that others were made for somebody else is not its
        business."""
        return estimate(self.plan, frozenset(self.present).intersection(own), self.basis)

    @cached_property
    def expected(self) -> Estimate:
        """What the others take here."""
        return estimate(self.plan, self.present, self.basis)
