"""Two hosts against one: the same cold job, each host with two processors, disks and caches of its own.

The hosts are those of `tests/hosts`: worker processes in networks of their own, with nothing between them but S3, PostgreSQL
and Prefect. Each is bound to its own two processors of this machine, so with four or more that are otherwise idle, seconds by
the clock mean what they would mean on two machines; where others use the processors too, look at the processor time.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.rows import FOLDER, Row
from tests.hosts.cluster import Cluster, cluster
from tests.waiting import wait_for

VARIANTS = 20
GRAIN = "04-grain"
"""Left out: x264 with a cap on bits and several frame threads does not give the same bytes twice where the cap is reached,
on one machine as on two, and so nothing could be said of the others."""
PROCESSORS = 2
"""Of each host."""


@dataclass(frozen=True)
class Took:
    """What a job took on some hosts."""

    seconds: float
    cpu_seconds: float
    """Of all processes of all hosts; the servers' is not in it."""
    first_task_seconds: float
    """From the trigger until the first task began."""
    all_work_seconds: float
    """From the trigger until the first step began on the host that was last to begin."""
    spread_seconds: float
    """The same, from the moment the owner had its plan and began its own first step."""
    videos: tuple[str, ...]
    """Their SHA-256."""


def rows(clips: Sequence[Path]) -> list[Row]:
    """One host, two hosts."""
    one, two = (job(clips, hosts) for hosts in (1, 2))
    same = sum(here == there for here, there in zip(one.videos, two.videos, strict=True))
    return [
        Row(f"{VARIANTS} variants, two hosts over one", f"{two.seconds:.1f} s", f"{one.seconds:.1f} s",
            f"{one.seconds / two.seconds:.2f}x", ">= 1.6x, where each has processors of its own"),
        Row("processor time, two hosts over one", f"{two.cpu_seconds:.0f} cpu", f"{one.cpu_seconds:.0f} cpu",
            f"{two.cpu_seconds / one.cpu_seconds - 1:+.0%}", "<= +15 %"),
        Row("videos that are the same bytes", f"{same} of {VARIANTS}", "", "", "all"),
        Row("trigger to first task", f"{two.first_task_seconds:.1f} s", f"{one.first_task_seconds:.1f} s", "", ""),
        Row("trigger until all hosts work", f"{two.all_work_seconds:.1f} s", "", "", ""),
        Row("from the owner's first step to the helper's", f"{two.spread_seconds:.1f} s", "", "", "<= 5 s"),
    ]  # fmt: skip


def job(clips: Sequence[Path], hosts: int) -> Took:
    """One cold job on so many hosts."""
    folder = FOLDER / f"hosts-{hosts}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with cluster(folder, [f"host-{number}" for number in range(1, hosts + 1)], REEL_SPREAD_SECONDS="1") as made:
        assets = [made.put_asset(clip) for clip in clips if clip.stem != GRAIN]
        processors = sorted(os.sched_getaffinity(0))
        for number, host in enumerate(made.hosts):
            own = processors[number * PROCESSORS : (number + 1) * PROCESSORS] or processors
            host.start(before=("taskset", "--cpu-list", ",".join(map(str, own))))
        wait_for(lambda: len(made.online()) == hosts, "all workers to be there")
        idle = [host.cpu_seconds() for host in made.hosts]
        request = {"kind": "mixer", "clips": assets, "variants": VARIANTS, "order_mixing": True, "stills": False}
        run = made.trigger(request)
        ended = made.end_of(run, 3600)
        assert ended["state_type"] == "COMPLETED", ended["state"]["message"]
        for host in made.hosts:
            # A process is counted when it has ended.
            wait_for(lambda host=host: host.pids() == [host.worker], "the end of all runs")  # type: ignore[misc]
        used = [host.cpu_seconds() for host in made.hosts]
        return _took(made, ended, sum(used) - sum(idle))


def _took(made: Cluster, run: dict[str, Any], cpu_seconds: float) -> Took:
    began, ended = _time(run["created"]), _time(run["end_time"])
    runs = [run["id"], *(share["id"] for share in made.shares_of(run["id"]))]
    assert len(runs) == len(made.hosts), "the job was not spread"
    tasks = wait_for(lambda: _all_told(made, runs), "the record of all tasks")
    steps = [
        min(_time(task["start_time"]) for task in tasks if _is_step(task) and task["flow_run_id"] == one)
        for one in runs
    ]
    report = made.report(run["id"])
    return Took(
        seconds=ended - began,
        cpu_seconds=cpu_seconds,
        first_task_seconds=min(_time(task["start_time"]) for task in tasks) - began,
        all_work_seconds=max(steps) - began,
        spread_seconds=max(steps) - steps[0],
        videos=tuple(output["files"][0]["sha256"] for output in report["outputs"]),
    )


def _all_told(made: Cluster, runs: list[str]) -> list[dict[str, Any]]:
    """Every task that ran, once the server knows of tasks in each of the runs."""
    tasks = [task for task in made.tasks(runs) if task["start_time"]]
    return tasks if {task["flow_run_id"] for task in tasks if _is_step(task)} == set(runs) else []


def _is_step(task: dict[str, Any]) -> bool:
    return str(task["task_key"]).rsplit("-", 1)[0] in (
        "compose_segment",
        "decode_sound",
        "stretch_sound",
        "render_sound",
    )


def _time(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
