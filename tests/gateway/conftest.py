"""A gateway in this process on a catalogue of its own, with keys of two tenants in all roles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from gateway.app import create_app
from gateway.desk import Desk, desk_of
from gateway.settings import GatewaySettings
from reel.catalogue import INSTALLATION, Catalogue, NewApiKey, Role, open_catalogue
from reel.control.keys import issue
from reel.control.stores import Stores
from reel.store import ArtefactStore, objects_at
from tests.control.receiving import Clock
from tests.migrated import new_catalogue

As = Callable[..., TestClient]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def catalogue(tmp_path: Path, clock: Clock) -> Iterator[Catalogue]:
    opened = open_catalogue(new_catalogue(tmp_path), clock)
    yield opened
    opened.close()


@pytest.fixture
def settings() -> GatewaySettings:
    """Those of the gateway, with short streams, as a test reads them whole; one that needs others has a fixture of its own."""
    rates: Any = dict.fromkeys(("rate_key", "rate_address", "rate_orders"), "100000/minute")
    return GatewaySettings(**rates, stream_seconds=0.8, heartbeat_seconds=0.3)


@pytest.fixture
def called_off() -> list[str]:
    """Runs that were told to end."""
    return []


@pytest.fixture
def desk(catalogue: Catalogue, settings: GatewaySettings, clock: Clock, tmp_path: Path, called_off: list[str]) -> Desk:
    """A desk with a catalogue and stores in the test's own folder, and a clock that the test moves."""
    stores = Stores(
        ArtefactStore(objects_at(str(tmp_path / "store")), tmp_path / "cache"),
        objects_at(str(tmp_path / "outputs")),
        tmp_path / "scratch",
    )
    return desk_of(catalogue, settings, of_purpose, stores, clock, called_off=called_off.append)


def of_purpose(purpose: str) -> tuple[bytes, ...]:
    return (purpose.encode().ljust(32, b"."),)


def key_of(desk: Desk, tenant: str = "acme", role: Role = "owner", **fields: object) -> str:
    """A new key."""
    whose = INSTALLATION if role == "operator" else tenant
    new = NewApiKey.model_validate({"name": "test", "role": role, **fields})
    with desk.catalogue.tenant(whose) as records:
        return issue(records, new, desk.secrets("api-key")).key


@pytest.fixture
def as_(desk: Desk) -> As:
    """A client of a tenant in a role: `as_("acme", "viewer").get("/v1/...")`; `as_(None)` has no key."""

    app = create_app(desk)

    def client(tenant: str | None = "acme", role: Role = "owner", **fields: object) -> TestClient:
        headers = {} if tenant is None else {"Authorization": f"Bearer {key_of(desk, tenant, role, **fields)}"}
        return TestClient(app, headers=headers, raise_server_exceptions=False)

    return client
