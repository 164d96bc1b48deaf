"""Workers of their own for tests that perform steps."""

from __future__ import annotations

import pytest

from reel.perform.worker import Worker, make_worker
from reel.settings import Settings


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Worker:
    """A worker with an empty store."""
    return make_worker(Settings(home=tmp_path_factory.mktemp("worker")))
