"""The embedded stack as a whole."""

from __future__ import annotations

import json
import os
import signal
from contextlib import suppress
from pathlib import Path

import httpx

from deployments.stack import Stack
from deployments.surroundings import auth_pair
from tests.flows.runs import end_of, start_run, task_states
from tests.flows.test_queue_flow import card
from tests.waiting import wait_for


def test_nobody_but_the_server_opens_its_database(prefect_stack: Stack) -> None:
    """A client that does not know the server's address starts one of its own, on the same SQLite."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        client.read_flows()
        assert str(client.api_url) == f"{prefect_stack.api}/"
    (server,) = children_of(prefect_stack.server)
    others = {os.getpid(), *children_of(os.getpid())}
    assert [pid for pid in (server, *others) if _has_open(pid, "prefect.db")] == [server]


ELSEWHERE = "https://elsewhere.example"


def test_no_page_of_another_origin_starts_a_run(prefect_stack: Stack) -> None:
    """A browser of this machine shows pages of strangers too: these may ask the server, and must be told nothing."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name("template/template")
        before = len(client.read_flow_runs())
    url = f"{prefect_stack.api}/deployments/{deployment.id}/create_flow_run"
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,authorization"}
    preflight = httpx.options(url, headers={"Origin": ELSEWHERE, **asks})
    assert (preflight.status_code >= 400, preflight.headers.get("access-control-allow-origin")) == (True, None)
    # What a browser sends without asking before: a form, and text that is JSON.
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json"):
        answer = httpx.post(url, content=json.dumps(card(91)), headers={"Origin": ELSEWHERE, "Content-Type": kind})
        assert answer.status_code == 401
        assert answer.headers.get("access-control-allow-origin") in (None, prefect_stack.url)
    assert httpx.get(f"{prefect_stack.api}/deployments/{deployment.id}").status_code == 401
    with get_client(sync_client=True) as client:
        assert len(client.read_flow_runs()) == before


def test_prefects_own_pages_go_on(prefect_stack: Stack) -> None:
    own = httpx.get(f"{prefect_stack.url}/ui-settings")
    assert (own.status_code, own.json()["auth"]) == (200, "BASIC")
    assert httpx.get(f"{prefect_stack.api}/admin/version", auth=auth_pair()).status_code == 200
    told = httpx.get(f"{prefect_stack.api}/admin/version", auth=auth_pair(), headers={"Origin": prefect_stack.url})
    assert told.headers["access-control-allow-origin"] == prefect_stack.url


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


def test_a_server_that_is_killed_comes_back_and_orders_begin_again(prefect_stack: Stack) -> None:
    def answers() -> bool:
        with suppress(httpx.HTTPError):
            return httpx.get(f"{prefect_stack.api}/health").status_code == 200
        return False

    (server,) = children_of(prefect_stack.server)
    os.kill(server, signal.SIGKILL)
    wait_for(lambda: not answers(), "its end")
    wait_for(answers, "its second start")
    assert end_of(start_run(card(92))).is_completed()


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
