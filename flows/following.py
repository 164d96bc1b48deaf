"""Telling the world how far a generation is: as events, and as one progress artifact in the UI."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from uuid import UUID

from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.events import emit_event

from reel.perform.progress import Progress, Snapshot

log = logging.getLogger(__name__)

SECONDS_BETWEEN = 1.0
"""Prefect's server takes about a hundred updates a second from all runs together."""

EVENT = "reelflow.generation.progress"


@contextmanager
def following(progress: Progress, generation: str) -> Iterator[None]:
    """Report `progress` from a thread of its own: a slow server never holds up the work, a deaf one never fails it."""
    over = threading.Event()
    artifact = create_progress_artifact(0.0, key="progress", description="planned")
    thread = threading.Thread(
        target=copy_context().run, args=(_report, progress, generation, artifact, over), name="following", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(timeout=10)


def _report(progress: Progress, generation: str, artifact: UUID, over: threading.Event) -> None:
    told: Snapshot | None = None
    while True:
        last = over.wait(SECONDS_BETWEEN)
        snapshot = progress.snapshot()
        if snapshot != told:
            _tell(snapshot, generation, artifact)
            told = snapshot
        if last:
            return


def _tell(snapshot: Snapshot, generation: str, artifact: UUID) -> None:
    percent = round(snapshot.share * 100, 1)
    try:
        update_progress_artifact(artifact, percent, snapshot.describe())
        emit_event(
            EVENT,
            resource={"prefect.resource.id": f"reelflow.generation.{generation}"},
            payload={
                "percent": percent,
                "eta_seconds": snapshot.eta_seconds,
                "steps": snapshot.steps,
                "steps_done": snapshot.steps_done,
                "steps_reused": snapshot.steps_reused,
                "doing": snapshot.doing,
            },
        )
    except Exception as error:  # noqa: BLE001 - progress is a courtesy; the work goes on without it
        log.warning("progress could not be reported: %s", error)
