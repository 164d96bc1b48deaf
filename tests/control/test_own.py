"""A tenant is told of reuse of its own making alone: that somebody else has rendered the same is nobody's business."""

from __future__ import annotations

from pathlib import Path

import pytest

from reel.catalogue import Catalogue, open_catalogue
from reel.control.documents import reading_of
from reel.control.ledger import Ledger
from reel.generate.conduct import Generated, conduct
from reel.generate.own import own_made
from reel.generate.progress import Snapshot
from reel.generate.render import InProcess
from reel.generate.render import plan as planned
from reel.make.worker import Worker, basis_of, make_worker
from reel.plan.estimate import estimate
from reel.request.terms import Terms
from reel.settings import Settings
from tests.shop import CARD

ASKED = {**CARD, "data": {"NAME": "Ada"}}


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Worker:
    return make_worker(Settings(home=tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="module")
def catalogue(worker: Worker, tmp_path_factory: pytest.TempPathFactory):
    with_file = open_catalogue(f"sqlite:///{tmp_path_factory.mktemp('catalogue') / 'catalogue.db'}")
    yield with_file
    with_file.close()


def made(tenant: str, number: int, catalogue: Catalogue, worker: Worker) -> tuple[Generated, list[Snapshot]]:
    """A generation of a tenant's, and what its progress told."""
    ledger, told = Ledger(catalogue, Terms(tenant=tenant), f"{tenant}-{number}"), list[Snapshot]()
    ledger.begin(ASKED, "run")
    with InProcess(worker.for_run(tenant), Path("/"), told.append) as here:
        return conduct(reading_of(ASKED), here, ledger, f"{tenant}/{number}", Path("/"), 0.0), told


def test_reuse_of_others_is_not_told_and_that_of_its_own_is(catalogue: Catalogue, worker: Worker) -> None:
    first, _ = made("acme", 1, catalogue, worker)
    plan = planned(ASKED, worker=worker)
    assert worker.made(plan) == plan.by_key.keys(), "all of it is in the store"
    assert own_made(plan, "sued", catalogue, worker) == frozenset()
    assert own_made(plan, "acme", catalogue, worker) == plan.by_key.keys()
    with catalogue.tenant("sued") as records:
        everything = estimate(plan, (), basis_of(worker, records.history())).cpu_seconds

    other, told = made("sued", 1, catalogue, worker)
    assert (other.report.reused, other.report.made) == (0, len(plan.steps)) == (first.report.reused, first.report.made)
    assert {snapshot.steps_reused for snapshot in told} == {0}
    assert other.report.estimate.cpu_seconds == pytest.approx(everything, abs=0.02)
    with catalogue.tenant("sued") as records:
        assert not any(step.reused for step in records.steps("sued-1"))

    again, told = made("sued", 2, catalogue, worker)
    assert (again.report.reused, again.report.made) == (len(plan.steps), 0)
    assert told[-1].steps_reused == len(plan.steps)
    with catalogue.tenant("sued") as records:
        assert all(step.reused for step in records.steps("sued-2") if step.operation != "asset")
