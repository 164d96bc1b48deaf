"""The process of a run says in its state's name that it was told to end, and leaves all else to Prefect."""

from __future__ import annotations

import asyncio
import signal

import httpx
import pytest
from prefect import flow_engine
from prefect.exceptions import TerminationSignal
from prefect.states import Running, exception_to_crashed_state

from deployments.engine import crashed_state
from deployments.recovery import crashes_in
from flows.kind import kind_flow
from flows.leaving import ServerAway


@pytest.mark.parametrize(
    ("error", "name", "counts"),
    [
        (TerminationSignal(signal.SIGTERM), "GivenBack", 0),
        (ServerAway("connection refused"), "GivenBack", 0),
        (KeyboardInterrupt(), "Crashed", 1),
        (MemoryError(), "Crashed", 1),
    ],
)
def test_only_what_is_no_fault_of_the_run_is_given_back(error: BaseException, name: str, counts: int) -> None:
    state = asyncio.run(crashed_state(error))
    assert (state.name, state.is_crashed()) == (name, True)
    assert crashes_in([Running(), state]) == counts


def test_prefect_asks_for_the_state_where_ours_is_put() -> None:
    assert vars(flow_engine)["exception_to_crashed_state"] is exception_to_crashed_state


def test_a_run_that_loses_prefects_server_has_not_failed() -> None:
    @kind_flow("mixer")
    def losing(request: object, terms: object) -> None:
        raise httpx.ConnectError("All connection attempts failed")

    with pytest.raises(ServerAway, match="All connection attempts failed"):
        losing.fn({}, {})
