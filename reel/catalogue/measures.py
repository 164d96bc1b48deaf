"""The catalogue in numbers, for dashboards and alerts."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, func, or_, select

from reel.catalogue.deliveries import Deliveries
from reel.catalogue.status import LIVE
from reel.catalogue.tables import DeadLetterRow, EventRow, GenerationRow, StepRow, UsageRow

ASSET = "asset"
"""The operation under which the assets of a generation are noted, so that they are not swept away."""


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
class CatalogueMeasures:
    """How things stand, and how they went since a moment."""

    queues: tuple[Queue, ...]
    generations: Mapping[tuple[str, str], int]
    """By tenant and status: all that are live, and those that ended since."""
    failed: Mapping[tuple[str, str], int]
    """By tenant and error class: those that failed since."""
    steps: Mapping[str, Seconds]
    """By operation: the steps that were made since."""
    reused: Mapping[str, int]
    """By operation: the steps that were found already made since."""
    bytes_made: int
    """Of the steps that were made since."""
    bytes_published: Mapping[str, int]
    """By tenant: of the outputs since."""
    estimate_error: float | None
    """Median of |predicted - actual| / actual over what was done since; null where nothing was."""
    cpu_estimate_error: float | None
    """The same of the processor seconds of the steps that were made."""
    cpu_estimate_cover: float | None
    """Share of what was done since that took no more of them than its p90; nine of ten are wanted."""
    webhooks_pending: int
    webhooks_oldest_seconds: float
    """How long the oldest event that is due has waited."""
    webhooks_dead: int
    dead_letters: Mapping[str, int]
    """By error class: those that are open."""

    @property
    def steps_made(self) -> int:
        return sum(seconds.count for seconds in self.steps.values())

    @property
    def steps_reused(self) -> int:
        return sum(self.reused.values())

    @property
    def dead_letters_open(self) -> int:
        return sum(self.dead_letters.values())

    @property
    def hit_ratio(self) -> float | None:
        """Share of the steps that were found already made; null where there was none."""
        steps = self.steps_made + self.steps_reused
        return self.steps_reused / steps if steps else None


def percentile(ordered: Sequence[float], share: float) -> float:
    """The nearest-rank percentile of numbers in ascending order: the smallest that `share` of them do not exceed."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


class Measuring(Deliveries):
    """The part of the operator's scope that counts."""

    def measures(self, since: datetime) -> CatalogueMeasures:
        """How things stand now, and how they went since a moment."""
        made, processors = self._step_seconds(since), self._processors(since)
        return CatalogueMeasures(
            queues=self._queues(),
            generations=self._generations(since),
            failed=self._failed(since),
            steps={operation: _summed(seconds) for operation, seconds in sorted(made.items())},
            reused=self._reused(since),
            bytes_made=self._bytes_made(since),
            bytes_published=self._bytes_published(since),
            estimate_error=self._estimate_error(since),
            cpu_estimate_error=_middle([abs(median - actual) / actual for median, _, actual in processors]),
            cpu_estimate_cover=_share([actual <= high for _, high, actual in processors]),
            webhooks_pending=self._count(EventRow.state == "pending"),
            webhooks_oldest_seconds=self._webhooks_oldest_seconds(),
            webhooks_dead=self._count(EventRow.state == "dead"),
            dead_letters=self._dead_letters(),
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

    def _failed(self, since: datetime) -> dict[tuple[str, str], int]:
        of = (col(GenerationRow.tenant_id), col(GenerationRow.error_class))
        failed = (GenerationRow.status == "failed", col(GenerationRow.ended) >= since)
        query = select(*of, func.count()).where(*failed).group_by(*of).order_by(*of)
        return {(tenant, class_ or ""): count for tenant, class_, count in self._session.exec(query)}

    def _reused(self, since: datetime) -> dict[str, int]:
        query = select(StepRow.operation, func.count()).where(*_went(since), col(StepRow.reused))
        return dict(self._session.exec(query.group_by(StepRow.operation).order_by(StepRow.operation)).all())

    def _bytes_made(self, since: datetime) -> int:
        made = (*_went(since), col(StepRow.reused).is_(False))
        return int(self._session.exec(select(func.coalesce(func.sum(StepRow.bytes), 0)).where(*made)).one())

    def _bytes_published(self, since: datetime) -> dict[str, int]:
        query = select(UsageRow.tenant_id, func.sum(UsageRow.bytes)).where(UsageRow.created >= since)
        by_tenant = query.group_by(UsageRow.tenant_id).order_by(UsageRow.tenant_id)
        return {tenant: int(size) for tenant, size in self._session.exec(by_tenant)}

    def _webhooks_oldest_seconds(self) -> float:
        now = self._now()
        oldest = self.oldest_due(now)
        return (now - oldest).total_seconds() if oldest else 0.0

    def _dead_letters(self) -> dict[str, int]:
        of = DeadLetterRow.error_class
        query = select(of, func.count()).where(DeadLetterRow.state == "open").group_by(of).order_by(of)
        return dict(self._session.exec(query).all())

    def _estimate_error(self, since: datetime) -> float | None:
        known = (GenerationRow.status == "done", col(GenerationRow.ended) >= since, col(GenerationRow.seconds) > 0)
        query = select(GenerationRow.predicted_seconds, GenerationRow.seconds).where(*known)
        pairs = self._session.exec(query.where(col(GenerationRow.predicted_seconds).is_not(None)))
        return _middle([abs((predicted or 0) - (actual or 0)) / (actual or 1) for predicted, actual in pairs])

    def _processors(self, since: datetime) -> list[tuple[float, float, float]]:
        """Of each generation of which steps were made, their processor seconds: predicted, p90, actual."""
        rows: list[Any] = [
            GenerationRow.predicted_cpu_seconds,
            GenerationRow.predicted_cpu_seconds_p90,
            GenerationRow.cpu_seconds,
        ]
        done = (GenerationRow.status == "done", col(GenerationRow.ended) >= since, col(GenerationRow.cpu_seconds) > 0)
        query = select(*rows).where(*done, col(GenerationRow.predicted_cpu_seconds_p90).is_not(None))
        return [tuple(row) for row in self._session.exec(query)]

    def _count(self, criterion: Any) -> int:
        return self._session.exec(select(func.count()).where(criterion)).one()


def _middle(values: Sequence[float]) -> float | None:
    return percentile(sorted(values), 0.5) if values else None


def _share(held: Sequence[bool]) -> float | None:
    return sum(held) / len(held) if held else None


def _went(since: datetime) -> tuple[Any, ...]:
    """Steps that are done, of generations that ended since or are still under way. Assets stand among them, and are none."""
    of_it = (col(StepRow.tenant_id) == GenerationRow.tenant_id) & (col(StepRow.generation) == GenerationRow.id)
    recent = or_(col(GenerationRow.status).in_(LIVE), col(GenerationRow.ended) >= since)
    return (of_it, recent, StepRow.state == "done", StepRow.operation != ASSET)


def _summed(seconds: list[float]) -> Seconds:
    ordered = sorted(seconds)
    p50, p95, p99 = (percentile(ordered, share) for share in (0.5, 0.95, 0.99))
    return Seconds(len(ordered), math.fsum(ordered), p50, p95, p99)
