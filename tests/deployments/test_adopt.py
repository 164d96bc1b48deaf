"""Places in the queue of runs that were triggered by Prefect's own API, with a server that answers what the test says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect.client.schemas.objects import State
from prefect.states import Crashed, Pending, Running, Scheduled

from deployments.adopt import _adopted
from reel.catalogue import NewGeneration, open_catalogue
from reel.catalogue.queue_places import QUANTUM
from tests.migrated import new_catalogue

CLIP = {"type": "colour", "colour": "#000000", "duration": 1}
BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)
REQUEST = {"kind": "template", "timeline": {"tracks": [{"clips": [CLIP]}]}}


class Server:
    """Knows one run, whose state may be another by now."""

    def __init__(self, run: Any, state_id: UUID, *, meanwhile: Sequence[State[Any]] = ()) -> None:
        self.run, self.state_id = run, state_id
        self.states: list[State[Any]] = [Scheduled()]
        self.meanwhile = meanwhile
        """What others say of it after the last look at it."""
        self.told: list[str] = []
        self.place: datetime | None = None

    def update_flow_run(self, id_: UUID, name: str, tags: list[str]) -> None:
        self.run.name, self.run.tags = name, tags

    def read_flow_run(self, id_: UUID) -> Any:
        return SimpleNamespace(id=id_, state_id=self.state_id)

    def set_flow_run_state(self, id_: UUID, state: Any, *, force: bool = False) -> None:
        self.states += [*self.meanwhile, state]
        self.meanwhile = ()
        self.told.append(state.name)
        self.place = state.state_details.scheduled_time

    def read_flow_run_states(self, id_: UUID) -> list[State[Any]]:
        # Prefect says in no order which was first.
        return [
            state.model_copy(update={"timestamp": BEGIN + timedelta(seconds=n)}) for n, state in enumerate(self.states)
        ][::-1]


def run_of(created: datetime, expected: datetime | None = None, **terms: str) -> Any:
    return SimpleNamespace(
        id=uuid4(),
        state_id=uuid4(),
        tags=["reelflow"],
        parameters={"request": REQUEST, "terms": terms},
        created=created,
        expected_start_time=expected or created,
    )


@pytest.mark.parametrize("taken", [False, True])
def test_a_run_that_a_worker_has_taken_meanwhile_is_not_put_back_into_the_queue(tmp_path: Path, taken: bool) -> None:
    """Another worker would take it as well."""
    catalogue = open_catalogue(new_catalogue(tmp_path))
    run = run_of(datetime.now(UTC))
    client: Any = Server(run, uuid4() if taken else run.state_id)
    try:
        assert _adopted(run, client, catalogue) is not taken
    finally:
        catalogue.close()
    assert client.told == ([] if taken else ["Queued"])
    assert f"generation:{run.id}" in run.tags


@pytest.mark.parametrize(
    ("meanwhile", "told"),
    [
        ((), ["Queued"]),
        ((Pending(),), ["Queued", "Pending"]),
        ((Pending(), Running()), ["Queued", "Running"]),
        # Another worker gave it its place: the same one.
        ((Scheduled(name="Queued"),), ["Queued"]),
        # It did not start, and is made after all.
        ((Pending(), Crashed()), ["Queued"]),
    ],
)
def test_who_took_a_run_just_before_it_was_queued_has_it_again(
    tmp_path: Path, meanwhile: tuple[State[Any], ...], told: list[str]
) -> None:
    catalogue = open_catalogue(new_catalogue(tmp_path))
    run = run_of(datetime.now(UTC))
    client: Any = Server(run, run.state_id, meanwhile=meanwhile)
    try:
        assert _adopted(run, client, catalogue) is (len(told) == 1)
    finally:
        catalogue.close()
    assert client.told == told


@pytest.mark.parametrize(
    ("created", "scheduled", "behind"),
    [
        (6.5, 6.5, 6),
        # It waits from the later one of the two.
        (0.5, 6.5, 6),
        (6.5, -100.0, 6),
        (8.5, 8.5, 8),
        # A clock of Prefect's that is ahead.
        (99.0, 99.0, 9),
    ],
)
def test_a_run_gets_the_place_of_the_moment_of_its_trigger(
    tmp_path: Path, created: float, scheduled: float, behind: int
) -> None:
    """Of nine that its tenant submitted, a second after another, before a worker saw it."""
    moments = [BEGIN + timedelta(seconds=second) for second in range(1, 10)]
    now = [BEGIN]
    catalogue = open_catalogue(new_catalogue(tmp_path), lambda: now[0])
    try:
        for now[0] in moments:
            with catalogue.tenant("acme") as records:
                records.add(NewGeneration(kind="template", request=REQUEST))
        now[0] = moments[-1] + timedelta(seconds=5)
        run = run_of(*(BEGIN + timedelta(seconds=seconds) for seconds in (created, scheduled)), tenant="acme")
        client: Any = Server(run, run.state_id)
        assert _adopted(run, client, catalogue)
    finally:
        catalogue.close()
    assert client.place == moments[0] + behind * QUANTUM
