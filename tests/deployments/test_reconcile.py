"""What Prefect is told of runs whose generation is done, by a server that knows only them; and a run that is made anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect.client.schemas.objects import StateType

from deployments import reconcile
from reel.catalogue import NewGeneration, open_catalogue
from reel.catalogue.status import Status
from reel.control.orders import order_of
from reel.request.terms import Terms
from tests.migrated import new_catalogue

REQUEST: dict[str, Any] = {"kind": "template"}


class Server:
    """Knows one run in a state, and keeps what it is told of it."""

    def __init__(self, run: UUID, state: StateType) -> None:
        self.run, self.state = run, state
        self.told: list[StateType] = []

    def read_flow_runs(self, flow_run_filter: Any) -> list[Any]:
        asked_for = self.state in flow_run_filter.state.type.any_
        return [SimpleNamespace(id=self.run, parameters={"request": REQUEST})] if asked_for else []

    def set_flow_run_state(self, id_: UUID, state: Any, *, force: bool) -> None:
        assert (id_, force) == (self.run, True)
        self.told.append(state.type)


@pytest.mark.parametrize("state", [StateType.CANCELLED, StateType.FAILED, StateType.PAUSED])
@pytest.mark.parametrize(("way", "told"), [(["saving", "done"], [StateType.COMPLETED]), (["rendering"], [])])
def test_a_run_that_ended_or_is_paused_is_completed_when_all_is_delivered(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, state: StateType, way: list[Status], told: list[StateType]
) -> None:
    run = uuid4()
    server = Server(run, state)

    @contextmanager
    def client(**_: Any) -> Iterator[Server]:
        yield server

    monkeypatch.setattr(reconcile, "get_client", client)
    catalogue = open_catalogue(new_catalogue(tmp_path))
    with catalogue.tenant("default") as records:
        records.add(NewGeneration(id=str(run), kind="template", request=REQUEST))
        records.move(str(run), "fetching")
        for status in way:
            records.move(str(run), status)
    try:
        assert reconcile.correct(catalogue) == len(told)
    finally:
        catalogue.close()
    assert server.told == told


def test_a_run_that_is_made_anew_has_the_terms_of_the_order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Prefect has lost the run, and the catalogue alone knows what was ordered; lower limits too."""
    terms = Terms(tenant="acme", project="ads", priority="batch", idempotency_key="7", slot="a", limits={"clips": 10})
    started: list[Terms] = []

    @contextmanager
    def client(**_: Any) -> Iterator[Any]:
        yield SimpleNamespace(read_flow_runs=lambda **_: [])

    monkeypatch.setattr(reconcile, "get_client", client)
    monkeypatch.setattr(reconcile, "start", lambda generation, terms, catalogue: started.append(terms))
    catalogue = open_catalogue(new_catalogue(tmp_path))
    with catalogue.tenant("acme") as records:
        id_ = records.add(order_of(REQUEST, terms, flow_run=str(uuid4())))[0].id
    try:
        assert reconcile.reconcile(catalogue, datetime.now(UTC) + timedelta(minutes=1)) == 1
    finally:
        catalogue.close()
    assert started == [terms.model_copy(update={"generation": id_})]
