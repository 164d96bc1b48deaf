"""Runs that end before they have begun: some go back into the queue, so that they hold no place while they wait."""

from __future__ import annotations

from typing import Any, NoReturn

from prefect import get_client
from prefect.client.schemas.objects import State
from prefect.exceptions import Abort
from prefect.runtime import flow_run


def leave_as(state: State[Any]) -> NoReturn:
    """End this process and leave the run in a state; in a scheduled one, it is taken up again, from its begin, when that says.

    A flow that returns such a state ends with exit code 1 in Prefect 3.8.8, which makes a crash of it.
    """
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(flow_run.id, state)
    raise Abort(state.message)
