"""The embedded stack as a whole."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from deployments.stack import Stack


def test_nobody_but_the_server_opens_its_database(prefect_stack: Stack) -> None:
    """A client that does not know the server's address starts one of its own, on the same SQLite."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        client.read_flows()
        assert str(client.api_url) == f"{prefect_stack.api}/"
    assert [pid for pid in (os.getpid(), *children_of(os.getpid())) if _has_open(pid, "prefect.db")] == [
        prefect_stack.server
    ]


def children_of(parent: int) -> list[int]:
    return [
        int(pid) for task in Path(f"/proc/{parent}/task").iterdir() for pid in (task / "children").read_text().split()
    ]


def _has_open(pid: int, name: str) -> bool:
    found = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            found.append(link.readlink().name)
    return name in found
