"""What becomes of runs whose process or worker dies, and of generations whose run is missing."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from deployments import processes, stack, surroundings
from deployments.stack import Stack
from reel.catalogue import Catalogue, Generation, NewGeneration
from reel.control.ledger import this_catalogue
from reel.errors import InvalidRequest
from reel.request.terms import Terms
from tests.clips import Clip
from tests.conftest import MakeClip
from tests.flows.runs import all_artifacts_of, end_of, engines, ffmpegs, start_run, state_of, success_of
from tests.flows.test_mixer_flow import long_clips, mix, small_clips
from tests.waiting import wait_for

pytestmark = pytest.mark.usefixtures("prefect_stack")


def new_work(make_clip: MakeClip, number: int) -> dict[str, Any]:
    """A request of some seconds of work, none of which another number's shares."""
    speed = 1 + number / 1000
    return mix(long_clips(make_clip), resolution="1080p", speed={"min": speed, "max": speed})


@pytest.fixture(scope="module")
def catalogue(prefect_stack: Stack) -> Catalogue:
    return this_catalogue()


def known(catalogue: Catalogue, id_: str, tenant: str = "default") -> Generation:
    with catalogue.tenant(tenant) as records:
        return records.generation(id_)


def states(*names: str) -> list[Any]:
    from prefect.client.schemas.objects import State, StateType

    types = {"C": StateType.CRASHED, "G": StateType.CRASHED, "R": StateType.RUNNING, "P": StateType.PENDING}
    given_back = {"name": "GivenBack"}
    return [State(type=types.get(name, StateType.SCHEDULED), **(given_back if name == "G" else {})) for name in names]


@pytest.mark.parametrize(
    ("history", "crashes"),
    [
        ("S P R", 0),
        ("S P R C", 1),
        ("S P C", 1),
        ("S P R C C", 1),
        ("S P R C S C S P R C", 2),
        ("S P R G S P R C", 1),
        ("S P R C S G S P R", 1),
    ],
)
def test_crashes_are_counted_once_and_not_those_of_a_worker_that_had_to_go(history: str, crashes: int) -> None:
    from deployments.recovery import crashes_in

    assert crashes_in(states(*history.split())) == crashes


@pytest.mark.slow
def test_a_run_that_kills_its_process_twice_is_given_up(
    make_clip: MakeClip, prefect_stack: Stack, catalogue: Catalogue
) -> None:
    wait_for(lambda: not engines(prefect_stack), "the end of what other tests have begun")
    run = start_run(new_work(make_clip, 21))
    for _ in range(2):
        (engine,) = wait_for(lambda: engines(prefect_stack), "the run's process")
        wait_for(ffmpegs, "FFmpeg to start")
        os.kill(engine, signal.SIGKILL)
        wait_for(lambda killed=engine: killed not in engines(prefect_stack), "its end")  # type: ignore[misc]
    state = success_of(run)
    assert (state.name, state.is_failed()) == ("Quarantined", True)
    assert wait_for(lambda: known(catalogue, str(run)).status == "failed", "the catalogue to know")
    with catalogue.tenant("default") as records:
        (letter,) = [letter for letter in records.dead_letters() if letter.generation == str(run)]
    assert "died 2 times" in letter.problems[0]["what"]


@pytest.mark.slow
def test_a_worker_that_dies_takes_its_runs_along_and_is_started_again(
    make_clip: MakeClip, prefect_stack: Stack, catalogue: Catalogue
) -> None:
    run = start_run(new_work(make_clip, 22))
    wait_for(ffmpegs, "FFmpeg to start")
    (worker,) = workers(prefect_stack)
    os.kill(worker, signal.SIGKILL)
    wait_for(lambda: not engines(prefect_stack), "the end of its run")
    assert not ffmpegs()
    assert success_of(run).is_completed()
    assert known(catalogue, str(run)).status == "done"
    assert [float(each.data) for each in all_artifacts_of(run) if each.key == "progress"] == [100]


@pytest.mark.slow
def test_a_worker_that_is_told_to_go_drains_first(make_clip: MakeClip, prefect_stack: Stack) -> None:
    run = start_run(new_work(make_clip, 23))
    wait_for(ffmpegs, "FFmpeg to start")
    (worker,) = workers(prefect_stack)
    second = start_worker(prefect_stack, "--name", "second")
    os.kill(worker, signal.SIGTERM)
    wait_for(lambda: worker not in workers(prefect_stack), "the worker to go")
    # The stack's worker was told not to wait: its run was given back, and the second one makes it.
    assert success_of(run).is_completed()
    os.kill(second, signal.SIGTERM)
    wait_for(lambda: not workers(prefect_stack), "the second to go")
    patient = start_worker(prefect_stack, "--drain-seconds", "600")  # as long as it takes on a slow machine
    run = start_run(new_work(make_clip, 24))
    wait_for(ffmpegs, "FFmpeg to start")
    waiting = start_run(mix(small_clips(make_clip), seed=25))
    os.kill(patient, signal.SIGTERM)
    assert end_of(run).is_completed()
    wait_for(lambda: not workers(prefect_stack), "the worker to go")
    assert state_of(waiting).is_scheduled()
    start_worker(prefect_stack)
    assert success_of(waiting).is_completed()


def test_the_same_key_is_the_same_generation(make_clip: MakeClip, catalogue: Catalogue) -> None:
    from flows.submit import submit

    request = mix(small_clips(make_clip), seed=31)
    terms = Terms(tenant="keyed", idempotency_key="order-1")
    first = submit(request, terms)
    again = submit(request, terms)
    assert (again.id, again.flow_run) == (first.id, first.flow_run)
    with pytest.raises(InvalidRequest, match="idempotency_key"):
        submit({**request, "seed": 32}, terms)
    assert submit(request, Terms(tenant="other", idempotency_key="order-1")).id != first.id
    wait_for(lambda: known(catalogue, first.id, "keyed").status == "done", "the generation")
    outputs = Path(os.environ["REEL_HOME"], "outputs", "keyed")
    assert [folder.name for folder in outputs.iterdir()] == [first.id]


def test_identical_triggers_at_once_publish_once(make_clip: MakeClip, catalogue: Catalogue) -> None:
    """By Prefect's own API, which asks nobody beforehand."""
    request = mix(small_clips(make_clip), seed=33)
    terms = {"tenant": "at-once", "idempotency_key": "order-2"}
    runs = [start_run(request, terms), start_run(request, terms)]
    assert {end_of(run).name for run in runs} == {"Completed", "Duplicate"}
    outputs = Path(os.environ["REEL_HOME"], "outputs", "at-once")
    assert len(list(outputs.iterdir())) == 1


def test_a_generation_that_nobody_started_is_started(make_clip: MakeClip, catalogue: Catalogue) -> None:
    from datetime import UTC, datetime, timedelta

    from deployments.reconcile import reconcile

    order = NewGeneration(kind="mixer", request=mix(small_clips(make_clip), seed=34))
    with catalogue.tenant("late") as records:
        records.add(order)
    later = datetime.now(UTC) + timedelta(hours=1)
    assert reconcile(catalogue, later) >= 1
    reconcile(catalogue, later)
    wait_for(lambda: known(catalogue, order.id, "late").status == "done", "the generation")
    assert known(catalogue, order.id, "late").attempts == 1


def test_a_cancelled_generation_is_known_as_such(
    make_clip: MakeClip, catalogue: Catalogue, prefect_stack: Stack
) -> None:
    from prefect.client.orchestration import get_client
    from prefect.states import Cancelling

    run = start_run(new_work(make_clip, 35))
    wait_for(ffmpegs, "FFmpeg to start")
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(run, Cancelling())
    assert end_of(run).is_cancelled()
    wait_for(lambda: known(catalogue, str(run)).status == "cancelled", "the catalogue to know")


def test_a_run_that_finds_its_generation_called_off_ends_as_cancelled(
    make_clip: MakeClip, catalogue: Catalogue
) -> None:
    """It failed with words about another attempt, where the order was called off before all was known of its assets."""
    take = {"asset": str(make_clip(Clip(size=(1920, 1080), seconds=12))), "split": "scenes"}
    run = start_run({**mix([], seed=36), "clips": [take]})
    wait_for(lambda: status_of(catalogue, run) == "fetching", "its begin")
    with catalogue.tenant("default") as records:
        assert records.call_off(str(run)).status == "cancelled"
    assert end_of(run).is_cancelled()
    assert known(catalogue, str(run)).status == "cancelled"


def status_of(catalogue: Catalogue, run: UUID) -> str:
    with catalogue.tenant("default") as records:
        return "".join(each.status for each in records.listed().found if each.id == str(run))


def test_what_fails_becomes_a_dead_letter(tmp_path: Path, catalogue: Catalogue) -> None:
    (tmp_path / "empty.mp4").write_bytes(b"")
    run = start_run(mix([tmp_path / "empty.mp4"]))
    assert end_of(run).is_failed()
    assert known(catalogue, str(run)).error_class == "bad media"
    with catalogue.tenant("default") as records:
        (letter,) = [letter for letter in records.dead_letters() if letter.generation == str(run)]
    assert "is empty" in letter.problems[0]["what"]


def test_a_tenant_with_a_limit_leaves_room_for_others(make_clip: MakeClip, catalogue: Catalogue) -> None:
    from flows.tenancy import tenant_slot

    with ExitStack() as held:

        def takes(tenant: str) -> bool:
            return held.enter_context(tenant_slot(tenant, 1))

        # A server that is slow to answer gives none either; whoever got none comes back.
        wait_for(lambda: takes("narrow"), "the tenant's slot")
        assert not takes("narrow")
        wait_for(lambda: takes("wide"), "another tenant's slot")
    with catalogue.operator() as everybody:
        everybody.set_tenant("narrow", concurrency=1)
    terms = {"tenant": "narrow"}
    runs = [start_run(mix(small_clips(make_clip), seed=seed), terms) for seed in (36, 37)]
    assert all(success_of(run).is_completed() for run in runs)


def test_setting_up_again_changes_nothing(prefect_stack: Stack) -> None:
    from prefect.client.orchestration import get_client

    from deployments.automations import AUTOMATIONS, make_automation
    from deployments.setup import make_queues

    with get_client(sync_client=True) as client:
        make_queues(client)
        for automation in (*AUTOMATIONS, *AUTOMATIONS):
            make_automation(client, automation)
        made = client.read_automations()
        for automation in made:
            client.delete_automation(automation.id)
        assert sorted(each.name for each in made) == sorted(each.name for each in AUTOMATIONS)
    queues = asyncio.run(_queues())
    assert [name for name in queues if name != "default"] == ["share", "interactive", "batch", "regeneration"]


@pytest.mark.slow  # a busy server on SQLite tells of events minutes late
def test_a_deployment_can_follow_what_is_done(make_clip: MakeClip) -> None:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowFilter, FlowFilterName

    from deployments.automations import make_automation, on_done

    with get_client(sync_client=True) as client:
        # No worker takes its runs: that it was started, and with what, is what counts.
        client.create_deployment(flow_id=client.create_flow_from_name("follower"), name="follower")
        automation = on_done(client, "multicam", "follower/follower")
        make_automation(client, automation)
        clip = str(small_clips(make_clip)[0])
        cuts = [{"source": 0, "in": 0, "out": 1}]
        run = start_run({"kind": "multicam", "sources": [{"asset": clip}], "cuts": cuts})
        assert end_of(run).is_completed()

        def started() -> list[Any]:
            found = client.read_flow_runs(flow_filter=FlowFilter(name=FlowFilterName(any_=["follower"])))
            return [follower for follower in found if follower.parameters.get("generation") == str(run)]

        assert wait_for(started, "the deployment to be started")
        client.delete_automation(client.read_automations_by_name(automation.name)[0].id)


async def _queues() -> list[str]:
    from prefect.client.orchestration import get_client

    async with get_client() as client:
        found = await client.read_work_queues(work_pool_name=stack.POOL)
    return [queue.name for queue in sorted(found, key=lambda queue: queue.priority or 0)]


def workers(running: Stack) -> list[int]:
    """Process ids of the workers of a stack, without those who keep them."""
    commands = {pid: _command(pid) for pid in processes.marked(running.mark)}
    return [pid for pid, line in commands.items() if b"deployments.worker" in line and b"deployments.keep" not in line]


def start_worker(running: Stack, *options: str) -> int:
    """One more worker of a stack, which ends with it."""
    log = surroundings.home() / "logs" / "worker-more.log"
    arguments = options if "--drain-seconds" in options else ("--drain-seconds", "0", *options)
    command = [sys.executable, "-m", "deployments.worker", *arguments]
    # Unbuffered: that it has started is said on its stdout, which is a file.
    environment = surroundings.environment(running.port, running.mark) | {"PYTHONUNBUFFERED": "1"}
    pid = processes.start_process(command, environment, log, tied=True)
    wait_for(lambda: "started!" in log.read_text().rpartition("draining")[2], "the worker to start")
    return pid


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
