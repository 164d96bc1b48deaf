"""What is measured: values that whoever keeps the records reads, and `reel.telemetry.metrics` tells.

What has ended is counted over the last `window_seconds`, not since the beginning: counts from records that retention
removes would go down, and a Prometheus counter that goes down is taken for one that started anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

MOST_TENANTS = 50
"""Tenants that get labels of their own; more would make more time series than a small Prometheus holds."""
OTHER = "other"
"""The label of all tenants beyond those. One who is really called so is counted with them."""


@dataclass(frozen=True)
class Waiting:
    """Generations of a tenant that are queued."""

    tenant: str
    priority: str
    depth: int
    oldest_seconds: float
    """How long the oldest of them has waited."""


@dataclass(frozen=True)
class Count:
    """Generations of a tenant in one status."""

    tenant: str
    status: str
    count: int
    error_class: str = ""
    """Of those that failed."""


@dataclass(frozen=True)
class Steps:
    """Steps of one operation in the window."""

    operation: str
    made: int
    reused: int
    p50_seconds: float | None = None
    """Of those that were made; null where none was."""
    p95_seconds: float | None = None
    p99_seconds: float | None = None


@dataclass(frozen=True)
class Webhooks:
    """The outbox."""

    pending: int = 0
    oldest_seconds: float = 0.0
    """How long the oldest event that is due has waited for its delivery."""
    dead: int = 0
    """Given up on."""


@dataclass(frozen=True)
class Disk:
    """The file system on which a folder lies."""

    folder: str
    free_bytes: int
    total_bytes: int


@dataclass(frozen=True)
class Load:
    """What one worker has under way, and what it and all that it has started use."""

    worker: str
    runs: int
    """Generations, and shares of others', that it runs."""
    steps: int
    """Steps that are being made."""
    processors: int
    """How many it may use."""
    cpu_seconds: float
    """Of processors, since it began."""
    memory_bytes: int
    sandbox: str = ""
    """What confines its children: `full`, `partial` or `none`."""


@dataclass(frozen=True)
class Measures:
    """All that is measured at one moment."""

    window_seconds: float = 3600.0
    waiting: tuple[Waiting, ...] = ()
    live: tuple[Count, ...] = ()
    """Generations that have not ended, queued ones included."""
    ended: tuple[Count, ...] = ()
    """Generations that ended in the window."""
    steps: tuple[Steps, ...] = ()
    output_bytes: Mapping[str, int] = field(default_factory=dict)
    """Published in the window, by tenant."""
    estimate_error_ratio: float | None = None
    """Median of |predicted - actual| / actual seconds of those done in the window; null where none was."""
    cpu_estimate_error_ratio: float | None = None
    """The same of processor seconds."""
    cpu_estimate_cover_ratio: float | None = None
    """Share of those done in the window that took no more processor seconds than their p90; null where none was."""
    webhooks: Webhooks = Webhooks()
    dead_letters: Mapping[str, int] = field(default_factory=dict)
    """Open ones, by error class."""
    store_bytes: Mapping[str, int] = field(default_factory=dict)
    """By kind of object: `artefacts`, `outputs`."""
    disks: tuple[Disk, ...] = ()
    """Of the machine that measures."""
    workers_online: Mapping[str, int] = field(default_factory=dict)
    """By work pool; a pool without a worker is there with 0."""
    janitor_ended: float | None = None
    """When the janitor last ended well, in seconds since 1970; null: never."""
    recommended_at_once: int | None = None
    """How many generations should be able to run at the same time (`reel.control.forecasting`); null: that is not known."""
    backup_ended: float | None = None
    """When the newest backup was put, likewise; null: there is none."""

    @property
    def cache_hit_ratio(self) -> float | None:
        """Share of the window's steps that were there already; null where there was no step."""
        made, reused = sum(step.made for step in self.steps), sum(step.reused for step in self.steps)
        return reused / (made + reused) if made + reused else None


def busiest(measures: Measures, most: int = MOST_TENANTS) -> frozenset[str]:
    """The tenants with the most generations, queued, live and ended; of equals the first by name."""
    load: Counter[str] = Counter(dict.fromkeys(measures.output_bytes, 0))
    for waiting in measures.waiting:
        load[waiting.tenant] += waiting.depth
    for count in (*measures.live, *measures.ended):
        load[count.tenant] += count.count
    return frozenset(sorted(load, key=lambda tenant: (-load[tenant], tenant))[:most])
