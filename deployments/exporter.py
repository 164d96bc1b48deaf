"""Metrics for Prometheus: `python -m deployments.exporter`; docs/watch.md tells what each one means."""

from __future__ import annotations

import logging
import shutil
import signal
import sys
import threading
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import WorkerStatus
from prefect.exceptions import PrefectHTTPStatusError

from deployments.address import find_server
from deployments.stack import POOL
from reel.catalogue import LIVE, Catalogue, Seconds, open_catalogue
from reel.catalogue import CatalogueMeasures as Counted
from reel.control.backups import newest_backup
from reel.control.cleaning import Cleaning, last_cleaning
from reel.control.forecasting import forecast
from reel.control.service_level import Objective
from reel.errors import ReelError
from reel.settings import Settings, settings
from reel.store import objects_at
from reel.telemetry.logs import set_up
from reel.telemetry.measures import Count, Disk, Measures, Steps, Waiting, Webhooks
from reel.telemetry.metrics import serving

log = logging.getLogger("reel.exporter")

WINDOW = timedelta(hours=1)


def main() -> None:
    try:
        config = settings()
    except ReelError as error:
        sys.exit(str(error))
    find_server()
    set_up(config.log_format, config.log_level)
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    with serving(config.metrics_port, lambda: read_measures(_catalogue(), config), config.metrics_address):
        told.wait()


def read_measures(catalogue: Catalogue, config: Settings) -> Measures:
    """All measures of this moment. Errors: those of the catalogue."""
    now, objective = datetime.now(UTC), Objective(config.objective, config.objective_wait_seconds)
    with catalogue.operator() as everything:
        counted = everything.measures(now - WINDOW)
        ahead = forecast(everything, now, objective, hours=2)
    cleaned = _last_cleaning(config)
    return Measures(
        window_seconds=WINDOW.total_seconds(),
        waiting=tuple(Waiting(row.tenant, row.priority, row.depth, row.oldest_wait_seconds) for row in counted.queues),
        live=_live(counted),
        ended=_ended(counted),
        steps=_steps(counted),
        estimate_error_ratio=counted.estimate_error,
        cpu_estimate_error_ratio=counted.cpu_estimate_error,
        cpu_estimate_cover_ratio=counted.cpu_estimate_cover,
        output_bytes=counted.bytes_published,
        webhooks=Webhooks(counted.webhooks_pending, counted.webhooks_oldest_seconds, counted.webhooks_dead),
        dead_letters=counted.dead_letters,
        store_bytes=cleaned.left if cleaned else {},
        disks=(_disk(config.home),),
        workers_online=_workers(),
        janitor_ended=cleaned.at.timestamp() if cleaned else None,
        recommended_at_once=ahead.at_once,
        backup_ended=_newest_backup(config),
    )


@cache
def _catalogue() -> Catalogue:
    """Opened when it is first there; whoever asks for measures is not made to wait for it."""
    return open_catalogue(settings().catalogue_url)


def _last_cleaning(config: Settings) -> Cleaning | None:
    """What the janitor noted; nothing where the store cannot be asked: the catalogue still tells all the rest."""
    try:
        return last_cleaning(objects_at(config.store_location), config.scratch_folder)
    except ReelError as error:
        log.warning("the store cannot be asked for the janitor's note: %s", error)
        return None


def _newest_backup(config: Settings) -> float | None:
    """When the newest backup was put; nothing where its place cannot be asked."""
    try:
        return newest_backup(objects_at(config.backups_location))
    except ReelError as error:
        log.warning("the backups cannot be listed: %s", error)
        return None


def _live(counted: Counted) -> tuple[Count, ...]:
    found = counted.generations.items()
    return tuple(Count(tenant, status, count) for (tenant, status), count in found if status in LIVE)


def _ended(counted: Counted) -> tuple[Count, ...]:
    found = counted.generations.items()
    well = (Count(tenant, status, count) for (tenant, status), count in found if status in ("done", "cancelled"))
    failed = (Count(tenant, "failed", count, class_) for (tenant, class_), count in counted.failed.items())
    return (*well, *failed)


def _steps(counted: Counted) -> tuple[Steps, ...]:
    return tuple(
        _steps_of(operation, counted.steps.get(operation), counted.reused.get(operation, 0))
        for operation in sorted({*counted.steps, *counted.reused})
    )


def _steps_of(operation: str, took: Seconds | None, reused: int) -> Steps:
    if took is None:
        return Steps(operation, 0, reused)
    return Steps(operation, took.count, reused, took.p50, took.p95, took.p99)


def _disk(folder: Path) -> Disk:
    folder.mkdir(parents=True, exist_ok=True)
    usage = shutil.disk_usage(folder)
    return Disk(str(folder), usage.free, usage.total)


def _workers() -> dict[str, int]:
    """Workers online; nothing where Prefect cannot be asked."""
    try:
        with get_client(sync_client=True) as client:
            workers = client.read_workers_for_work_pool(POOL)
    except (httpx.HTTPError, PrefectHTTPStatusError):
        return {}
    return {POOL: sum(worker.status == WorkerStatus.ONLINE for worker in workers)}


if __name__ == "__main__":
    main()
