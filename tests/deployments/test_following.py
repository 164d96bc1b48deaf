"""How far a generation is, on its run's page: one artifact for all attempts, with a server that keeps what it is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest

from flows import following as module
from flows.following import _show
from reel.generate.progress import Snapshot

HERE, BEFORE = uuid4(), uuid4()


@dataclass
class Server:
    """Artifacts of this run, by their ids; the first `away` calls find nobody."""

    percents: dict[UUID, float] = field(default_factory=dict)
    away: int = 0

    def create(self, percent: float, key: str, description: str) -> UUID:
        self.percents[HERE] = percent
        return HERE

    def update(self, id_: UUID, percent: float, description: str) -> None:
        self.percents[id_] = percent

    def read_artifacts(self, artifact_filter: Any) -> list[Any]:
        self.away -= 1
        if self.away >= 0:
            raise ConnectionError("refused")
        assert artifact_filter.key.any_ == ["progress"]
        return [SimpleNamespace(id=id_) for id_ in self.percents]


def snapshot(share: float) -> Snapshot:
    return Snapshot(share, None, 0, 0, 9, "")


@pytest.mark.parametrize(
    ("before", "away", "after"),
    [
        ({}, 0, {HERE: 100.0}),
        ({BEFORE: 21.9}, 0, {BEFORE: 100.0}),
        ({BEFORE: 21.9}, 1, {BEFORE: 100.0}),
    ],
)
def test_an_attempt_goes_on_with_the_artifact_of_the_one_before(
    before: dict[UUID, float], away: int, after: dict[UUID, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(dict(before), away)

    @contextmanager
    def client(**_: Any) -> Iterator[Server]:
        yield server

    monkeypatch.setattr(module, "get_client", client)
    monkeypatch.setattr(module, "create_progress_artifact", server.create)
    monkeypatch.setattr(module, "update_progress_artifact", server.update)
    monkeypatch.setattr(module, "flow_run", SimpleNamespace(id=str(uuid4())))
    artifact = None
    for share in (0.1, 0.5, 1.0):
        artifact = _show(snapshot(share), artifact)
    assert server.percents == after
