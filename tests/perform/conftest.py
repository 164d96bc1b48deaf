"""Workers of their own for tests that perform steps, and receivers for those that tell of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reel.catalogue import Catalogue, open_catalogue
from reel.perform.worker import Worker, make_worker
from reel.settings import Settings, settings
from tests.perform.receiving import Clock, Receiver, serving
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


@pytest.fixture
def open_networks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Lets webhooks reach a port of this machine, for the length of a test."""

    def open_ports(*ports: int) -> None:
        monkeypatch.setenv("REEL_PRIVATE_NETWORKS", "true")
        monkeypatch.setenv("REEL_WEB_PORTS", str([*ports]))
        settings.cache_clear()

    yield open_ports
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def receiver(open_networks: Callable[..., None]) -> Iterator[Receiver]:
    made = Receiver()
    with serving(made):
        open_networks(made.port)
        yield made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def catalogue(tmp_path: Path, clock: Clock) -> Iterator[Catalogue]:
    opened = open_catalogue(f"sqlite:///{tmp_path}/catalogue.db", clock)
    yield opened
    opened.close()
