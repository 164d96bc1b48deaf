"""Secrets in the catalogue: encrypted at rest, in backups too, and read by whoever has the installation's secret alone."""

from __future__ import annotations

import gzip
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from reel.catalogue import Catalogue, open_catalogue
from reel.catalogue.engine import make_engine, parse_url
from reel.catalogue.scope import EVERYONE, set_scope
from reel.catalogue.tables import metadata
from reel.errors import Resource
from reel.secrets import FILE, forget_older, rotate
from reel.settings import settings
from tests.catalogue.conftest import Clock, Made

SIGNED = "https://u:hunter2@cdn.example/a.mp4?X-Amz-Signature=c0ffee"
HOOK = "https://hooks.example/T0/p4thsecret?token=t0ken"
CANARIES = ("hunter2", "c0ffee", "p4thsecret", "t0ken", "whsec_")


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch):
    home = tmp_path_factory.mktemp("home")
    for name in ("REEL_SECRET", "REEL_SECRET_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REEL_HOME", str(home))
    settings.cache_clear()
    yield home
    settings.cache_clear()


def filled(catalogue: Catalogue) -> str:
    """A generation, an endpoint and events with secrets; the generation's id."""
    with catalogue.tenant("acme") as records:
        records.rotate_secret(records.add_endpoint(HOOK).id)
    webhook = {"url": HOOK, "events": None}
    asked = {"kind": "mixer", "clips": [SIGNED, "a.mp4"], "webhook": webhook}
    return Made(catalogue).add("acme", request=asked, webhook=webhook).id


def stored(url: str) -> str:
    """All that the database holds, as it holds it."""
    engine = make_engine(parse_url(url))
    with engine.begin() as connection:
        set_scope(connection, EVERYONE)
        rows = [connection.execute(text(f"select * from {name}")).all() for name in metadata.tables]
    engine.dispose()
    return repr(rows)


def found(catalogue: Catalogue, id_: str) -> tuple[object, ...]:
    with catalogue.tenant("acme") as records:
        generation, events = records.generation(id_), records.events(id_)
        (endpoint, _) = records.endpoints()
    urls = sorted(str(event.url) for event in events)
    return generation.request, generation.webhook, endpoint.url, endpoint.secret, endpoint.previous_secret, urls


def test_nothing_secret_is_in_the_database(catalogue: Catalogue, url: str) -> None:
    id_ = filled(catalogue)
    held = stored(url)
    assert [canary for canary in CANARIES if canary in held] == []
    assert "https://cdn.example/a.mp4?sealed=v1." in held, "what is asked for can be read"
    request, webhook, endpoint, secret, previous, urls = found(catalogue, id_)
    assert request["clips"] == [SIGNED, "a.mp4"]  # type: ignore[index]
    assert webhook == {"url": HOOK, "events": None}
    assert (endpoint, str(secret)[:6], str(previous)[:6]) == (HOOK, "whsec_", "whsec_")
    assert urls == ["None", HOOK]


def test_the_same_order_is_known_again(catalogue: Catalogue) -> None:
    asked = {"kind": "mixer", "clips": [SIGNED]}
    first = Made(catalogue).add("acme", request=asked, idempotency_key="k")
    assert Made(catalogue).add("acme", request=asked, idempotency_key="k").id == first.id


def test_a_rotation_encrypts_all_anew(catalogue: Catalogue, url: str, home: Path) -> None:
    id_ = filled(catalogue)
    before = found(catalogue, id_)
    assert catalogue.reseal() == 0
    rotate()
    assert catalogue.reseal() > 4
    assert catalogue.reseal() == 0
    forget_older()
    assert found(catalogue, id_) == before
    (home / FILE).write_text("another secret, of another installation\n".replace(" ", "-"))
    with pytest.raises(Resource, match="its REEL_SECRET is another"):
        found(catalogue, id_)
    with pytest.raises(Resource):
        catalogue.reseal()


def test_a_backup_holds_no_secret_and_needs_the_installations(catalogue: Catalogue, tmp_path: Path) -> None:
    id_ = filled(catalogue)
    before = found(catalogue, id_)
    catalogue.dump(tmp_path / "dump.gz")
    lines = gzip.decompress((tmp_path / "dump.gz").read_bytes()).decode()
    assert [canary for canary in CANARIES if canary in lines] == []
    with closing(open_catalogue(f"sqlite:///{tmp_path / 'new.db'}", Clock())) as new:
        new.load(tmp_path / "dump.gz")
        assert found(new, id_) == before
