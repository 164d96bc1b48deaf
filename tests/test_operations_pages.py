"""The operator's pages say what is so: settings, links, messages, and a receiver of webhooks that works."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reel.catalogue import Delivery, Endpoint, WebhookEvent
from reel.control.webhooks import signed_headers
from tests.infra.test_references import anchors
from tests.settings_table import GATEWAY, PAGE, written

ROOT = PAGE.parents[1]
SECRETS = ("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz", "whsec_MzIxMDk4NzY1NDMyMTA5ODc2NTQzMjEw")


def now() -> datetime:
    """The receiver refuses what is not fresh."""
    return datetime.now(UTC)


@pytest.mark.parametrize(("file", "first"), [(PAGE, "REEL_HOME"), (GATEWAY, "REEL_GATEWAY_ADDRESS")])
def test_the_tables_of_settings_are_up_to_date(file: Path, first: str) -> None:
    page = file.read_text("utf-8")
    assert f"| `{first}` |" in page
    assert written(page) == page, "run `python -m tests.settings_table`"


def delivery(previous: str | None = None) -> Delivery:
    payload = {"type": "generation.done", "data": {"generation": "g"}}
    event = WebhookEvent(
        id="evt_1",
        generation="g",
        endpoint="ep_1",
        sequence=1,
        type="generation.done",
        payload=payload,
        created=now(),
        next_at=now(),
    )
    rotated = now() if previous else None
    endpoint = Endpoint(
        id="ep_1", url="https://a.example", secret=SECRETS[0], previous_secret=previous, rotated=rotated, created=now()
    )
    return Delivery(event, endpoint)


def receiver() -> dict[str, Any]:
    """The example's names, with our secret."""
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)
    names["SECRET"] = SECRETS[0]
    return names


@pytest.mark.parametrize("previous", [None, SECRETS[1]])
def test_the_receiver_on_the_page_takes_each_event_once(previous: str | None) -> None:
    sent = delivery(previous)
    body = json.dumps(sent.event.payload)
    headers = signed_headers(sent, body, now())
    receive = receiver()["receive"]
    assert receive(headers, body.encode()) == sent.event.payload
    assert receive(headers, body.encode()) is None


def test_the_receiver_takes_what_the_secret_that_was_replaced_signed() -> None:
    names = receiver()
    names["SECRET"] = SECRETS[1]
    body = json.dumps(delivery().event.payload)
    assert names["receive"](signed_headers(delivery(SECRETS[1]), body, now()), body.encode())


@pytest.mark.parametrize("wrong", ["body", "secret", "late", "early"])
def test_the_receiver_on_the_page_refuses_what_is_not_ours(wrong: str) -> None:
    names = receiver()
    if wrong == "secret":
        names["SECRET"] = SECRETS[1]
    moment = now() + {"late": -timedelta(hours=1), "early": timedelta(hours=1)}.get(wrong, timedelta())
    body = json.dumps(delivery().event.payload)
    headers = signed_headers(delivery(), body, moment)
    with pytest.raises(ValueError, match=r"secret|old"):
        names["receive"](headers, body.replace("g", "h").encode() if wrong == "body" else body.encode())


PAGES = ("operations.md", "errors.md", "processes.md")


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    page = ROOT / "docs" / name
    for target, anchor in re.findall(r"\]\((?!https?:)([\w.-]*)(?:#([\w-]+))?\)", page.read_text("utf-8")):
        there = page.parent / target if target else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), f"{target}#{anchor}"


@pytest.mark.parametrize("name", PAGES)
def test_settings_that_are_named_exist(name: str) -> None:
    from reel.settings import Settings

    named = set(re.findall(r"REEL_([A-Z0-9_]+)", (ROOT / "docs" / name).read_text("utf-8")))
    assert named <= {field.upper() for field in Settings.model_fields}


def said_anywhere() -> str:
    sources = [path for folder in ("reel", "deployments", "flows") for path in (ROOT / folder).rglob("*.py")]
    return "\n".join(path.read_text("utf-8") for path in sources).replace("\\", "")


OTHERS = {"SlowDown", "AccessDenied", "NoSuchBucket", "InvalidAccessKeyId", "database is locked", "503", "s3://"}
"""Words of other programs, which we pass on."""


def test_the_messages_that_are_explained_are_messages_of_ours() -> None:
    page = (ROOT / "docs" / "errors.md").read_text("utf-8")
    cells = re.findall(r"^\| (`[^|]*) \|", page.split("## The classes")[1], re.MULTILINE)
    parts = {
        part.strip(" :;.") for cell in cells for text in re.findall(r"`([^`]+)`", cell) for part in text.split("...")
    }
    ours = {part for part in parts if part and part not in OTHERS}
    assert len(ours) > 30
    code = said_anywhere()
    assert {part for part in ours if part not in code} == set()


def test_commands_that_are_named_exist() -> None:
    from typer.testing import CliRunner

    from reel.cli import app

    pages = "".join((ROOT / "docs" / name).read_text("utf-8") for name in PAGES)
    groups = ("catalogue", "tenant", "generation", "dead", "webhook")
    named = set(re.findall(rf"\breel ({'|'.join(groups)}) ([a-z]+)", pages))
    assert len(named) > 10
    for group, command in sorted(named):
        assert CliRunner().invoke(app, [group, command, "--help"]).exit_code == 0, f"reel {group} {command}"


def test_pages_are_found_from_the_way_in() -> None:
    page = PAGE.read_text("utf-8")
    for name in ("deploy.md", "watch.md", "catalogue.md", "storage.md", "errors.md"):
        assert f"({name}" in page
        assert Path(ROOT / "docs" / name).exists()
