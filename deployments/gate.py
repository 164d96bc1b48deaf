"""The gateway of the embedded stack: the process that customers ask, and the one beside it that shows frames."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

from deployments import processes
from deployments.startup import answers, wait_for
from reel.secrets import derived

USUAL_PORT = 4202


def usual_gateway_port() -> int:
    """What `REEL_GATEWAY_PORT` says, or the usual one."""
    return int(os.environ.get("REEL_GATEWAY_PORT") or USUAL_PORT)


def start_gateway(variables: dict[str, str], port: int, logs: Path, *, tied: bool) -> tuple[int, int]:
    """Start the gateway and the process beside it that shows frames and looks at uploads, and each again whenever it dies; the
    processes that see to that."""
    log = logs / "gateway.log"
    python = [sys.executable, "-m"]
    own = {**variables, "REEL_GATEWAY_PORT": str(port)}
    show = [*python, "deployments.keep", *python, "deployments.preview"]
    preview = processes.start_process(show, variables, logs / "preview.log", tied=tied)
    pid = processes.start_process([*python, "deployments.keep", *python, "gateway"], own, log, tied=tied)
    wait_for("the gateway", partial(answers, port, pid, log, "/readyz"), log)
    return pid, preview


def first_key(catalogue: str) -> str | None:
    """A key for the tenant `default`, that may do all that a tenant may; null where it has had one before."""
    from reel.catalogue import NewApiKey, open_catalogue
    from reel.control.keys import issue
    from reel.request.terms import Terms

    with closing(open_catalogue(catalogue)) as opened, opened.tenant(Terms().tenant) as records:
        if records.api_keys():
            return None
        return issue(records, NewApiKey(name="first", role="owner"), derived("api-key")).key
