"""The operator's deployments on a real server: the janitor, the replay, and what the exporter tells of both."""

from __future__ import annotations

import json
import os
import signal
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deployments import processes, surroundings
from deployments.stack import Stack
from reel.catalogue import ASSET, Catalogue, NewDeadLetter, NewGeneration, StepRecord, open_catalogue
from reel.control.cleaning import RetentionPolicy
from reel.control.janitor import clean
from reel.control.ledger import this_catalogue
from reel.make.worker import make_worker
from reel.settings import settings
from tests.conftest import MakeClip
from tests.flows.runs import artifacts_of, end_of, ffmpegs, report_of, start_run
from tests.flows.test_mixer_flow import mix, small_clips
from tests.flows.test_recovery import new_work
from tests.waiting import wait_for

pytestmark = pytest.mark.usefixtures("prefect_stack")


@pytest.fixture(scope="module")
def catalogue(prefect_stack: Stack) -> Catalogue:
    return this_catalogue()


def trigger(deployment: str, **parameters: Any) -> Any:
    from prefect.deployments import run_deployment

    run = run_deployment(deployment, parameters=parameters, timeout=0)
    return run.id  # type: ignore[union-attr]


def letters(catalogue: Catalogue, tenant: str) -> list[Any]:
    with catalogue.operator() as everybody:
        return everybody.find_dead_letters(tenant=tenant)


def test_the_janitor_shows_what_it_did_and_its_schedule_is_known(prefect_stack: Stack, catalogue: Catalogue) -> None:
    from prefect.client.orchestration import get_client

    with catalogue.operator() as everybody:
        everybody.set_tenant("swept")
    lost = Path(os.environ["REEL_HOME"], "outputs", "swept", "lost", "video.mp4")
    lost.parent.mkdir(parents=True)
    lost.write_bytes(b"x")
    os.utime(lost, (0, 0))
    dry = trigger("janitor/janitor", dry_run=True)
    assert end_of(dry).is_completed()
    assert lost.exists()
    run = trigger("janitor/janitor")
    assert end_of(run).is_completed()
    assert not lost.exists()
    shown = artifacts_of(run)
    assert "swept/lost/" in shown["janitor"].data
    assert "removed" in shown["janitor-report"].data
    with get_client(sync_client=True) as client:
        (schedule,) = client.read_deployment_by_name("janitor/janitor").schedules
    assert schedule.schedule.cron == "17 * * * *"  # type: ignore[union-attr]


def test_the_backup_is_made_every_night_and_its_age_is_told(prefect_stack: Stack, catalogue: Catalogue) -> None:
    from prefect.client.orchestration import get_client

    from deployments.exporter import read_measures
    from reel.control.backups import find_backup
    from reel.control.stores import these_backups

    with catalogue.operator() as everybody:
        everybody.set_tenant("kept")
    before = datetime.now(UTC).timestamp() - 1
    run = trigger("backup/backup")
    assert end_of(run).is_completed()
    found = find_backup(these_backups(), settings().scratch_folder)
    assert found.rows["tenant"] >= 1
    assert found.id in artifacts_of(run)["backup"].data
    ended = read_measures(catalogue, settings()).backup_ended
    assert ended
    assert before <= ended <= datetime.now(UTC).timestamp() + 1
    with get_client(sync_client=True) as client:
        (schedule,) = client.read_deployment_by_name("backup/backup").schedules
    assert schedule.schedule.cron == "41 3 * * *"  # type: ignore[union-attr]


def test_what_cannot_be_archived_says_so_in_its_state(prefect_stack: Stack) -> None:
    archived = end_of(trigger("archive/archive", generations=["nobody"]))
    assert archived.is_failed()
    assert "nobody" in (archived.message or "")
    restored = end_of(trigger("restore/restore", generations=["nobody"]))
    assert restored.is_failed()
    assert "REEL_RESTORE_DAYS" in (restored.message or "")


def test_a_record_of_a_step_goes_when_it_is_old(make_clip: MakeClip, tmp_path: Path) -> None:
    from prefect.settings import PREFECT_LOCAL_STORAGE_PATH, get_current_settings, temporary_settings

    from flows.janitor import forget_results

    assert end_of(start_run(mix(small_clips(make_clip), seed=61))).is_completed()
    folder = get_current_settings().results.local_storage_path
    records = [path for path in folder.iterdir() if len(path.name) == 64]
    assert records
    # It names no class of ours: those move from version to version, and records stay.
    assert all(json.loads(path.read_bytes())["result"] == json.dumps(path.name) for path in records)
    with temporary_settings({PREFECT_LOCAL_STORAGE_PATH: tmp_path}):
        for age, path in enumerate(records[:2]):
            copy = tmp_path / path.name
            copy.write_bytes(path.read_bytes())
            os.utime(copy, (age * 4e9, age * 4e9))
        for name in ("0" * 64, "note"):
            (tmp_path / name).write_text("somebody else's")
            os.utime(tmp_path / name, (0, 0))
        assert forget_results(dry_run=True).count == 1
        assert len(list(tmp_path.iterdir())) == 4
        assert forget_results().count == 1
        assert {path.name for path in tmp_path.iterdir()} == {records[1].name, "0" * 64, "note"}


def test_what_prefect_remembers_in_the_words_of_another_version_stops_nothing(make_clip: MakeClip) -> None:
    from prefect.settings import get_current_settings

    request = mix(small_clips(make_clip), seed=65)
    assert end_of(start_run(request)).is_completed()
    for path in get_current_settings().results.local_storage_path.iterdir():
        if len(path.name) == 64:
            record = json.loads(path.read_bytes())
            record["result"] = json.dumps({"__class__": "reel.moved.Artefact", "data": {"key": path.name}})
            path.write_text(json.dumps(record))
    again = start_run(request)
    assert end_of(again).is_completed()
    assert all(row["steps"] == row["reused"] for row in report_of(again)["steps"])


@pytest.mark.slow
def test_dead_letters_of_a_tenant_are_replayed_when_their_cause_is_mended(
    make_clip: MakeClip, tmp_path: Path, catalogue: Catalogue
) -> None:
    """The last clip is broken at first."""
    late = tmp_path / "late.mp4"
    late.write_bytes(b"")
    request = mix([*small_clips(make_clip), late], seed=62)
    run = start_run(request, {"tenant": "replayed", "idempotency_key": "order-1"})
    assert end_of(run).is_failed()
    (letter,) = letters(catalogue, "replayed")
    late.write_bytes(small_clips(make_clip)[0].read_bytes())
    replay = trigger("replay/replay", tenant="replayed")
    assert end_of(replay).is_completed()
    assert letters(catalogue, "replayed") == []
    with catalogue.tenant("replayed") as records:
        new = records.dead_letter(letter.id).replayed_as
    assert new

    def status() -> str:
        with catalogue.tenant("replayed") as records:
            return records.generation(new).status

    wait_for(lambda: status() == "done", "the replay")
    assert letter.id in artifacts_of(replay)["replay"].data


@pytest.mark.slow
def test_a_replay_goes_on_from_what_is_in_the_store(make_clip: MakeClip, catalogue: Catalogue) -> None:
    from reel.control.dead_letters import replay

    request = mix(small_clips(make_clip), seed=64)
    assert end_of(start_run(request, {"tenant": "again"})).is_completed()
    with catalogue.tenant("again") as records:
        failed, _ = records.add(NewGeneration(kind="mixer", request=request))
        assert records.move(failed.id, "fetching")
        assert records.move(failed.id, "failed")
        letter = records.bury(NewDeadLetter(generation=failed.id, error_class="resource"))
    new = replay(catalogue, letter.id)

    def steps() -> list[StepRecord]:
        with catalogue.tenant("again") as records:
            return records.steps(new.id) if records.generation(new.id).status == "done" else []

    made = [step for step in wait_for(steps, "the replay") if step.operation != ASSET]
    assert made
    assert all(step.reused for step in made)


@pytest.mark.slow
def test_a_run_outlives_a_cleaning_that_takes_all_it_rests_on(
    make_clip: MakeClip, catalogue: Catalogue, tmp_path: Path
) -> None:
    """A janitor that knows of no generation and thinks that everything is old: worse than any race."""
    run = start_run(new_work(make_clip, 65))
    wait_for(ffmpegs, "FFmpeg to start")
    ignorant = open_catalogue(f"sqlite:///{tmp_path}/empty.db")
    worker = make_worker(settings())
    try:
        cleaning = clean(worker, ignorant, RetentionPolicy(), datetime.now(UTC) + timedelta(days=60))
    finally:
        ignorant.close()
    assert sum(part.count for part in cleaning.removed)
    assert end_of(run).is_completed()
    with catalogue.tenant("default") as records:
        generation = records.generation(str(run))
        outputs = records.outputs(str(run))
    assert (generation.status, generation.attempts) == ("done", 1)
    assert all(Path(output.location).stat().st_size == output.bytes for output in outputs)


def test_a_replay_of_nothing_in_particular_is_refused() -> None:
    state = end_of(trigger("replay/replay"))
    assert state.is_failed()
    assert "no dead letter is named" in (state.message or "")


def test_the_exporter_tells_of_the_janitor_the_workers_and_the_failures(
    prefect_stack: Stack, tmp_path: Path, catalogue: Catalogue
) -> None:
    (tmp_path / "empty.mp4").write_bytes(b"")
    assert end_of(start_run(mix([tmp_path / "empty.mp4"], seed=63), {"tenant": "measured"})).is_failed()
    assert end_of(trigger("janitor/janitor")).is_completed()
    port = _free_port()
    variables = {**surroundings.environment(prefect_stack.port, prefect_stack.mark), "REEL_METRICS_PORT": str(port)}
    log = tmp_path / "exporter.log"
    pid = processes.start_process([sys.executable, "-m", "deployments.exporter"], variables, log, tied=True)
    try:
        told = wait_for(lambda: _metrics(port), f"an answer; {log}")
    finally:
        os.kill(pid, signal.SIGTERM)
    assert processes.exit_code(pid, 20) == 0
    for line in (
        "reelflow_exporter_ok 1.0",
        'reelflow_workers_online{pool="reelflow"} 1.0',
        'reelflow_generations_ended{error_class="bad media",status="failed",tenant="measured"} 1.0',
        'reelflow_dead_letters_open{error_class="bad media"}',
        "reelflow_janitor_ended_timestamp_seconds 1.",
        'reelflow_store_bytes{kind="artefacts"}',
    ):
        assert line in told, told


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _metrics(port: int) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            return str(answer.read().decode())
    except (urllib.error.URLError, OSError):
        return ""
