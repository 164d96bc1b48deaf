"""What the version before has stored is found, read and gone on with. Whoever moves a module or renames a field learns here
what that would break. The data are renewed at each release, by `python -m tests.before` of the version that is released."""

from __future__ import annotations

import inspect
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from reel.catalogue import Catalogue, open_catalogue
from reel.control.dead_letters import replay
from reel.control.orders import terms_of
from reel.control.webhooks import body_of, signed_headers
from reel.errors import InvalidRequest
from reel.find.memo import memoised
from reel.findings import Beats
from reel.generate.regenerate import kept
from reel.generate.shares import read_share
from reel.kinds.read import parse_request
from reel.kinds.template.request import TemplateRequest
from reel.make.worker import Worker, make_worker
from reel.media import MediaFacts
from reel.report import Report
from reel.report.markdown import to_markdown
from reel.settings import Settings

DATA = Path(__file__).with_name("data")
SHARES: dict[str, str] = json.loads((DATA / "names.json").read_text())["shares"]
DEPLOYMENTS: list[dict[str, Any]] = yaml.safe_load((DATA / "prefect.yaml").read_text())["deployments"]


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with sqlite3.connect(tmp_path / "catalogue.db") as connection:
        connection.executescript((DATA / "catalogue.sql").read_text())
    connection.close()
    opened = open_catalogue(f"sqlite:///{tmp_path / 'catalogue.db'}")
    yield opened
    opened.close()


@pytest.fixture
def worker(tmp_path: Path) -> Worker:
    shutil.copytree(DATA / "store", tmp_path / "store")
    return make_worker(Settings(home=tmp_path))


def stored(operation: str, name: str) -> Iterator[tuple[str, str]]:
    """The key and the text of every artefact of an operation."""
    for path in sorted((DATA / "store" / "artefacts" / operation).rglob(name)):
        yield path.parents[1].name, path.read_text("utf-8")


def test_generations_are_listed_and_their_requests_and_reports_read(catalogue: Catalogue) -> None:
    with catalogue.tenant("shop") as records:
        found = {generation.slot: generation for generation in records.generations()}
    assert {slot: generation.status for slot, generation in found.items()} == {
        "done": "done",
        "queued": "queued",
        "failed": "failed",
    }
    for slot, generation in found.items():
        assert isinstance(parse_request(generation.request), TemplateRequest)
        assert (terms_of(generation).slot, terms_of(generation).idempotency_key) == (slot, f"order-{slot}")
    report = Report.model_validate(found["done"].report)
    assert "template.mp4" in to_markdown(report)


def test_a_dead_letter_is_replayed(catalogue: Catalogue) -> None:
    with catalogue.operator() as everybody:
        (letter,) = everybody.find_dead_letters()
    assert (letter.error_class, letter.operation, letter.problems[0]["what"]) == ("internal", "bind", "FFmpeg failed")
    again = replay(catalogue, letter.id)
    with catalogue.tenant("shop") as records:
        assert records.dead_letter(letter.id).replayed_as == again.id
        old = records.generation(letter.generation)
    assert (again.status, again.idempotency_key, again.request) == ("queued", "order-failed", old.request)


def test_webhooks_that_wait_are_sent(catalogue: Catalogue) -> None:
    now = datetime.now(UTC)
    sent = []
    with catalogue.operator() as everybody:
        for lane in everybody.due_lanes(now):
            sent += everybody.claim_due(now, 10, 60.0, lane)
    assert sent
    for delivery in sent:
        body = body_of(delivery, now)
        assert json.loads(body)["data"]["project"] == "spring"
        assert signed_headers(delivery, body, now)["webhook-signature"].startswith("v1,")


@pytest.mark.parametrize("kind", SHARES)
def test_a_share_under_keys_of_before_is_left_to_its_generation(kind: str, worker: Worker) -> None:
    """Which is of the version before, too, and waits for what has those keys. This version makes something else of them."""
    with pytest.raises(InvalidRequest, match="was planned by another version"):
        read_share(SHARES[kind], 0, worker)


def test_what_was_found_is_remembered(worker: Worker) -> None:
    def find() -> Beats:
        raise AssertionError("it was listened to again")

    found = [memoised("beats", key, Beats, find, worker).times for key, _ in stored("beats", "beats.json")]
    assert found
    assert all(found)


def test_facts_of_assets_are_read() -> None:
    found = [MediaFacts.model_validate_json(text) for _, text in stored("facts", "facts.json")]
    assert {facts.model_dump_json() for facts in found} == {text for _, text in stored("facts", "facts.json")}


def test_a_pass_that_waits_goes_on(worker: Worker) -> None:
    report = kept("pass", worker)
    assert report
    assert [verdict.slot for verdict in report.verdicts] == ["done", "failed", "queued"]


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda deployment: str(deployment["name"]))
def test_what_a_deployment_names_is_still_there(deployment: dict[str, Any]) -> None:
    """Prefect's server keeps the entry point with each deployment, and runs that wait go by it."""
    from prefect import Flow

    module, _, name = deployment["entrypoint"].rpartition(".")
    flow = getattr(import_module(module), name)
    assert isinstance(flow, Flow)
    assert flow.name == deployment["name"]
    assert inspect.signature(flow.fn).parameters.keys() >= deployment.get("parameters", {}).keys()


def test_what_prefect_remembers_of_a_step_is_read_and_forgotten(tmp_path: Path) -> None:
    from prefect.results import ResultRecord  # type: ignore[attr-defined]
    from prefect.settings import PREFECT_LOCAL_STORAGE_PATH, temporary_settings

    from flows.janitor import forget_results

    for path in (DATA / "results").iterdir():
        assert ResultRecord.deserialize(path.read_bytes()).result is not None
        shutil.copy(path, tmp_path / path.name)
        os.utime(tmp_path / path.name, (0, 0))
    with temporary_settings({PREFECT_LOCAL_STORAGE_PATH: tmp_path}):
        assert forget_results().count == 1
    assert not list(tmp_path.iterdir())
