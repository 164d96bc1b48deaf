"""A real Prefect server, worker and deployment, started once for all tests of this folder and ended with them."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import pytest

from deployments import stack
from tests.flows.runs import told


@pytest.fixture(scope="session")
def prefect_stack() -> Iterator[stack.Stack]:
    # Before the stack is there, as where the tests of all folders are collected: Prefect has read its settings by then.
    import prefect.context  # noqa: F401

    with pytest.MonkeyPatch.context() as patch:
        # Stacks of several processes begin at the same moment: of a usual port each would find that it is free.
        patch.setattr(stack, "USUAL_PORT", 0)
        patch.setattr(stack, "USUAL_OUTPUTS_PORT", 0)
        with stack.running() as running:
            stack.connect(running.port)
            _pause_schedules()
            yield running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Whatever is waited for in vain, the states of runs are told."""
    try:
        return (yield)
    except TimeoutError as error:
        error.add_note(told())
        raise


def _pause_schedules() -> None:
    """No run begins that no test has started."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        for deployment in client.read_deployments():
            for schedule in deployment.schedules:
                client.update_deployment_schedule(deployment.id, schedule.id, active=False)
