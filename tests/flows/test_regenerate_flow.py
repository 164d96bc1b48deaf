"""The deployment `regenerate`: it queues what changed, waits where it is asked to, and five late runs are no storm."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml

from deployments.stack import Stack
from deployments.surroundings import ROOT
from reel.catalogue import Catalogue, Generation
from reel.control.ledger import this_catalogue
from reel.request.batch import FromProject, Owner, parse_owner, parse_source
from tests.flows.runs import artifacts_of, end_of, engines, success_of
from tests.waiting import wait_for

pytestmark = pytest.mark.usefixtures("prefect_stack")

CARD: dict[str, Any] = {
    "kind": "template",
    "variables": {"NAME": {"type": "text"}},
    "timeline": {"tracks": [{"clips": [{"type": "text", "text": "Hello {{NAME}}", "duration": 0.2}]}]},
    "resolution": "480p",
    "loudness": "off",
    "stills": False,
}


def rows(folder: Path, *names: str) -> dict[str, Any]:
    (folder / "rows.csv").write_text("\n".join(["sku,NAME", *(f"{name},{name}" for name in names)]))
    return {"from": "rows", "template": CARD, "rows": str(folder / "rows.csv"), "id_column": "sku"}


def trigger(tenant: str, source: dict[str, Any], **parameters: Any) -> UUID:
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name("regenerate/regenerate")
        given = {"source": source, "terms": {"tenant": tenant}, **parameters}
        return client.create_flow_run_from_deployment(deployment.id, parameters=given).id


def found(run: UUID) -> dict[str, dict[str, str]]:
    """What a run that must succeed says of all that is not unchanged, by slot."""
    state = end_of(run)
    assert state.is_completed(), state.message
    artifact = wait_for(lambda: artifacts_of(run).get("regenerated"), "its table")
    return {row["slot"]: row for row in json.loads(artifact.data)}


def generations(tenant: str) -> list[Generation]:
    catalogue: Catalogue = this_catalogue()
    with catalogue.tenant(tenant) as records:
        return records.generations()


def test_rows_are_queued_waited_for_and_left_alone_when_they_are_unchanged(tmp_path: Path) -> None:
    source = rows(tmp_path, "Ada", "C" * 300)
    dry = found(trigger("rows", source, dry_run=True))
    assert {slot: row["standing"] for slot, row in dry.items()} == {"Ada": "changed", "2": "bad"}
    assert generations("rows") == []
    run = trigger("rows", source, wait=True)
    made = found(run)
    assert {slot: row["standing"] for slot, row in made.items()} == {"Ada": "done", "2": "bad"}
    assert '"sku": is no name for this row' in made["2"]["why"]
    assert "1 changed" in artifacts_of(run)["regeneration"].data
    known = {generation.slot: generation for generation in generations("rows")}
    assert {slot: (each.status, each.priority) for slot, each in known.items()} == {"Ada": ("done", "regeneration")}
    assert list(found(trigger("rows", source))) == ["2"]
    assert len(generations("rows")) == 1


def test_a_source_that_is_wrong_is_told(tmp_path: Path) -> None:
    state = end_of(trigger("rows", {"from": "folder", "folder": str(tmp_path)}))
    assert state.is_failed()
    assert f"source.folder: {tmp_path} holds no *.json" in state.message


@pytest.mark.slow
def test_five_late_runs_queue_each_request_once(tmp_path: Path) -> None:
    source = rows(tmp_path, "Ada", "Bob")
    runs = [trigger("behind", source) for _ in range(5)]
    ends = [end_of(run).name for run in runs]
    assert set(ends) <= {"Completed", "Cancelled"}
    assert "Completed" in ends
    wait_for(lambda: {each.status for each in generations("behind")} == {"done"}, "the generations")
    assert sorted(generation.slot or "" for generation in generations("behind")) == ["Ada", "Bob"]


@pytest.mark.slow
def test_a_pass_that_is_killed_goes_on_and_queues_nothing_twice(tmp_path: Path, prefect_stack: Stack) -> None:
    names = [f"item-{number}" for number in range(60)]
    run = trigger("killed", rows(tmp_path, *names))
    wait_for(lambda: len(generations("killed")) > 5, "the first orders")
    for engine in engines(prefect_stack):
        os.kill(engine, signal.SIGKILL)
    before = len(generations("killed"))
    assert before < len(names)
    assert success_of(run).is_completed()
    queued = generations("killed")
    call_off(queued)
    assert sorted(generation.slot or "" for generation in queued) == sorted(names)


def call_off(queued: list[Generation]) -> None:
    """There is more to test than these can be waited for."""
    from prefect.client.orchestration import get_client
    from prefect.states import Cancelled

    with get_client(sync_client=True) as client:
        for generation in queued:
            if generation.flow_run:
                client.set_flow_run_state(UUID(generation.flow_run), Cancelled(), force=True)


def test_the_example_of_a_schedule_is_switched_off_and_good() -> None:
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    ours = next(each for each in deployments if each["name"] == "regenerate")
    (schedule,) = ours["schedules"]
    assert schedule["active"] is False
    # What belongs to a schedule is lost when somebody switches it on or off.
    assert "parameters" not in schedule
    assert parse_source(ours["parameters"]["source"]) == FromProject()
    assert parse_owner(ours["parameters"]["terms"]) == Owner()


def test_what_the_server_knows_of_the_deployment() -> None:
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name("regenerate/regenerate")
    limit, schema = deployment.concurrency_options, deployment.parameter_openapi_schema
    assert limit
    assert schema
    assert limit.collision_strategy.value == "CANCEL_NEW"
    # As a form shows it: a switch between three sources.
    options = schema["properties"]["source"]["anyOf"]
    assert [option["$ref"].rpartition("/From")[2] for option in options] == ["Project", "Folder", "Rows"]
