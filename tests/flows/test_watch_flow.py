"""A run to which something happens between its trigger and its first word: it is noticed, and made after all."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from deployments import processes, stack, surroundings
from deployments.stack import Stack
from tests.flows.runs import success_of
from tests.flows.test_queue_flow import card
from tests.waiting import wait_for

FAULTS = ("label-late", "server-away", "answer-lost", "no-deployment", "killed-untold")
POOL = "faulty"


@pytest.fixture(scope="module")
def faulty_worker(prefect_stack: Stack) -> Iterator[tuple[int, Path]]:
    """A worker in a pool of its own, whose runs the stack's own worker does not take; its process id and its log."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import WorkPoolCreate

    with get_client(sync_client=True) as client:
        ours = client.read_deployment_by_name("template/template")
        template: Any = client.read_work_pool(stack.POOL).base_job_template
        client.create_work_pool(WorkPoolCreate(name=POOL, type="process", base_job_template=template))
        client.create_deployment(
            flow_id=ours.flow_id,
            name=POOL,
            entrypoint=ours.entrypoint,
            pull_steps=[],
            tags=ours.tags,
            work_pool_name=POOL,
            job_variables=ours.job_variables,
            parameter_openapi_schema=ours.parameter_openapi_schema,
        )
    log = surroundings.home() / "logs" / "worker-faulty.log"
    command = [sys.executable, "-u", "-m", "tests.flows.faulty_worker", "--pool", POOL, "--name", POOL]
    pid = processes.start_process(
        command, surroundings.environment(prefect_stack.port, prefect_stack.mark), log, tied=True
    )
    wait_for(lambda: "started!" in log.read_text(), f"the worker to start; {log}")
    yield pid, log
    os.kill(pid, signal.SIGTERM)
    processes.exit_code(pid, 60)


@pytest.mark.slow
def test_whatever_befalls_a_run_before_its_first_word_is_noticed_and_put_right(faulty_worker: tuple[int, Path]) -> None:
    from deployments.follow import trigger

    pid, log = faulty_worker

    runs = [trigger(f"template/{POOL}", card(100 + n), {"project": fault}) for n, fault in enumerate(FAULTS)]
    ends = {fault: success_of(run) for fault, run in zip(FAULTS, runs, strict=True)}
    assert {fault: state.is_completed() for fault, state in ends.items()} == dict.fromkeys(FAULTS, True)
    assert processes.is_alive(pid)
    states = {fault: names_of(run) for fault, run in zip(FAULTS, runs, strict=True)}
    crashed = {fault for fault in FAULTS if "Crashed" in states[fault]}
    assert crashed == {*FAULTS} - {"no-deployment"}, f"{states}\n{log.read_text()}"
    assert [names.count("Completed") for names in states.values()] == [1] * len(FAULTS)


def names_of(run: UUID) -> list[str]:
    """The states of a run."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        return [state.name or "" for state in client.read_flow_run_states(run)]
