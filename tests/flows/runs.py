"""Triggering runs and looking at them, for tests against a real server."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any
from uuid import UUID

from deployments import processes, stack, surroundings
from tests.waiting import POLL_SECONDS, wait_for


def start_run(request: dict[str, Any], terms: dict[str, Any] | None = None) -> UUID:
    """A run of the deployment of the request's kind."""
    from deployments.follow import trigger

    return trigger(f"{request['kind']}/{request['kind']}", request, terms)


def state_of(run_id: UUID) -> Any:
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        return client.read_flow_run(run_id).state


def end_of(run_id: UUID) -> Any:
    """The last state of a run."""

    def ended() -> Any:
        state = state_of(run_id)
        return state if state.is_final() else None

    return wait_for(ended, f"the end of run {run_id}", tell=lambda: told_of(run_id))


def success_of(run_id: UUID) -> Any:
    """The last state of a run that goes on after crashes."""

    def ended() -> Any:
        state = state_of(run_id)
        return state if state.is_final() and not state.is_crashed() else None

    return wait_for(ended, f"the success of run {run_id}", tell=lambda: told_of(run_id))


def told_of(run_id: UUID) -> str:
    """What there is to know of a run that is waited for in vain: its states."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        states = client.read_flow_run_states(run_id)
    return "\n".join(["Its states:", *(_told(state) for state in states)])


def _told(state: Any) -> str:
    return f"  {state.timestamp:%H:%M:%S.%f} {state.name} {state.message or ''}"


def told() -> str:
    """What there is to know where something did not happen: the runs of late with their states, slots, the worker's log."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.sorting import FlowRunSort

    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(limit=10, sort=FlowRunSort.EXPECTED_START_TIME_DESC)
        states = {run.id: client.read_flow_run_states(run.id) for run in runs}
        limits = client.read_global_concurrency_limits(limit=20, offset=0)
    log = surroundings.home() / "logs" / "worker.log"
    return "\n".join(
        [
            "Runs of late:",
            *(
                line
                for run in runs
                for line in (f"  {run.id} {run.name}", *(f"  {_told(each)}" for each in states[run.id]))
            ),
            "Slots taken:",
            *(f"  {limit.name}: {limit.active_slots} of {limit.limit}" for limit in limits),
            "The worker said last:",
            *(log.read_text("utf-8").splitlines()[-20:] if log.exists() else ["  nothing"]),
        ]
    )


def report_of(run_id: UUID) -> dict[str, Any]:
    folder = Path(os.environ["REEL_HOME"], "outputs", "default", str(run_id))
    document: dict[str, Any] = json.loads((folder / "report.json").read_text("utf-8"))
    return document


def published(run_id: UUID) -> bool:
    return Path(os.environ["REEL_HOME"], "outputs", "default", str(run_id)).exists()


def task_runs(run_id: UUID) -> list[Any]:
    """The runs of all tasks, each ended. A busy server records both after the run's end: all are known when a look a second
    later finds no more."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

    runs: list[Any] = []

    def recorded() -> bool:
        known = len(runs)
        time.sleep(1 if known else 0)
        with get_client(sync_client=True) as client:
            runs[:] = client.read_task_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[run_id])), limit=200)
        return known == len(runs) > 0 and all(run.state and run.state.is_final() for run in runs)

    wait_for(recorded, f"the end of every task of {run_id}")
    return runs


def task_states(run_id: UUID) -> dict[str, list[str]]:
    """For each kind of task, the names of the states that its runs ended in."""
    states: dict[str, list[str]] = {}
    for run in task_runs(run_id):
        states.setdefault(run.task_key.split("-")[0], []).append(run.state_name or "")
    return states


def artifacts_of(run_id: UUID) -> dict[str, Any]:
    return {artifact.key: artifact for artifact in all_artifacts_of(run_id) if artifact.key}


def all_artifacts_of(run_id: UUID) -> list[Any]:
    """Those of all attempts, also of one key."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId

    with get_client(sync_client=True) as client:
        return client.read_artifacts(artifact_filter=ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run_id])))


def engines(running: stack.Stack) -> list[int]:
    """Process ids of the flow runs of a stack."""

    def look() -> set[int]:
        return {pid for pid in processes.marked(running.mark) if "deployments.engine" in _command_line(pid)}

    seen = look()
    time.sleep(POLL_SECONDS)
    # What is about to become an FFmpeg bears its parent's name for a moment.
    return sorted(seen & look())


def ffmpegs() -> list[int]:
    """Process ids of every FFmpeg that works below this run's home."""
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal())
    return [pid for pid in pids if "-progress" in (line := _command_line(pid)) and os.environ["REEL_HOME"] in line]


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""
