"""Which Prefect server a command of ours talks to, before it asks for anything."""

from __future__ import annotations

import sys

from prefect.settings import PREFECT_API_URL

from deployments import stack


def find_server() -> None:
    """Stay with the server that the environment or Prefect's profile names; else take the embedded stack of this home, where it
    runs. Ends the process, in words, where there is neither."""
    if PREFECT_API_URL.value():
        return
    running = stack.current()
    if running is None:
        sys.exit(
            "No Prefect server is known: set PREFECT_API_URL (http://127.0.0.1:4200/api), or start one by `make up`."
        )
    stack.connect(running.port, running.auth)
