"""Orders get their runs whatever happens in between; a server of Prefect that remembers is all that is made up here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from prefect.exceptions import ObjectNotFound

from flows import starting
from gateway.starting import MOST, Starter
from reel.catalogue import NewGeneration
from tests.gateway.furnishing import COLOUR
from tests.waiting import wait_for


class Prefect:
    """What is known of runs; null `kinds`: it is away."""

    def __init__(self) -> None:
        self.kinds: set[str] | None = {"template"}
        self.runs: dict[str, UUID] = {}
        self.asked = 0
        self.ended: list[UUID] = []

    @contextmanager
    def client(self, **_: Any) -> Iterator[Prefect]:
        yield self

    def read_deployment_by_name(self, name: str) -> Any:
        self.asked += 1
        if self.kinds is None:
            raise httpx.ConnectError("refused")
        if name.partition("/")[0] not in self.kinds:
            raise ObjectNotFound(Exception("no such deployment"))
        return SimpleNamespace(id=uuid4())

    def create_flow_run_from_deployment(self, *_: Any, idempotency_key: str, **__: Any) -> Any:
        return SimpleNamespace(id=self.runs.setdefault(idempotency_key, uuid4()))

    def set_flow_run_state(self, run: UUID, state: Any) -> None:
        if self.kinds is None:
            raise httpx.ConnectError("refused")
        assert state.type.name == "CANCELLING"
        self.ended.append(run)


@pytest.fixture
def prefect(monkeypatch: pytest.MonkeyPatch) -> Prefect:
    made = Prefect()
    monkeypatch.setattr(starting, "get_client", made.client)
    return made


def order(catalogue, kind="template", tenant="acme"):
    with catalogue.tenant(tenant) as records:
        return records.add(NewGeneration(kind=kind, request={**COLOUR, "kind": kind}))[0].id


def run_of(catalogue, id_, tenant="acme"):
    with catalogue.tenant(tenant) as records:
        return records.generation(id_).flow_run


def test_each_order_gets_one_run_however_often_it_is_looked(catalogue, prefect):
    ids = [order(catalogue), order(catalogue, tenant="other")]
    starter = Starter(catalogue)
    assert [starter.look(), starter.look()] == [2, 0]
    assert [run_of(catalogue, ids[0]), run_of(catalogue, ids[1], "other")] == [str(prefect.runs[id_]) for id_ in ids]


def test_what_was_called_off_before_gets_none(catalogue, prefect):
    id_ = order(catalogue)
    with catalogue.tenant("acme") as records:
        records.call_off(id_)
    assert Starter(catalogue).look() == 0
    assert prefect.runs == {}


def test_one_that_cannot_be_started_keeps_none_waiting(catalogue, prefect):
    strange, good = order(catalogue, "mixer"), order(catalogue)
    assert Starter(catalogue).look() == 2
    assert run_of(catalogue, strange) is None
    assert run_of(catalogue, good)


def test_a_hundred_of_no_known_kind_are_not_looked_at_without_end(catalogue, prefect):
    for _ in range(MOST):
        order(catalogue, "mixer")
    assert Starter(catalogue).look() == 0


def test_prefects_absence_delays_and_loses_nothing(catalogue, prefect):
    prefect.kinds = None
    starter = Starter(catalogue)
    run = uuid4()
    with starter.running():
        ids = [order(catalogue) for _ in range(3)]
        starter.ordered()
        starter.call_off(str(run))
        wait_for(lambda: prefect.asked, "a try")
        assert [run_of(catalogue, id_) for id_ in ids] == [None] * 3
        assert prefect.ended == []
        prefect.kinds = {"template"}
        starter.ordered()
        wait_for(lambda: all(run_of(catalogue, id_) for id_ in ids), "the runs")
        wait_for(lambda: prefect.ended == [run], "the end of what was called off")


def test_orders_of_a_gateway_that_died_are_found_by_another(catalogue, prefect):
    id_ = order(catalogue)
    with Starter(catalogue).running():
        wait_for(lambda: run_of(catalogue, id_), "the run")
