"""The `mixer` deployment: N distinct variants from a project's clips."""

from __future__ import annotations

import os
from typing import Any

from prefect import flow
from prefect.runtime import flow_run
from prefect.task_runners import ThreadPoolTaskRunner

from flows.produce import produce
from reel.perform.render import read_request
from reel.request import MixerRequest

# Steps are submitted when they can run, and `reel`'s room says how many FFmpegs run side by side; the threads beyond that
# are for fetching and reading, which mostly wait.
THREADS = 4 + 2 * (os.cpu_count() or 1)


def _run_name() -> str:
    request = flow_run.parameters.get("request") or {}
    fields = request if isinstance(request, dict) else request.model_dump()
    variants, clips = fields.get("variants", 1), fields.get("clips", ())
    return f"{variants} variant{'s' * (variants != 1)} of {len(clips)} clip{'s' * (len(clips) != 1)}"


@flow(
    name="mixer",
    flow_run_name=_run_name,
    task_runner=ThreadPoolTaskRunner(max_workers=THREADS),  # type: ignore[arg-type]
    persist_result=False,
    # What is wrong is told by `read_request` in our words, with the field's name and what to do.
    validate_parameters=False,
)
def mixer(request: MixerRequest) -> dict[str, Any]:
    """Make N distinct videos from one ordered list of clips; returns the report.

    Args:
        request: What to make. Paths of clips are absolute, or count from the worker's working folder.
    """
    return produce(read_request(request)).model_dump(mode="json")
