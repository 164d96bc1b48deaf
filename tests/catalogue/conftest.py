"""Catalogues to test against: an SQLite file and a database of a real PostgreSQL, each new for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reel.catalogue import (
    Catalogue,
    Generation,
    LibraryAsset,
    NewAsset,
    NewGeneration,
    Records,
    Upload,
    UploadPart,
    open_catalogue,
    upgrade,
)
from reel.search import OutputDocument
from tests.migrated import new_catalogue
from tests.postgres import Server, postgres

DATABASES = ("sqlite", "postgresql")


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now


@dataclass(frozen=True)
class Made:
    """Short cuts of the tests: whole transactions."""

    catalogue: Catalogue

    def add(self, tenant: str = "acme", **fields: object) -> Generation:
        with self.catalogue.tenant(tenant) as records:
            return records.add(request(**fields))[0]

    def end(self, generation: Generation, status: str = "done") -> None:
        with self.catalogue.tenant(generation.tenant_id) as records:
            for passed in ("fetching", "rendering", "saving", status):
                assert records.move(generation.id, passed)  # type: ignore[arg-type]


def request(**fields: object) -> NewGeneration:
    return NewGeneration.model_validate({"kind": "mixer", "request": {"kind": "mixer", "seed": 1}, **fields})


def document(generation: str, **fields: object) -> OutputDocument:
    """A document of which nothing is known but what is said."""
    known = {"name": "variant-001", "kind": "mixer", "project": "default", "bytes": 1, "container": "mp4", "files": ()}
    return OutputDocument.model_validate({"generation": generation, **known, **fields})


def uploading(records: Records, size: int = 10, **fields: Any) -> LibraryAsset:
    """An asset of which 4 bytes have come, as a part of S3's."""
    new = NewAsset.model_validate({"name": "a.mp4", **fields})
    later = records._now() + timedelta(hours=1)
    kept = records.keep_asset(new, Upload(asset=new.id, protocol="tus", bytes=size, expires=later))
    claimed = records.claim_upload(new.id, 0, "me", timedelta(minutes=1), timedelta(hours=1))
    part = UploadPart(asset=new.id, number=1, etag="e", bytes=4)
    records.note_received(claimed.model_copy(update={"received": 4}), [part], None)
    return kept


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with postgres() as running:
        yield running


@pytest.fixture(scope="session")
def templates(server: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An upgraded database of each kind, to be copied: the file, and the name."""
    file = tmp_path_factory.mktemp("catalogue") / "template.db"
    open_catalogue(f"sqlite:///{file}").close()
    name = server.make_database()
    upgrade(server.url(name))
    return {"sqlite": str(file), "postgresql": name}


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, templates: dict[str, str], tmp_path: Path) -> str:
    """A database with our tables and nothing in them."""
    if request.param == "sqlite":
        return new_catalogue(tmp_path)
    server: Server = request.getfixturevalue("server")
    return server.url(server.make_database(templates["postgresql"]))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def catalogue(url: str, clock: Callable[[], datetime]) -> Iterator[Catalogue]:
    opened = open_catalogue(url, clock)
    yield opened
    opened.close()


@pytest.fixture
def made(catalogue: Catalogue) -> Made:
    return Made(catalogue)
