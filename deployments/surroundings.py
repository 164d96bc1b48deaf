"""What processes of the embedded stack are started with: where they keep things, whom they ask, and by which password."""

from __future__ import annotations

import os
from pathlib import Path

from deployments import processes
from reel.secrets import derived

ROOT = Path(__file__).resolve().parent.parent


def home() -> Path:
    """Where the stack keeps its database, logs and notes."""
    return Path(os.environ.get("PREFECT_HOME", ROOT / ".reel" / "prefect"))


SERVER = {
    # In memory, leases of tenants' slots are forgotten when the server dies, and their slots stay taken for ever.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    "PREFECT_SERVER_EVENTS_MESSAGING_BROKER": "deployments.broker",
    # Steps tell of each of their states: what comes within a second is written in one go.
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "50",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    # Finished runs, with all that belongs to them, are kept for 30 days, events for 7. The catalogue keeps the generations.
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(30 * 24 * 3600),
    "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "P7D",
}
"""What the server of one machine runs with, here and in infra/systemd; an environment that says otherwise is obeyed."""


def local(port: int | None) -> str | None:
    """The address of a port of this machine; null for none."""
    return f"http://127.0.0.1:{port}" if port else None


def environment(port: int, mark: str, outputs_url: str | None = None, gateway_url: str | None = None) -> dict[str, str]:
    """What server, worker and flow runs are started with; `outputs_url` says where the stack itself serves the outputs, and
    `gateway_url` where its gateway does, whose links workers tell in webhooks."""
    return {
        **SERVER,
        **({"REEL_OUTPUTS_URL": outputs_url} if outputs_url else {}),
        **({"REEL_GATEWAY_URL": gateway_url} if gateway_url else {}),
        **os.environ,
        processes.MARK: mark,
        "PYTHONPATH": str(ROOT),
        "PREFECT_HOME": str(home()),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_UI_URL": f"http://127.0.0.1:{port}",
        **keyed(port),
        # Nothing of ours is told to anybody.
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        # How soon a worker sees a new run; the default of 10 s is for large installations.
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "PREFECT_CLI_PROMPT": "false",
    }


def keyed(port: int) -> dict[str, str]:
    """What keeps the server to those who know its password, and pages to its own: any other page that a browser of this machine
    shows could start runs otherwise."""
    told = auth_string()
    return {
        "PREFECT_SERVER_API_AUTH_STRING": told,
        "PREFECT_API_AUTH_STRING": told,
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": f"http://127.0.0.1:{port},http://localhost:{port}",
    }


def auth_string() -> str:
    """User and password of the stack's Prefect server, as its pages ask for them: what the environment says, else the
    installation's own (`reel.secrets`)."""
    return os.environ.get("PREFECT_SERVER_API_AUTH_STRING") or f"reelflow:{derived('Prefect')[:16].hex()}"


def auth_pair() -> tuple[str, str]:
    """Both, for who asks by plain HTTP."""
    user, _, word = auth_string().partition(":")
    return user, word
