"""The embedded stack, and whoever triggers runs by plain HTTP just as others end: how often Prefect's server refuses one as its
SQLite is locked, and what a run leaves in its database."""

from __future__ import annotations

import os
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from deployments import stack, surroundings

BURST = 10
"""So many triggers follow each end of a run."""
PAUSE_SECONDS = 0.2
"""Between two of them: what a run leaves to be written is written within seconds of its end."""
MEASURED = 8
"""Runs whose rows are counted."""
LOOK_SECONDS = 0.5
"""Between two looks at what has ended; each is a question to the same server."""
SETTLE_SECONDS = 12.0
"""Until the server has written what it has heard of: its queues are flushed every 5 s."""
DEPLOYMENT = "template/template"


def run_triggers(folder: Path, triggers: int, say: Callable[[str], None]) -> list[str]:
    """Trigger so many runs, and measure; what is wrong then."""
    os.environ |= {"REEL_HOME": str(folder / "reel"), "PREFECT_HOME": str(folder / "prefect")}
    with (
        stack.running() as running,
        httpx.Client(base_url=running.api, auth=surroundings.auth_pair(), timeout=120) as client,
    ):
        deployment = _asked(lambda: client.get(f"/deployments/name/{DEPLOYMENT}")).json()["id"]
        work = (card(number) for number in count())
        _one_after_another(client, deployment, work, 1)  # the first one reads all code from the disk
        say(_growth(client, deployment, work))
        refusals, seconds = _triggered(client, deployment, work, triggers)
    answers = sum(refusals.values())
    say(f"{triggers} triggers, {answers} refused: {dict(refusals)}")
    say(f"an answer took {sorted(seconds)[len(seconds) // 2]:.2f} s in the middle, {max(seconds):.2f} s at most")
    return [f"{answers} of {triggers} triggers were refused: {dict(refusals)}"] if answers else []


def card(number: int) -> dict[str, Any]:
    """A second of video that no other number shares."""
    clip = {"type": "colour", "colour": f"#{number:06x}", "duration": 1}
    timeline = {"tracks": [{"clips": [clip]}, {"clips": [{"type": "text", "text": f"No. {number}", "duration": 1}]}]}
    return {"request": {"kind": "template", "resolution": "480p", "timeline": timeline}}


def _triggered(client: httpx.Client, deployment: str, work: Any, triggers: int) -> tuple[Counter[int], list[float]]:
    """Trigger runs right after others end; the statuses of refusals, and what each answer took."""
    refusals: Counter[int] = Counter()
    seconds: list[float] = []
    for _ in range(3):
        _refused(client, deployment, next(work))
    while len(seconds) < triggers:
        _wait_for_ends(client, _ended(client) + 1)
        for _ in range(min(BURST, triggers - len(seconds))):
            began = time.monotonic()
            if status := _refused(client, deployment, next(work)):
                refusals[status] += 1
            seconds.append(time.monotonic() - began)
            time.sleep(PAUSE_SECONDS)
    return refusals, seconds


def _refused(client: httpx.Client, deployment: str, parameters: dict[str, Any]) -> int:
    """Trigger a run; the status of the answer where it is no success. Nothing is tried again."""
    answer = client.post(f"/deployments/{deployment}/create_flow_run", json={"parameters": parameters})
    return 0 if answer.is_success else answer.status_code


def _one_after_another(client: httpx.Client, deployment: str, work: Any, runs: int) -> None:
    for _ in range(runs):
        before = _ended(client)
        while _refused(client, deployment, next(work)):
            time.sleep(LOOK_SECONDS)
        _wait_for_ends(client, before + 1)


def _wait_for_ends(client: httpx.Client, runs: int) -> None:
    while _ended(client) < runs:
        time.sleep(LOOK_SECONDS)


def _ended(client: httpx.Client) -> int:
    """How many runs have ended."""
    types = ["COMPLETED", "FAILED", "CRASHED", "CANCELLED"]
    query = {"flow_runs": {"state": {"type": {"any_": types}}}}
    return int(_asked(lambda: client.post("/flow_runs/count", json=query)).json())


def _asked(question: Callable[[], httpx.Response]) -> httpx.Response:
    """The first answer that is a success."""
    while not (answer := question()).is_success:
        time.sleep(LOOK_SECONDS)
    return answer


def _growth(client: httpx.Client, deployment: str, work: Any) -> str:
    """What a run adds to the database, one after another."""
    time.sleep(SETTLE_SECONDS)
    rows, size = _contents()
    _one_after_another(client, deployment, work, MEASURED)
    time.sleep(SETTLE_SECONDS)
    more_rows, more = _contents()
    grown = {name: round((more_rows[name] - rows.get(name, 0)) / MEASURED, 1) for name in more_rows}
    told = ", ".join(
        f"{name} {number:g}" for name, number in sorted(grown.items(), key=lambda each: -each[1]) if number
    )
    return f"a run adds {(more - size) / MEASURED / 1e3:.0f} kB to Prefect's database; rows: {told}"


def _contents() -> tuple[dict[str, int], int]:
    """The rows of each table of Prefect's database, and the bytes of all pages in use."""
    with closing(sqlite3.connect(surroundings.home() / "prefect.db", timeout=60)) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {name: int(database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]) for name in names}
        (size,) = database.execute("SELECT sum(pgsize) FROM dbstat").fetchone()
    return rows, int(size)
