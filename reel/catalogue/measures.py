"""The catalogue in numbers, for dashboards and alerts."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import case, col, func, or_, select

from reel.catalogue.scope import Scope
from reel.catalogue.status import LIVE
from reel.catalogue.tables import DeadLetterRow, EventRow, GenerationRow, StepRow


@dataclass(frozen=True)
class Queue:
    """What waits, of one tenant and priority."""

    tenant: str
    priority: str
    depth: int
    oldest_wait_seconds: float


@dataclass(frozen=True)
class Seconds:
    """How long the steps of one operation took."""

    count: int
    total: float
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True)
class Measures:
    """How things stand, and how they went since a moment."""

    queues: tuple[Queue, ...]
    generations: Mapping[tuple[str, str], int]
    """By tenant and status: all that are live, and those that ended since."""
    steps: Mapping[str, Seconds]
    """By operation: the steps that were made since."""
    steps_made: int
    steps_reused: int
    bytes_made: int
    estimate_error: float | None
    """Median of |predicted - actual| / actual over what was done since; null where nothing was."""
    webhooks_pending: int
    webhooks_dead: int
    dead_letters_open: int

    @property
    def hit_ratio(self) -> float | None:
        """Share of the steps that were found already made; null where there was none."""
        steps = self.steps_made + self.steps_reused
        return self.steps_reused / steps if steps else None


def percentile(ordered: Sequence[float], share: float) -> float:
    """The nearest-rank percentile of numbers in ascending order: the smallest that `share` of them do not exceed."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


class Measuring(Scope):
    """The part of the operator's scope that counts."""

    def measures(self, since: datetime) -> Measures:
        """How things stand now, and how they went since a moment."""
        made = self._step_seconds(since)
        reused, size = self._reused_and_bytes(since)
        return Measures(
            queues=self._queues(),
            generations=self._generations(since),
            steps={operation: _summed(seconds) for operation, seconds in sorted(made.items())},
            steps_made=sum(map(len, made.values())),
            steps_reused=reused,
            bytes_made=size,
            estimate_error=self._estimate_error(since),
            webhooks_pending=self._count(EventRow.state == "pending"),
            webhooks_dead=self._count(EventRow.state == "dead"),
            dead_letters_open=self._count(DeadLetterRow.state == "open"),
        )

    def _queues(self) -> tuple[Queue, ...]:
        of = (GenerationRow.tenant_id, GenerationRow.priority)
        query = select(*of, func.count(), func.min(GenerationRow.created)).where(GenerationRow.status == "queued")
        now = self._now()
        return tuple(
            Queue(tenant, priority, depth, max(0.0, (now - oldest).total_seconds()))
            for tenant, priority, depth, oldest in self._session.exec(query.group_by(*of).order_by(*of))
        )

    def _generations(self, since: datetime) -> dict[tuple[str, str], int]:
        of = (GenerationRow.tenant_id, GenerationRow.status)
        counted = or_(col(GenerationRow.status).in_(LIVE), col(GenerationRow.ended) >= since)
        query = select(*of, func.count()).where(counted).group_by(*of).order_by(*of)
        return {(tenant, status): count for tenant, status, count in self._session.exec(query)}

    def _step_seconds(self, since: datetime) -> dict[str, list[float]]:
        query = select(StepRow.operation, StepRow.seconds).where(*_went(since), col(StepRow.reused).is_(False))
        made = defaultdict(list)
        for operation, seconds in self._session.exec(query.execution_options(yield_per=5000)):
            made[operation].append(seconds)
        return made

    def _reused_and_bytes(self, since: datetime) -> tuple[int, int]:
        reused = func.coalesce(func.sum(case((col(StepRow.reused), 1), else_=0)), 0)
        made = func.coalesce(func.sum(case((col(StepRow.reused), 0), else_=StepRow.bytes)), 0)
        row = self._session.exec(select(reused, made).where(*_went(since))).one()
        return int(row[0]), int(row[1])

    def _estimate_error(self, since: datetime) -> float | None:
        known = (GenerationRow.status == "done", col(GenerationRow.ended) >= since, col(GenerationRow.seconds) > 0)
        query = select(GenerationRow.predicted_seconds, GenerationRow.seconds).where(*known)
        pairs = self._session.exec(query.where(col(GenerationRow.predicted_seconds).is_not(None)))
        errors = sorted(abs((predicted or 0) - (actual or 0)) / (actual or 1) for predicted, actual in pairs)
        return percentile(errors, 0.5) if errors else None

    def _count(self, criterion: Any) -> int:
        return self._session.exec(select(func.count()).where(criterion)).one()


def _went(since: datetime) -> tuple[Any, ...]:
    """Steps that are done, of generations that ended since or are still under way."""
    of_it = (col(StepRow.tenant_id) == GenerationRow.tenant_id) & (col(StepRow.generation) == GenerationRow.id)
    recent = or_(col(GenerationRow.status).in_(LIVE), col(GenerationRow.ended) >= since)
    return (of_it, recent, StepRow.state == "done")


def _summed(seconds: list[float]) -> Seconds:
    ordered = sorted(seconds)
    p50, p95, p99 = (percentile(ordered, share) for share in (0.5, 0.95, 0.99))
    return Seconds(len(ordered), math.fsum(ordered), p50, p95, p99)
