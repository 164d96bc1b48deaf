"""Backups: made, everything lost, brought back and verified; from and into SQLite and PostgreSQL, in a folder and a bucket."""

from __future__ import annotations

import gzip
import hashlib
import threading
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from reel.buckets import Bucket
from reel.catalogue import (
    Catalogue,
    NewApiKey,
    NewBatch,
    NewDeadLetter,
    NewEntry,
    NewGeneration,
    NewOutputRecord,
    NewStepDocument,
    NewStepRecord,
    NewUsageRecord,
    open_catalogue,
    upgrade,
)
from reel.catalogue.engine import make_engine, parse_url
from reel.catalogue.scope import EVERYONE, set_scope
from reel.catalogue.tables import metadata
from reel.control import backups as backups_module
from reel.control.backups import (
    CATALOGUE,
    MANIFEST,
    all_backups,
    find_backup,
    make_backup,
    newest_backup,
    restore_catalogue,
    verify_backup,
)
from reel.errors import InvalidRequest, Resource
from reel.plan.pace import PaceKey
from reel.settings import settings
from reel.store import LocalObjects, ObjectStore
from reel.store.s3 import S3Objects
from tests.catalogue.conftest import Clock, Made, document, server, templates, uploading, url
from tests.s3 import CREDENTIALS, S3Server, s3_server

__all__ = ["server", "templates", "url"]

NOW = datetime(2026, 11, 28, 3, 41, tzinfo=UTC)


@pytest.fixture
def catalogue(url: str) -> Iterator[Catalogue]:
    """Of SQLite, then of PostgreSQL."""
    opened = open_catalogue(url, Clock())
    yield opened
    opened.close()


@pytest.fixture
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """Makes an empty database of ours, of a kind."""

    def make(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path}/{uuid.uuid4().hex}.db"
        running = request.getfixturevalue("server")
        made: str = running.url(running.make_database())
        upgrade(made)
        return made

    return make


@pytest.fixture(scope="session")
def swift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as running, pytest.MonkeyPatch.context() as patch:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        running.make_bucket("reel")
        yield running


@pytest.fixture(params=["local", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], ObjectStore]:
    if request.param == "local":
        return lambda name: LocalObjects(tmp_path / name)
    bucket, run = Bucket("reel", request.getfixturevalue("swift").endpoint), uuid.uuid4().hex
    return lambda name: S3Objects(bucket, f"{run}/{name}/")


def put(objects: ObjectStore, name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(content)
    objects.put(name, tmp_path / "file", hashlib.sha256(content).hexdigest())


def filled(catalogue: Catalogue) -> None:
    """Rows in every table, with what is hard to carry: moments, nulls, any Unicode, long numbers, documents."""
    made, key = Made(catalogue), "ab" * 32
    asked = {"kind": "mixer", "text": "日本 \u0001 🎬", "number": 2**53, "part": 0.1}
    for tenant in ("acme", "sued"):
        with catalogue.tenant(tenant) as records:
            records.add_endpoint("https://shop.example/hooks")
            records.add_key(f"key_{tenant}", "cd" * 32, NewApiKey(name="ü"))
            records.add_batch(NewBatch(name="日本"), [NewEntry(number=1, request=asked), NewEntry(number=2)])
            records.grant(0.1, key="invoice", note="ü")
            records.add_template("card")
            records.add_version("card", {"text": "日本 \u0001"})
            records.make_project("films", {"assets": [uploading(records, 2**40).id], "settings": {"aspect": "1:1"}})
        first = made.add(tenant, request=asked, idempotency_key="k")
        with catalogue.tenant(tenant) as records:
            records.step_done(first.id, [NewStepRecord(key=key, operation="join", title="ü \ud800", bytes=2**40)])
            records.document_steps([NewStepDocument(key=key, document={"fields": [1, None, "x"]})])
            records.saw([("s3://media/ä.mp4", key, 2**40)])
            records.bury(NewDeadLetter(generation=first.id, error_class="internal", stderr_tail="a\0b\n"))
            for status in ("fetching", "rendering", "saving"):
                records.move(first.id, status)
            video = NewOutputRecord(name="variant-001.mp4", location="s3://media/v.mp4", bytes=5, sha256=key)
            records.delivered(first.id, [video], NewUsageRecord(cpu_seconds=0.25), {"seconds": 1.5}, 1.5)
            records.learn({PaceKey("cpu", "small", "compose", "h264", "standard", "720p"): 0.25})
            records.describe(first.id, [document(first.id, texts=("Summer beach", "東京"))], NOW)
        made.add(tenant, slot="row-1")
    with catalogue.operator() as everybody:
        everybody.number_feed()
        everybody.set_tenant("acme", concurrency=3, weight=2.5, webhook_hosts=["*.shop.example"])


def everything(url: str) -> dict[str, list[str]]:
    """All rows of a database, past all of ours that reads or writes a dump."""
    engine = make_engine(parse_url(url))
    try:
        with engine.begin() as connection:
            set_scope(connection, EVERYONE)
            return {
                table.name: sorted(map(repr, connection.execute(select(*_kept(table))).all()))
                for table in metadata.sorted_tables
            }
    finally:
        engine.dispose()


def _kept(table: Any) -> list[Any]:
    """Without what each database makes for itself."""
    return [column for column in table.columns if column.name not in ("number", "words")]


@pytest.mark.parametrize("into", ["sqlite", "postgresql"])
def test_lost_and_brought_back(
    catalogue: Catalogue, url: str, new_url: Callable[[str], str], place: Any, tmp_path: Path, into: str
) -> None:
    filled(catalogue)
    outputs, backups = place("outputs"), place("backups")
    put(outputs, "acme/g/variant-001.mp4", b"12345", tmp_path)
    put(outputs, "acme/g/report.json", b"{}", tmp_path)
    put(outputs, "_shown/acme/g/beats.png", b"png", tmp_path)
    before = everything(url)
    made = make_backup(catalogue, outputs, backups, tmp_path / "scratch", NOW, keep=3)
    assert (made.outputs, made.output_bytes) == (2, 7)
    assert made.rows == {table: len(rows) for table, rows in before.items()}
    assert all(made.rows.values())

    new = new_url(into)
    with open_new(new) as fresh:
        assert (
            restore_catalogue(find_backup(backups, tmp_path / "scratch"), backups, fresh, tmp_path / "scratch")
            == made.rows
        )
        assert everything(new) == before
        assert Made(fresh).add("acme").status == "queued"  # it is a catalogue that goes on
        with fresh.operator() as everybody:
            assert [tenant.id for tenant in everybody.tenants()] == ["acme", "sued"]
            for words in ("beach", "東京"):
                assert sorted(each.tenant_id for each in everybody.search(words).found) == ["acme", "sued"]

    outputs.delete("acme/g/report.json")
    put(outputs, "acme/g/variant-001.mp4", b"123", tmp_path)
    verified = verify_backup(made, backups, outputs, tmp_path / "scratch")
    assert (verified.found, verified.missing, verified.changed) == (
        0,
        ("acme/g/report.json",),
        ("acme/g/variant-001.mp4",),
    )


def open_new(url: str) -> Any:
    from contextlib import closing

    return closing(open_catalogue(url, Clock()))


def test_the_newest_are_kept(catalogue: Catalogue, place: Any, tmp_path: Path) -> None:
    outputs, backups, scratch = place("outputs"), place("backups"), tmp_path / "scratch"
    assert newest_backup(backups) is None
    with pytest.raises(InvalidRequest, match="there is none"):
        find_backup(backups, scratch)
    put(backups, f"20261101T034100Z/{CATALOGUE}", b"cut", tmp_path)  # one that died before its manifest
    for day in range(4):
        make_backup(catalogue, outputs, backups, scratch, NOW + timedelta(days=day), keep=2)
    found = all_backups(backups, scratch)
    assert [backup.id for backup in found] == ["20261201T034100Z", "20261130T034100Z"]
    assert {stat.name.partition("/")[0] for stat in backups.list("")} == {backup.id for backup in found}
    assert newest_backup(backups) is not None
    assert find_backup(backups, scratch, "20261130T034100Z") == found[1]
    with pytest.raises(InvalidRequest, match="20261128T034100Z"):
        find_backup(backups, scratch, "20261128T034100Z")


@pytest.mark.parametrize("content", [b"", b"[]", b'{"id": "20261129T034100Z"}'], ids=["empty", "no manifest", "half"])
def test_no_older_one_stands_for_the_newest_that_cannot_be_read(
    catalogue: Catalogue, tmp_path: Path, content: bytes
) -> None:
    backups, scratch = LocalObjects(tmp_path / "backups"), tmp_path / "scratch"
    older, newer = (
        make_backup(catalogue, LocalObjects(tmp_path / "o"), backups, scratch, NOW + timedelta(days=day), keep=2)
        for day in range(2)
    )
    put(backups, f"{newer.id}/{MANIFEST}", content, tmp_path)
    for asked in ("", newer.id):
        with pytest.raises(Resource, match=f"{newer.id}/{MANIFEST}: is damaged"):
            find_backup(backups, scratch, asked)
    assert find_backup(backups, scratch, older.id) == older


def test_what_is_there_is_never_overwritten(catalogue: Catalogue, url: str, tmp_path: Path) -> None:
    filled(catalogue)
    backups = LocalObjects(tmp_path / "backups")
    made = make_backup(catalogue, LocalObjects(tmp_path / "o"), backups, tmp_path / "scratch", NOW, keep=1)
    before = everything(url)
    with pytest.raises(Resource, match="holds records already"):
        restore_catalogue(made, backups, catalogue, tmp_path / "scratch")
    assert everything(url) == before


def test_another_secret_is_noticed_before_anything_is_filled(
    catalogue: Catalogue, new_url: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backups = LocalObjects(tmp_path / "backups")
    with catalogue.tenant("acme") as records:
        records.add_endpoint("https://shop.example/hooks")
        records.add(NewGeneration(kind="mixer", request={"metadata": {"note": "sealed.v1.00000000.AAAA"}}))
    made = make_backup(catalogue, LocalObjects(tmp_path / "o"), backups, tmp_path / "scratch", NOW, keep=1)
    with open_new(new_url("sqlite")) as fresh:
        assert restore_catalogue(made, backups, fresh, tmp_path / "scratch") == made.rows
    monkeypatch.setenv("REEL_SECRET", "another-secret-of-at-least-32-letters")
    settings.cache_clear()
    try:
        with open_new(new_url("sqlite")) as fresh:
            with pytest.raises(Resource, match="REEL_SECRET is another"):
                restore_catalogue(made, backups, fresh, tmp_path / "scratch")
            with fresh.operator() as everybody:
                assert everybody.tenants() == []
            restored = restore_catalogue(made, backups, fresh, tmp_path / "scratch", secret_lost=True)
            assert restored == made.rows
    finally:
        monkeypatch.undo()
        settings.cache_clear()


def harmed(content: bytes, how: str) -> bytes:
    text = gzip.decompress(content)
    lines = text.splitlines(keepends=True)
    return {
        "cut in its gzip": content[: len(content) // 2],
        "cut by lines": gzip.compress(b"".join(lines[:-1])),
        "a row less": gzip.compress(b"".join([*lines[:-2], lines[-1]])),
        "of another version": gzip.compress(
            lines[0].replace(b'"revision": "0', b'"revision": "9') + b"".join(lines[1:])
        ),
        "no dump": gzip.compress(b"[]\n"),
        "no gzip": b"hello",
    }[how]


@pytest.mark.parametrize(
    "how", ["cut in its gzip", "cut by lines", "a row less", "of another version", "no dump", "no gzip"]
)
def test_a_damaged_one_is_refused_and_nothing_is_filled(
    catalogue: Catalogue, new_url: Callable[[str], str], url: str, tmp_path: Path, how: str
) -> None:
    filled(catalogue)
    catalogue.dump(tmp_path / "dump")
    (tmp_path / "harmed").write_bytes(harmed((tmp_path / "dump").read_bytes(), how))
    new = new_url("sqlite" if url.startswith("sqlite") else "postgresql")
    with open_new(new) as fresh:
        with pytest.raises(Resource, match="harmed"):
            fresh.load(tmp_path / "harmed")
        assert not any(everything(new).values())


def test_a_flipped_bit_is_seen_before_anything_is_read(catalogue: Catalogue, tmp_path: Path) -> None:
    backups = LocalObjects(tmp_path / "backups")
    made = make_backup(catalogue, LocalObjects(tmp_path / "o"), backups, tmp_path / "scratch", NOW, keep=1)
    path = backups.local_path(f"{made.id}/{CATALOGUE}")
    assert path
    content = path.read_bytes()
    path.write_bytes(content[:20] + bytes([content[20] ^ 1]) + content[21:])
    with pytest.raises(Resource, match="damaged"):
        restore_catalogue(made, backups, catalogue, tmp_path / "scratch")
    with pytest.raises(Resource, match="damaged"):
        verify_backup(made, backups, LocalObjects(tmp_path / "o"), tmp_path / "scratch")


def test_it_is_of_one_moment_and_keeps_nobody_waiting(
    catalogue: Catalogue, new_url: Callable[[str], str], url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is written somebody adds: the dump has none of it, and who adds does not wait for its end."""
    from reel.catalogue import dumping

    filled(catalogue)
    before = everything(url)
    as_json = dumping._as_json
    added: list[Any] = []

    def slow(row: Any) -> Any:
        if not added:
            writer = threading.Thread(target=lambda: added.append(Made(catalogue).add("late")))
            writer.start()
            writer.join(60)
            assert added, "a writer waits for the backup"
        return as_json(row)

    monkeypatch.setattr(dumping, "_as_json", slow)
    rows = catalogue.dump(tmp_path / "dump")
    assert rows == {table: len(found) for table, found in before.items()}
    new = new_url("sqlite")
    with open_new(new) as fresh:
        fresh.load(tmp_path / "dump")
        assert everything(new) == before
    assert everything(url) != before


def test_one_that_fails_half_way_is_none(catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backups = LocalObjects(tmp_path / "backups")
    real = backups_module._put

    def failing(objects: ObjectStore, name: str, path: Path) -> str:
        if name.endswith(MANIFEST):
            raise Resource.at(name, "no room")
        return real(objects, name, path)

    monkeypatch.setattr(backups_module, "_put", failing)
    with pytest.raises(Resource, match="no room"):
        make_backup(catalogue, LocalObjects(tmp_path / "o"), backups, tmp_path / "scratch", NOW, keep=1)
    assert newest_backup(backups) is None
    assert all_backups(backups, tmp_path / "scratch") == []
