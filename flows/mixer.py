"""The `mixer` deployment: N distinct variants from a project's clips."""

from __future__ import annotations

import os
from typing import Any

from prefect import flow
from prefect.runtime import flow_run
from prefect.task_runners import ThreadPoolTaskRunner

from flows.produce import produce
from reel.request import MixerRequest

# Tasks that wait for their inputs hold a thread each; how many FFmpegs run side by side is for `reel`'s room to say.
THREADS = 8 * (os.cpu_count() or 1)


def _run_name() -> str:
    request = flow_run.parameters.get("request") or {}
    fields = request if isinstance(request, dict) else request.model_dump()
    return f"{fields.get('variants', 1)} variants of {len(fields.get('clips', ()))} clips"


@flow(
    name="mixer",
    flow_run_name=_run_name,
    task_runner=ThreadPoolTaskRunner(max_workers=THREADS),  # type: ignore[arg-type]
    persist_result=False,
)
def mixer(request: MixerRequest) -> dict[str, Any]:
    """Make N distinct videos from one ordered list of clips; returns the report."""
    return produce(request).model_dump(mode="json")
