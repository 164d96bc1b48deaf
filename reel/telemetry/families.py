"""Measures as metrics of Prometheus; docs/watch.md tells what each one means. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from reel.telemetry.measures import OTHER, Load, Measures, busiest

Samples = Mapping[tuple[str, ...], float]
"""Values by their labels' values."""


def families_of_load(load: Load) -> Iterator[Metric]:
    """What a worker uses, as metrics. Pure."""
    used = CounterMetricFamily(
        "reelflow_worker_cpu_seconds",
        "Seconds of processors that a worker and all it started have used.",
        labels=("worker",),
    )
    used.add_metric((load.worker,), load.cpu_seconds)
    yield used
    for name, what, value in (
        ("processors", "Processors that a worker may use.", load.processors),
        ("memory_bytes", "Memory that a worker and all it started hold.", load.memory_bytes),
        ("runs", "Flow runs that a worker has under way.", load.runs),
        ("steps", "Steps that a worker is making.", load.steps),
    ):
        yield _gauge(f"reelflow_worker_{name}", what, ("worker",), {(load.worker,): value})
    yield _gauge(
        "reelflow_worker_sandbox",
        "1 at the level of what confines a worker's children: full, partial or none.",
        ("worker", "level"),
        {(load.worker, load.sandbox): 1} if load.sandbox else {},
    )


def families(measures: Measures) -> Iterator[Metric]:
    """Measures as metrics. Every family is there, also where it has no sample. Pure."""
    yield from _generations(measures)
    yield from _steps(measures)
    yield from _deliveries(measures)
    yield from _machines(measures)


def _generations(measures: Measures) -> Iterator[Metric]:
    own = busiest(measures)

    def of(tenant: str) -> str:
        return tenant if tenant in own else OTHER

    waiting = [((of(row.tenant), row.priority), row) for row in measures.waiting]
    yield _gauge(
        "reelflow_queue_depth",
        "Generations that are queued.",
        ("tenant", "priority"),
        _sums((labels, row.depth) for labels, row in waiting),
    )
    yield _gauge(
        "reelflow_queue_oldest_seconds",
        "How long the oldest queued generation has waited.",
        ("tenant", "priority"),
        _greatest((labels, row.oldest_seconds) for labels, row in waiting),
    )
    yield _gauge(
        "reelflow_generations",
        "Generations that have not ended.",
        ("tenant", "status"),
        _sums(((of(row.tenant), row.status), row.count) for row in measures.live),
    )
    yield _gauge(
        "reelflow_generations_ended",
        "Generations that ended in the window.",
        ("tenant", "status", "error_class"),
        _sums(((of(row.tenant), row.status, row.error_class), row.count) for row in measures.ended),
    )
    yield _gauge(
        "reelflow_output_bytes",
        "Bytes published in the window.",
        ("tenant",),
        _sums(((of(tenant),), count) for tenant, count in measures.output_bytes.items()),
    )
    yield _single(
        "reelflow_recommended_at_once",
        "How many generations should be able to run at the same time, now and in a quarter of an hour.",
        measures.recommended_at_once,
    )
    yield _single("reelflow_window_seconds", "Length of the window.", measures.window_seconds)
    yield _single(
        "reelflow_estimate_error_ratio",
        "Median of |predicted - actual| / actual seconds of the generations done in the window.",
        measures.estimate_error_ratio,
    )
    yield _single(
        "reelflow_cpu_estimate_error_ratio",
        "Median of |predicted - actual| / actual processor seconds of the generations done in the window.",
        measures.cpu_estimate_error_ratio,
    )
    yield _single(
        "reelflow_cpu_estimate_cover_ratio",
        "Share of the generations done in the window that took no more processor seconds than their p90.",
        measures.cpu_estimate_cover_ratio,
    )


def _steps(measures: Measures) -> Iterator[Metric]:
    yield _gauge(
        "reelflow_steps",
        "Steps in the window, made or found in the store.",
        ("operation", "source"),
        {
            (step.operation, source): count
            for step in measures.steps
            for source, count in (("made", step.made), ("reused", step.reused))
        },
    )
    yield _gauge(
        "reelflow_step_seconds",
        "Quantiles of the seconds that making a step took, in the window.",
        ("operation", "quantile"),
        {
            (step.operation, quantile): seconds
            for step in measures.steps
            for quantile, seconds in (
                ("0.5", step.p50_seconds),
                ("0.95", step.p95_seconds),
                ("0.99", step.p99_seconds),
            )
            if seconds is not None
        },
    )
    yield _single(
        "reelflow_cache_hit_ratio",
        "Share of the window's steps that were found in the store.",
        measures.cache_hit_ratio,
    )


def _deliveries(measures: Measures) -> Iterator[Metric]:
    webhooks = measures.webhooks
    yield _single("reelflow_webhooks_pending", "Webhook events that are to be delivered.", webhooks.pending)
    yield _single(
        "reelflow_webhooks_oldest_seconds",
        "How long the oldest webhook event that is due has waited.",
        webhooks.oldest_seconds,
    )
    yield _single("reelflow_webhooks_dead", "Webhook events that were given up on.", webhooks.dead)
    yield _gauge(
        "reelflow_dead_letters_open",
        "Dead letters that nobody has replayed or dropped.",
        ("error_class",),
        {(name,): count for name, count in measures.dead_letters.items()},
    )


def _machines(measures: Measures) -> Iterator[Metric]:
    yield _gauge(
        "reelflow_store_bytes",
        "Bytes in the object store.",
        ("kind",),
        {(kind,): count for kind, count in measures.store_bytes.items()},
    )
    yield _gauge(
        "reelflow_disk_free_bytes",
        "Free bytes of the file system on which a folder of the exporter's machine lies.",
        ("folder",),
        {(disk.folder,): disk.free_bytes for disk in measures.disks},
    )
    yield _gauge(
        "reelflow_disk_total_bytes",
        "Size of that file system.",
        ("folder",),
        {(disk.folder,): disk.total_bytes for disk in measures.disks},
    )
    yield _gauge(
        "reelflow_workers_online",
        "Workers that Prefect has heard of lately.",
        ("pool",),
        {(pool,): count for pool, count in measures.workers_online.items()},
    )
    yield _single(
        "reelflow_janitor_ended_timestamp_seconds",
        "When the janitor last ended well, in seconds since 1970.",
        measures.janitor_ended,
    )
    yield _single(
        "reelflow_backup_ended_timestamp_seconds",
        "When the newest backup of the catalogue was put, in seconds since 1970.",
        measures.backup_ended,
    )


def ok(ok: bool) -> Metric:
    """Whether the measures could be read."""
    return _single("reelflow_exporter_ok", "Whether the measures could be read.", float(ok))


def _single(name: str, what: str, value: float | None) -> Metric:
    return _gauge(name, what, (), {} if value is None else {(): value})


def _gauge(name: str, what: str, labels: tuple[str, ...], samples: Samples) -> Metric:
    family = GaugeMetricFamily(name, what, labels=labels)
    for values, value in samples.items():
        family.add_metric(values, value)
    return family


def _sums(rows: Iterable[tuple[tuple[str, ...], float]]) -> Samples:
    sums: dict[tuple[str, ...], float] = {}
    for labels, value in rows:
        sums[labels] = sums.get(labels, 0) + value
    return sums


def _greatest(rows: Iterable[tuple[tuple[str, ...], float]]) -> Samples:
    greatest: dict[tuple[str, ...], float] = {}
    for labels, value in rows:
        greatest[labels] = max(greatest.get(labels, value), value)
    return greatest
