"""A generation's whole way with a catalogue: what its steps took is measured, told, and learnt from, once."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from reel.catalogue import Catalogue
from reel.control.documents import reading_of
from reel.control.history import history_here
from reel.control.ledger import Ledger
from reel.generate.conduct import Generated, conduct
from reel.generate.dry_run import dry_run
from reel.generate.render import InProcess, forecast
from reel.make.worker import Worker, basis_of
from reel.plan.estimate import estimate
from reel.plan.pace import NO_HISTORY, PaceKey
from reel.request.terms import Terms
from reel.settings import settings
from tests.shop import CARD, Shop


def card(name: str) -> dict[str, Any]:
    return {**CARD, "data": {"NAME": name, "TINT": "#306020"}}


def generated(document: dict[str, Any], name: str, shop: Shop) -> Generated:
    """As a flow makes it, but in this process."""
    ledger = Ledger(shop.catalogue, Terms(tenant="acme"), name)
    ledger.begin(document, "run")
    with InProcess(shop.worker.for_run(), shop.folder) as here:
        return conduct(reading_of(document), here, ledger, f"acme/{name}", shop.folder, time.monotonic())


def observed(catalogue: Catalogue) -> dict[PaceKey, Any]:
    with catalogue.tenant("acme") as records:
        return dict(records.history().observed)


def test_what_was_made_is_learnt_once(shop: Shop) -> None:
    made = generated(card("Ada"), "first", shop)
    found = observed(shop.catalogue)
    here = shop.worker.machine
    compose = next(step for step in made.plan.steps if step.kind == "compose")
    sort = compose.operation.sort()
    assert (sort.codec, sort.effort, sort.size) == ("h264", "fast", "480p")
    assert len(found["cpu", here, "compose", "h264", "fast", "480p"]) == 1  # type: ignore[index]
    assert {len(values) for values in found.values()} == {1}
    # The same again makes no step, and teaches nothing.
    generated(card("Ada"), "second", shop)
    assert observed(shop.catalogue) == found
    # Another text has a bitmap and a segment of its own.
    generated(card("Bob"), "third", shop)
    assert len(observed(shop.catalogue)["cpu", here, "compose", "h264", "fast", "480p"]) == 2  # type: ignore[index]


def test_estimate_and_actual_are_recorded(shop: Shop) -> None:
    made = generated(card("Cleo"), "one", shop)
    spent = [artefact.cpu_seconds for artefact in made.artefacts.values()]
    assert all(seconds > 0 for seconds in spent)
    assert {artefact.machine for artefact in made.artefacts.values()} == {shop.worker.machine}
    actual, expected = made.report.actual, made.report.estimate
    assert actual
    assert 0 < actual.cpu_seconds <= sum(spent) + 0.01
    assert (expected.steps, expected.learnt) == (made.report.made, 0)
    with shop.catalogue.tenant("acme") as records:
        generation = records.generation("one")
        steps = {step.key: step.cpu_seconds for step in records.steps("one") if step.operation != "asset"}
    assert generation.cpu_seconds == actual.cpu_seconds
    assert generation.predicted_cpu_seconds == expected.cpu_seconds
    assert generation.predicted_cpu_seconds_p90 == expected.cpu_seconds_p90
    assert steps == {key: artefact.cpu_seconds for key, artefact in made.artefacts.items()}


def test_a_second_attempt_teaches_nothing_more(shop: Shop) -> None:
    """Two attempts at one generation may come to its end: what the first one noted stands."""
    made = generated(card("Dora"), "twice", shop)
    found = observed(shop.catalogue)
    lessons = dict.fromkeys(found, 1.0)
    Ledger(shop.catalogue, Terms(tenant="acme"), "twice").done(made.report, 1.0, lessons)
    assert observed(shop.catalogue) == found


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("REEL_HOME", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    settings.cache_clear()


def test_the_next_is_foretold_by_what_was_learnt(shop: Shop, home: Path) -> None:
    """The shop's catalogue is the one at home: whoever asks what a request takes is told by it."""
    before = dry_run(card("Eve"), base=shop.folder, worker=shop.worker).estimate
    for number in range(3):
        generated(card(f"Number {number}"), f"n{number}", shop)
    after = dry_run(card("Eve"), base=shop.folder, worker=shop.worker).estimate
    assert before
    assert after
    assert (before.learnt, before.steps) == (0, after.steps)
    assert after.learnt > 0.8
    assert after.cpu_seconds != before.cpu_seconds
    assert forecast(card("Eve"), base=shop.folder, worker=shop.worker).expected == after


def test_without_a_catalogue_the_weights_must_do(home: Path) -> None:
    assert history_here() == NO_HISTORY
    assert not (home / "catalogue.db").exists(), "who only asks leaves nothing behind"


def test_a_catalogue_that_cannot_be_read_is_no_reason_to_say_nothing(home: Path) -> None:
    (home / "catalogue.db").write_bytes(b"no database" * 100)
    assert history_here() == NO_HISTORY


def test_prices_are_of_the_settings(worker: Worker, shop: Shop, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REEL_PRICE_PROCESSOR_SECOND", "2")
    settings.cache_clear()
    planned = forecast(card("Fay"), base=shop.folder, worker=worker).plan
    found = estimate(planned, (), basis_of(worker, NO_HISTORY))
    assert found.cost == pytest.approx(2 * found.cpu_seconds, abs=0.11)
