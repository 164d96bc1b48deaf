"""Receivers of webhooks, and a catalogue with a clock that tests set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reel.catalogue import Catalogue, open_catalogue
from reel.settings import settings
from tests.control.receiving import Clock, Receiver, serving
from tests.migrated import new_catalogue
from tests.shop import shop, worker

__all__ = ["catalogue", "clock", "hanging", "open_networks", "receiver", "shop", "worker"]


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
def hanging(receiver: Receiver, open_networks: Callable[..., None]) -> Iterator[Receiver]:
    """One that answers nobody, beside the good one."""
    made = Receiver()
    made.hold.clear()
    with serving(made):
        open_networks(receiver.port, made.port)
        yield made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def catalogue(tmp_path: Path, clock: Clock) -> Iterator[Catalogue]:
    opened = open_catalogue(new_catalogue(tmp_path), clock)
    yield opened
    opened.close()
