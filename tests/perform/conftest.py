"""Workers of their own for tests that perform steps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reel.catalogue import open_catalogue
from reel.perform.worker import Worker, make_worker
from reel.settings import Settings
from tests.perform.shop import Shop


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Worker:
    """A worker with an empty store."""
    return make_worker(Settings(home=tmp_path_factory.mktemp("worker")))


@pytest.fixture
def shop(tmp_path: Path, worker: Worker) -> Iterator[Shop]:
    """A tenant with nothing in its catalogue."""
    catalogue = open_catalogue(f"sqlite:///{tmp_path / 'catalogue.db'}")
    yield Shop(tmp_path, worker, catalogue)
    catalogue.close()
