"""Two hosts make generations between them: what users see, and what becomes of it when one of them dies.

Nothing is shared by the hosts but an S3 server, a PostgreSQL and a Prefect server.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.clips import Clip, numbered, read_frame_numbers
from tests.conftest import MakeClip
from tests.hosts.cluster import Cluster, cluster
from tests.hosts.host import Host
from tests.waiting import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

NAMES = {"host-1", "host-2"}
STEP_TASKS = ("compose_segment", "decode_sound", "stretch_sound", "render_sound", "concat", "thumbnails")
RECOVERY_SECONDS = 180.0
"""Heartbeats are missed for 90 s until a run counts as dead; then it is looked at every 5 s, and started again."""


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two hosts at work."""
    settings = {"REEL_SPREAD_SECONDS": "0.1", "REEL_JOBS": "2"}
    with cluster(tmp_path_factory.mktemp("hosts"), sorted(NAMES), **settings) as made:
        for host in made.hosts:
            host.start()
        yield made


@pytest.fixture
def ready(two: Cluster) -> Cluster:
    """Both are there and have nothing to do."""
    for host in two.hosts:
        if not host.pids():
            host.start()
    wait_for(lambda: two.online() == NAMES, "both workers to be there")
    wait_for(lambda: not any(host.ffmpegs() for host in two.hosts), "both to be idle")
    return two


def mix(assets: list[str], **fields: Any) -> dict[str, Any]:
    return {"kind": "mixer", "clips": assets, "resolution": "480p", "aspect": "16:9", **fields}


def long_mix(cluster: Cluster, make_clip: MakeClip, seed: int) -> dict[str, Any]:
    """Enough work for both hosts to be seen at it; none of it is another seed's."""
    clips = [make_clip(Clip(size=(1280, 720), seconds=5 + number / 10)) for number in range(8)]
    speed = 1 + seed / 1000
    return mix([cluster.put_asset(clip) for clip in clips], resolution="1080p", speed={"min": speed, "max": speed})


def owner_and_helper(cluster: Cluster, run: str) -> tuple[Host, Host]:
    """The host that has the run, and the other one, when both have an FFmpeg at work."""
    wait_for(lambda: all(host.ffmpegs() for host in cluster.hosts), "both hosts to work", 90)
    first, second = cluster.hosts
    return (first, second) if worker_of(cluster.run(run)) == first.name else (second, first)


def worker_of(run: dict[str, Any]) -> str:
    return str(run["labels"].get("prefect.worker.name", ""))


def steps_made(cluster: Cluster, runs: list[str]) -> int:
    """How many steps the tasks of these runs made, not found."""
    return sum(
        task["state_name"] == "Completed" and task["task_key"].rsplit("-", 1)[0] in STEP_TASKS
        for task in cluster.tasks(runs)
    )


def assert_published(cluster: Cluster, run: str, videos: int, tenant: str = "default") -> dict[str, Any]:
    """Every output is there, whole, once, and as the report says; the report."""
    report = cluster.report(run, tenant)
    files = [file for output in report["outputs"] for file in output["files"]]
    prefix = f"outputs/{tenant}/{run}/"
    for file in files:
        assert file["path"] == f"s3://reel/{prefix}{file['name']}"
        data = cluster.read(prefix + file["name"])
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file["bytes"], file["sha256"])
    assert len(report["outputs"]) == videos
    with cluster.catalogue.tenant(tenant) as records:
        assert records.generation(run).status == "done"
        assert {output.location for output in records.outputs(run)} == {file["path"] for file in files}
    return report


def test_two_hosts_make_one_generation(ready: Cluster, make_clip: MakeClip, tmp_path: Path) -> None:
    starts = [0, 1000, 2000, 3000, 4000, 5000]
    assets = [ready.put_asset(make_clip(numbered(start, seconds=2))) for start in starts]
    run = ready.trigger(mix(assets, resolution="1080p", variants=4, order_mixing=True, seed=5))
    ended = ready.end_of(run)
    assert ended["state_type"] == "COMPLETED", ended["state"]["message"]
    report = assert_published(ready, run, videos=4)
    for output in report["outputs"]:
        assert output["measured"]["frames"] == 360
        path = tmp_path / output["files"][0]["name"]
        path.write_bytes(ready.read(f"outputs/default/{run}/{path.name}"))
        order = [starts[entry["clip"]] for entry in output["manifest"]["sequence"]]
        assert [number for number in read_frame_numbers(path) if number in starts] == order
    with ready.catalogue.tenant("default") as records:
        steps = [step for step in records.steps(run) if step.operation != "asset"]
        assert {asset.uri for asset in records.assets()} == set(assets)
    (share,) = ready.shares_of(run)
    assert {worker_of(ended), worker_of(share)} == {step.worker for step in steps} == NAMES
    assert not any(step.reused for step in steps)
    # The server learns of task runs by events, a moment after the run has ended.
    made = wait_for(lambda: (n := steps_made(ready, [run, share["id"]])) >= len(steps) and n, "the record of all tasks")
    assert made == len(steps)


def test_links_to_outputs_work_for_people(ready: Cluster, make_clip: MakeClip) -> None:
    run = ready.trigger(mix([ready.put_asset(make_clip(numbered()))], seed=6))
    assert ready.end_of(run)["state_type"] == "COMPLETED"
    shown = ready.artifacts(run)
    (row,) = ready.table(shown["outputs"])
    video = assert_published(ready, run, videos=1)["outputs"][0]["files"][0]
    answer = httpx.get(ready.from_here(row["url"]))
    assert hashlib.sha256(answer.content).hexdigest() == video["sha256"]
    assert row["path"] == video["path"]
    page = shown["report-page"]["data"]
    link = page[page.index("(") + 1 : page.rindex(")")]
    assert "<html" in httpx.get(ready.from_here(link)).text


def test_a_helper_that_dies_is_done_without(ready: Cluster, make_clip: MakeClip) -> None:
    run = ready.trigger(long_mix(ready, make_clip, 1))
    owner, helper = owner_and_helper(ready, run)
    helper.kill()
    killed = time.monotonic()
    assert any(helper.scratch.iterdir())
    ended = ready.end_of(run)
    print(f"helper died: done after {time.monotonic() - killed:.0f} s")  # noqa: T201
    assert (ended["state_type"], ended["run_count"], worker_of(ended)) == ("COMPLETED", 1, owner.name)
    assert_published(ready, run, videos=1)
    (share,) = ready.shares_of(run)
    assert share["state_type"] == "CANCELLED"
    helper.start()
    wait_for(lambda: not any(helper.scratch.iterdir()), "its scratch folder to be swept")


def test_an_owner_that_dies_is_followed_by_another(ready: Cluster, make_clip: MakeClip) -> None:
    run = ready.trigger(long_mix(ready, make_clip, 2))
    owner, other = owner_and_helper(ready, run)
    owner.kill()
    killed = time.monotonic()
    wait_for(lambda: ready.run(run)["run_count"] == 2, "the generation to go on", RECOVERY_SECONDS)
    print(f"owner died: taken up after {time.monotonic() - killed:.0f} s")  # noqa: T201
    ended = ready.end_of(run)
    print(f"owner died: done after {time.monotonic() - killed:.0f} s")  # noqa: T201
    assert (ended["state_type"], worker_of(ended)) == ("COMPLETED", other.name)
    report = assert_published(ready, run, videos=1)
    (pictures,) = [row for row in report["steps"] if row["kind"] == "picture"]
    assert pictures["reused"] >= 1, "what was made before is there"
    owner.start()
    wait_for(lambda: not any(owner.scratch.iterdir()), "its scratch folder to be swept")


def test_one_key_asked_for_twice_at_once_is_published_once(ready: Cluster, make_clip: MakeClip) -> None:
    request = mix([ready.put_asset(make_clip(numbered(start))) for start in (0, 1000)], seed=7)
    terms = {"tenant": "acme", "idempotency_key": "order-1"}
    runs = [ready.trigger(request, terms) for _ in range(2)]
    ended = [ready.end_of(run) for run in runs]
    assert [run["state_type"] for run in ended] == ["COMPLETED"] * 2
    assert {worker_of(run) for run in ended} == NAMES
    reports = [name for name in ready.objects("outputs/acme/") if name.endswith("/report.json")]
    assert len(reports) == 1
    assert_published(ready, reports[0].split("/")[2], videos=1, tenant="acme")
