"""Places in the queue of runs that were triggered by Prefect's own API, with a server that answers what the test says."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest

from deployments.adopt import _adopted
from reel.catalogue import open_catalogue

CLIP = {"type": "colour", "colour": "#000000", "duration": 1}
REQUEST = {"kind": "template", "timeline": {"tracks": [{"clips": [CLIP]}]}}


class Server:
    """Knows one run, whose state may be another by now."""

    def __init__(self, run: Any, state_id: UUID) -> None:
        self.run, self.state_id = run, state_id
        self.told: list[str] = []

    def update_flow_run(self, id_: UUID, name: str, tags: list[str]) -> None:
        self.run.name, self.run.tags = name, tags

    def read_flow_run(self, id_: UUID) -> Any:
        return SimpleNamespace(id=id_, state_id=self.state_id)

    def set_flow_run_state(self, id_: UUID, state: Any) -> None:
        self.told.append(state.name)


@pytest.mark.parametrize("taken", [False, True])
def test_a_run_that_a_worker_has_taken_meanwhile_is_not_put_back_into_the_queue(tmp_path: Path, taken: bool) -> None:
    """Another worker would take it as well."""
    catalogue = open_catalogue(f"sqlite:///{tmp_path}/catalogue.db")
    run: Any = SimpleNamespace(id=uuid4(), state_id=uuid4(), tags=["reelflow"], parameters={"request": REQUEST})
    client: Any = Server(run, uuid4() if taken else run.state_id)
    try:
        assert _adopted(run, client, catalogue) is not taken
    finally:
        catalogue.close()
    assert client.told == ([] if taken else ["Queued"])
    assert f"generation:{run.id}" in run.tags
