"""Telling the world how far a generation is: as events, and as one progress artifact in the UI."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from itertools import count
from typing import cast
from uuid import UUID

from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId, ArtifactFilterKey
from prefect.events import emit_event
from prefect.runtime import flow_run

from reel.catalogue import Progressed
from reel.generate.progress import Progress, Snapshot

log = logging.getLogger(__name__)

SECONDS_BETWEEN = 1.0
"""Prefect's server takes about a hundred updates a second from all runs together."""
TELL_EVERY = 10
"""How many updates there are at most to one that is kept, as a sign of life, though nothing has changed."""

Tell = Callable[[Progressed], None]

KEY = "progress"
"""Of the artifact; each run has one."""
EVENT = "reelflow.generation.progress"


@contextmanager
def following(progress: Progress, generation: str, tell: Tell = lambda progressed: None) -> Iterator[None]:
    """Report `progress` from a thread of its own: a slow server never holds up the work, a deaf one never fails it.

    `tell` hears of each change, once a second at most.
    """
    over = threading.Event()
    thread = threading.Thread(
        target=copy_context().run, args=(_report, progress, generation, tell, over), name="following", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(timeout=10)


def _report(progress: Progress, generation: str, tell: Tell, over: threading.Event) -> None:
    artifact: UUID | None = None
    told: Snapshot | None = None
    for update in count(1):
        last = over.is_set()
        snapshot = progress.snapshot()
        if (snapshot != told or update % TELL_EVERY == 0) and not last:
            tell(_progressed(snapshot, progress))
        if snapshot != told:
            _emit(snapshot, generation)
            artifact = _show(snapshot, artifact)
            told = snapshot
        if last:
            return
        over.wait(SECONDS_BETWEEN)


def _show(snapshot: Snapshot, artifact: UUID | None) -> UUID | None:
    """Create or update the artifact; its id, or null where the server has not taken it yet."""
    try:
        artifact = artifact or _of_an_attempt_before()
        if artifact is None:
            return cast(UUID, create_progress_artifact(_percent(snapshot.share), KEY, snapshot.describe()))
        update_progress_artifact(artifact, _percent(snapshot.share), snapshot.describe())
    except Exception as error:  # noqa: BLE001 - progress is a courtesy; the work goes on without it
        log.warning("progress could not be shown: %s", error)
    return artifact


def _of_an_attempt_before() -> UUID | None:
    """The artifact that this run has from an attempt whose process died: it would stand for ever beside a second one."""
    mine = ArtifactFilter(
        flow_run_id=ArtifactFilterFlowRunId(any_=[UUID(str(flow_run.id))]), key=ArtifactFilterKey(any_=[KEY])
    )
    with get_client(sync_client=True) as client:
        found = client.read_artifacts(artifact_filter=mine)
    return found[0].id if found else None


def _emit(snapshot: Snapshot, generation: str) -> None:
    """Hand an event to Prefect's own thread, which sends it when it can."""
    emit_event(
        EVENT,
        resource={"prefect.resource.id": f"reelflow.generation.{generation}"},
        payload={
            "percent": _percent(snapshot.share),
            "eta_seconds": snapshot.eta_seconds,
            "steps": snapshot.steps,
            "steps_done": snapshot.steps_done,
            "steps_reused": snapshot.steps_reused,
            "doing": snapshot.doing,
        },
    )


def _progressed(snapshot: Snapshot, progress: Progress) -> Progressed:
    return Progressed(
        percent=_percent(snapshot.share),
        eta_seconds=snapshot.eta_seconds,
        steps=snapshot.steps,
        steps_done=snapshot.steps_done,
        steps_reused=snapshot.steps_reused,
        doing=snapshot.doing,
        percents={name: _percent(share) for name, share in progress.outputs().items()},
    )


def _percent(share: float) -> float:
    return round(share * 100, 1)
