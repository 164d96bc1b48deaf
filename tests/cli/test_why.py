"""`reel why` says what changed, in words and as JSON; the report of the generation says the same."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from reel.catalogue import open_catalogue
from reel.cli import app, show
from reel.control.documents import reading_of
from reel.control.ledger import Ledger
from reel.control.orders import order_of
from reel.generate.conduct import conduct
from reel.generate.render import InProcess
from reel.make.worker import make_worker
from reel.report import Report
from reel.report.markdown import to_markdown
from reel.request.terms import Terms
from reel.settings import Settings, settings

TERMS = Terms(tenant="acme", slot="card")


def reel(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments])


def card(name: str) -> dict[str, Any]:
    clip = {"type": "text", "text": f"Hello {name}", "duration": 0.2}
    return {
        "kind": "template",
        "resolution": "480p",
        "preview": {"scale": 0.5},
        "timeline": {"tracks": [{"clips": [clip]}]},
    }


def generated(name: str, home: Path) -> Report:
    """A generation that is made, and whose records are kept, as a flow does it."""
    worker, catalogue = make_worker(Settings(home=home)), open_catalogue(settings().catalogue_url)
    with catalogue.tenant(TERMS.tenant) as records:
        generation, _ = records.add(order_of(card(name), TERMS))
    ledger = Ledger(catalogue, TERMS, generation.id)
    ledger.begin(card(name), "run")
    with InProcess(worker, home) as here:
        made = conduct(reading_of(card(name)), here, ledger, f"acme/{generation.id}", home, time.monotonic())
    catalogue.close()
    return made.report


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REEL_HOME", str(tmp_path))
    monkeypatch.setattr(show.console, "width", 300)
    settings.cache_clear()
    return tmp_path


def test_a_changed_text_is_said_by_the_command_and_by_the_report(home: Path) -> None:
    first, second, third = (generated(name, home) for name in ("Ada", "Bob", "Bob"))
    changed = 'text Hello Bob: text: "Hello Bob", was "Hello Ada"'
    assert [each.reason for each in first.why] == ["new"]
    assert [(each.reason, each.titles[0]) for each in second.why] == [(changed, "text Hello Bob")]
    # The proofs of what was made are made with it, and have no reason of their own.
    assert second.why[0].steps == sum(
        row.steps
        for row in second.steps
        if row.kind in ("text", "compose", "join", "poster", "sprite", "prove", "bind")
    )
    assert third.why == ()
    assert "Because" in to_markdown(second)
    assert "Because" not in to_markdown(third)
    generation = second.generation.partition("/")[2]

    said = reel("why", "template.mp4", "--tenant", "acme")
    assert said.exit_code == 0, said.output
    head, line = said.stdout.splitlines()
    assert head.startswith(f"join template: made for generation {generation}; held against ")
    assert line.strip() == f"segments[0] > layers[0].part.bitmap > {changed}"

    document = json.loads(reel("why", f"{generation}/template.mp4", "--tenant", "acme", "--json").stdout)
    (cause,) = document["causes"]
    assert cause["differences"] == [{"place": "text", "before": "Hello Ada", "now": "Hello Bob"}]
    assert json.loads(reel("why", document["key"][:10], "--tenant", "acme", "--json").stdout) == document

    unchanged = reel("why", f"{third.generation.partition('/')[2]}/template.mp4", "--tenant", "acme")
    assert "found in the store" in unchanged.stdout
    assert "nothing differs" in unchanged.stdout


def test_another_tenant_and_what_is_unknown_are_refused(home: Path) -> None:
    generated("Ada", home)
    reel("tenant", "set", "other")
    for name, tenant in (("template.mp4", "other"), ("nothing.mp4", "acme"), ("0123456789ab", "acme")):
        refused = reel("why", name, "--tenant", tenant)
        assert refused.exit_code == 2
        assert "is neither the key of a step nor the name of an output of this tenant" in refused.output
