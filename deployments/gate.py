"""The gateway of the embedded stack: the process that customers ask, and the one beside it that shows frames."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

from deployments import processes
from deployments.startup import answers, free_port, wait_for
from reel.secrets import derived

USUAL_PORT = 4202


def start_gateway(variables: dict[str, str], last_port: int | None, logs: Path, *, tied: bool) -> int:
    """Start the gateway and the process beside it that shows frames and looks at uploads, and each again whenever it dies; the
    gateway's port."""
    log = logs / "gateway.log"
    wanted = int(os.environ.get("REEL_GATEWAY_PORT") or USUAL_PORT)
    port = free_port(wanted, last_port)
    python = [sys.executable, "-m"]
    own = {**variables, "REEL_GATEWAY_PORT": str(port)}
    show = [*python, "deployments.keep", *python, "deployments.preview"]
    processes.start_process(show, variables, logs / "preview.log", tied=tied)
    pid = processes.start_process([*python, "deployments.keep", *python, "gateway"], own, log, tied=tied)
    wait_for("the gateway", partial(answers, port, pid, log, "/readyz"), log)
    return port


def first_key(catalogue: str) -> str | None:
    """A key for the tenant `default`, that may do all that a tenant may; null where it has had one before."""
    from reel.catalogue import NewApiKey, open_catalogue
    from reel.control.keys import issue
    from reel.request.terms import Terms

    with closing(open_catalogue(catalogue)) as opened, opened.tenant(Terms().tenant) as records:
        if records.api_keys():
            return None
        return issue(records, NewApiKey(name="first", role="owner"), derived("api-key")).key
