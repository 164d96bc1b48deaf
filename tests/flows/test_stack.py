"""The embedded stack as a whole."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from deployments.stack import Stack
from tests.flows.runs import end_of, start_run, task_states
from tests.flows.test_queue_flow import card
from tests.waiting import wait_for


def test_nobody_but_the_server_opens_its_database(prefect_stack: Stack) -> None:
    """A client that does not know the server's address starts one of its own, on the same SQLite."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        client.read_flows()
        assert str(client.api_url) == f"{prefect_stack.api}/"
    assert [pid for pid in (os.getpid(), *children_of(os.getpid())) if _has_open(pid, "prefect.db")] == [
        prefect_stack.server
    ]


def test_of_a_run_that_is_kept_which_somebody_reads(prefect_stack: Stack) -> None:
    """Its steps have a table of their own: what is told of them as they go is not kept beside it."""
    from prefect.client.orchestration import get_client
    from prefect.events.filters import EventFilter, EventNameFilter, EventRelatedFilter

    run = start_run(card(90))
    assert end_of(run).is_completed()
    wait_for(lambda: task_states(run), "its steps, which Prefect notes a moment later")
    related = EventRelatedFilter(id=[f"prefect.flow-run.{run}"])
    about = EventFilter(related=related)
    itself = EventFilter(event=EventNameFilter(name=["prefect.flow-run.Completed"]))
    with get_client(sync_client=True) as client:
        # What is kept is written in the order in which it came.
        wait_for(
            lambda: any(str(run) in event.resource.id for event in client.read_events(itself, limit=50).events),
            "the end",
        )
        kept = {event.event for event in client.read_events(about, limit=50).events}
    assert not {name for name in kept if name.startswith(("prefect.task-run", "prefect.artifact", "reelflow."))}


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
