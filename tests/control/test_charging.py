"""A generation's whole way where credits are on: put aside, charged by what its steps took, reused ones by the table."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from reel.catalogue import Generation, StepRecord, Transfer, credits_of
from reel.control.documents import reading_of
from reel.control.ledger import Ledger
from reel.control.tariff import Tariff, put_aside
from reel.control.usage import usage_csv
from reel.errors import Exhausted
from reel.generate.conduct import conduct
from reel.generate.render import InProcess
from reel.plan.estimate import Estimate, Prices
from reel.request.terms import Terms
from reel.settings import settings
from tests.shop import CARD, Shop

TERMS = Terms(tenant="acme")


@pytest.fixture(autouse=True)
def _sold(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("REEL_CREDITS", "true")
    monkeypatch.setenv("REEL_PRICE_PROCESSOR_SECOND", "2")
    monkeypatch.setenv("REEL_PRICE_REUSED", '{"*": 0.5, "text": 0}')
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


def made(shop: Shop, name: str, greeted: str) -> Generation:
    request = {**CARD, "data": {"NAME": greeted}}
    ledger = Ledger(shop.catalogue, TERMS, name)
    ledger.begin(request, "run")
    with InProcess(shop.worker.for_run(), shop.folder) as here:
        conduct(reading_of(request), here, ledger, f"acme/{name}", shop.folder, time.monotonic())
    with shop.catalogue.tenant("acme") as records:
        return records.generation(name)


def amount(transfers: list[Transfer], reason: str) -> int:
    return sum(each.amount for each in transfers if each.reason == reason)


def test_what_was_made_is_charged_in_full_and_what_was_there_by_its_share(shop: Shop) -> None:
    with pytest.raises(Exhausted, match=r"1.0 credits are needed, and 0.0 are available"):
        made(shop, "none", "Ada")
    with shop.catalogue.tenant("acme") as records:
        records.grant(1000)
    for name in ("first", "second"):
        made(shop, name, "Ada")
    with shop.catalogue.tenant("acme") as records:
        steps = {name: records.steps(name) for name in ("first", "second")}
        moved = {name: records.transfers(generation=name) for name in steps}
        charged = {name: amount(transfers, "charge") for name, transfers in moved.items()}
        # What was put aside in the end: all of it is charged or given back. No more is charged, whatever it took.
        aside = {name: charged[name] + amount(transfers, "release") for name, transfers in moved.items()}
        left = records.balances()
        used = records.usage(datetime(2026, 1, 1, tzinfo=UTC))
    assert not any(step.reused for step in steps["first"])
    assert all(step.reused for step in steps["second"] if step.operation != "asset")
    new = sum(step.cpu_seconds for step in steps["first"])
    again = sum(step.cpu_seconds for step in steps["second"] if step.operation != "text")
    assert charged["first"] == pytest.approx(min(new * 2 * 1e6, aside["first"]), abs=2)
    assert charged["second"] == pytest.approx(min(again * 2 * 0.5 * 1e6, aside["second"]), abs=2)
    assert left.reserved == 0
    assert left.spent == pytest.approx(credits_of(sum(charged.values())))
    rows = list(csv.DictReader(io.StringIO(usage_csv(used))))
    assert [(row["generation"], float(row["credits"])) for row in rows] == [
        (name, credits_of(charged[name])) for name in ("first", "second")
    ]
    # 854 x 480, 0.2 s at 30 frames in a second
    assert {int(row["pixels"]) for row in rows} == {854 * 480 * 6}


def test_a_plan_that_is_too_dear_fails_before_it_is_rendered_and_costs_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REEL_PRICE_PROCESSOR_SECOND", "1000000")
    settings.cache_clear()
    with shop.catalogue.tenant("acme") as records:
        records.grant(2)
    with pytest.raises(Exhausted) as refused:
        made(shop, "dear", "Bob, who is new")
    Ledger(shop.catalogue, TERMS, "dear").failed(refused.value)
    with shop.catalogue.tenant("acme") as records:
        assert (records.generation("dear").status, records.generation("dear").error_class) == ("failed", "exhausted")
        assert records.steps("dear") == []
        assert records.balances().available == 2


def test_reused_steps_cost_the_share_of_their_operation() -> None:
    """(1 + 2 x 0.5 + 0 x 4) s x 0.5, and 3 GB that are new x 0.25."""
    steps = [
        StepRecord(key="a", operation="join", title="", cpu_seconds=1, bytes=3 * 10**9),
        StepRecord(key="b", operation="join", title="", cpu_seconds=2, bytes=10**9, reused=True),
        StepRecord(key="c", operation="text", title="", cpu_seconds=4, bytes=10**9, reused=True),
    ]
    tariff = Tariff(Prices(processor_second=0.5, stored_gigabyte=0.25), {"*": 0.5, "text": 0}, usual=7)
    assert tariff.of(steps) == 1_750_000


EXPECTED = Estimate(
    seconds=1, seconds_p90=2, cpu_seconds=3, cpu_seconds_p90=4, bytes=10**9, bytes_p90=2 * 10**9, steps=1
)
TARIFF = Tariff(Prices(processor_second=0.5, stored_gigabyte=0.25), {}, usual=7)


@pytest.mark.parametrize(
    ("tariff", "usual", "expected", "aside"),
    [
        (None, 5, EXPECTED, 0),
        (TARIFF, 5, EXPECTED, 2_500_000),  # 4 s x 0.5 and 2 GB x 0.25
        (TARIFF, 5, None, 5),
        (TARIFF, None, None, 7),
        (Tariff(Prices(), {}, usual=7), None, EXPECTED, 1),
    ],
)
def test_what_is_put_aside(tariff: Tariff | None, usual: int | None, expected: Estimate | None, aside: int) -> None:
    assert put_aside(tariff, "mixer", lambda _: usual, expected) == aside
