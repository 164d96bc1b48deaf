"""What a worker has under way and uses, for Prometheus (`REEL_WORKER_METRICS_PORT`); docs/watch.md tells of each metric."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from reel.confinement.selftest import sandbox
from reel.extras import missing_extra
from reel.make.perform import steps_under_way
from reel.settings import Settings
from reel.telemetry.measures import Load
from reel.telemetry.usage import usage_of

if TYPE_CHECKING:
    from deployments.draining import DrainingWorker


@contextmanager
def telling(worker: DrainingWorker, config: Settings) -> Iterator[None]:
    """Tell for the length of a block, where the settings say so; ends the process, in words, where that cannot be."""
    port, address = config.worker_metrics_port, config.metrics_address
    with ExitStack() as told:
        if port is not None:
            try:
                from reel.telemetry.metrics import serving_load

                told.enter_context(serving_load(port, lambda: load_of(worker, config), address))
            except ModuleNotFoundError as error:
                if told_of := missing_extra(error, "REEL_WORKER_METRICS_PORT"):
                    sys.exit(str(told_of))
                raise
            except OSError as error:
                what = f"{address}:{port} cannot be listened on: {error.strerror}"
                sys.exit(f"REEL_WORKER_METRICS_PORT: {what} (each worker of a machine needs a port of its own)")
        yield


def load_of(worker: DrainingWorker, config: Settings) -> Load:
    """What a worker of this process has under way, and what it uses."""
    usage = usage_of(os.getpid())
    return Load(
        worker=worker.name,
        runs=len(worker.processes),
        steps=steps_under_way(config.scratch_folder, usage.pids),
        processors=config.jobs,
        cpu_seconds=usage.cpu_seconds,
        memory_bytes=usage.memory_bytes,
        sandbox=sandbox().level,
    )
