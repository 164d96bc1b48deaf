"""The process of a run says in its state's name that it was told to end, and leaves all else to Prefect."""

from __future__ import annotations

import asyncio
import signal

import pytest
from prefect import flow_engine
from prefect.exceptions import TerminationSignal
from prefect.states import Running, exception_to_crashed_state

from deployments.engine import crashed_state
from deployments.recovery import crashes_in


@pytest.mark.parametrize(
    ("error", "name", "counts"),
    [
        (TerminationSignal(signal.SIGTERM), "GivenBack", 0),
        (KeyboardInterrupt(), "Crashed", 1),
        (MemoryError(), "Crashed", 1),
    ],
)
def test_only_a_run_that_was_told_to_end_is_given_back(error: BaseException, name: str, counts: int) -> None:
    state = asyncio.run(crashed_state(error))
    assert (state.name, state.is_crashed()) == (name, True)
    assert crashes_in([Running(), state]) == counts


def test_prefect_asks_for_the_state_where_ours_is_put() -> None:
    assert vars(flow_engine)["exception_to_crashed_state"] is exception_to_crashed_state
