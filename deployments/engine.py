"""The process of a run: Prefect's engine, in a session of its own.

Ctrl-C at a worker's console is told to all processes of its session, and is meant for the worker alone, which drains. A run
that gets SIGTERM, from a worker that has to go or has died, ends as given back: in a state of a name of its own, since Prefect
tells it from other crashes in English alone. So does one that lost Prefect's server; where that is away still, and takes no
state, the process ends with a code of its own (`AWAY`). Its environment, which holds all that the worker may do, is shown to
nobody.
"""

from __future__ import annotations

import os
import runpy
from collections.abc import Iterator
from typing import Any

import httpx
from prefect import flow_engine
from prefect.client.schemas.objects import State
from prefect.exceptions import TerminationSignal
from prefect.results import ResultStore
from prefect.states import exception_to_crashed_state

from flows.leaving import ServerAway
from reel.confinement.kernel import keep_to_itself

GIVEN_BACK = "GivenBack"
"""Name of the crashed state of a run that was told to end, or lost Prefect's server; no fault of the run."""


AWAY = 75
"""What a process exits with that could not go on, or begin, for want of Prefect's server (EX_TEMPFAIL of sysexits.h): no fault
of the run either. Its worker tells the code when the server is back."""


async def crashed_state(exc: BaseException, result_store: ResultStore | None = None) -> State[Any]:
    """Prefect's state of a run that crashed with `exc`, under our name where that is no fault of its own."""
    state: State[Any] = await exception_to_crashed_state(exc, result_store)
    return state.model_copy(update={"name": GIVEN_BACK}) if isinstance(exc, TerminationSignal | ServerAway) else state


def lost_server(error: BaseException) -> bool:
    """Whether an error came of Prefect's server being away: those of assets and stores are translated where they happen."""
    return any(isinstance(each, httpx.TransportError | ServerAway) for each in _chain(error))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and those that it came of or came upon."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


if __name__ == "__main__":
    os.setsid()
    keep_to_itself()
    flow_engine.exception_to_crashed_state = crashed_state  # type: ignore[attr-defined]
    try:
        runpy.run_module("prefect.engine", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if end.code and lost_server(end):
            raise SystemExit(AWAY) from None
        raise
