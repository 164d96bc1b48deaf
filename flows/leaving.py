"""Runs that end before they have begun: some go back into the queue, so that they hold no place while they wait."""

from __future__ import annotations

from typing import Any, NoReturn

import httpx
from prefect import get_client
from prefect.client.schemas.objects import State
from prefect.exceptions import Abort
from prefect.logging import get_run_logger
from prefect.runtime import flow_run
from prefect.states import Failed

from flows import show
from reel.errors import ReelError


def leave_as(state: State[Any]) -> NoReturn:
    """End this process and leave the run in a state; in a scheduled one, it is taken up again, from its begin, when that says.

    A flow that returns such a state ends with exit code 1 in Prefect 3.8.8, which makes a crash of it.
    """
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(flow_run.id, state)
    raise Abort(state.message)


class ServerAway(BaseException):
    """Prefect's server was away for longer than its client waits: no fault of the run, which goes on when it is back.

    Not an `Exception`: Prefect fails a run that raises one, for good, and crashes one that raises any other.
    """


def leave_failed(error: ReelError) -> NoReturn:
    """End this process and have the run fail, with the error's own words; Prefect's would begin with what it encountered."""
    get_run_logger().error("%s", error, exc_info=error)
    show.failure(error)
    try:
        leave_as(Failed(message=str(error)))
    except httpx.HTTPError:  # Prefect waits for its server, and says it in its own way
        raise error from None
