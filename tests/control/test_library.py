"""Uploads into a tenant's library: what is cut off, lied about, sent twice, by two at once; in a folder and in a bucket."""

from __future__ import annotations

import base64
import hashlib
import random
import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from reel.buckets import Bucket
from reel.catalogue import (
    Catalogue,
    NewAsset,
    NoSuchAsset,
    NoSuchUpload,
    UploadBusy,
    UploadExpired,
    WrongOffset,
    open_catalogue,
)
from reel.control import receiving as receiving_module
from reel.control.library import Library
from reel.control.receiving import Checksum, TooLarge, WrongChecksum
from reel.errors import InvalidRequest, Resource
from reel.settings import settings
from reel.store import LocalObjects, ObjectStore
from reel.store.s3 import S3Objects
from tests.catalogue.conftest import Clock
from tests.control.test_backups import swift
from tests.migrated import new_catalogue
from tests.s3 import S3Server
from tests.web import put_to

__all__ = ["swift"]

MEBI = 1 << 20
ACME, SUED = "acme", "sued"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def catalogue(tmp_path: Path, clock: Clock) -> Iterator[Catalogue]:
    opened = open_catalogue(new_catalogue(tmp_path), clock)
    yield opened
    opened.close()


@pytest.fixture(params=["local", "s3"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "local":
        return LocalObjects(tmp_path / "library")
    return S3Objects(Bucket("reel", request.getfixturevalue("swift").endpoint), f"{uuid.uuid4().hex}/")


@pytest.fixture
def library(catalogue: Catalogue, objects: ObjectStore) -> Library:
    return Library(catalogue, objects)


def content(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def send(library: Library, asset: str, offset: int, *blocks: bytes, checksum: Checksum | None = None) -> int:
    receiving = library.receive(ACME, asset, offset, checksum)
    try:
        for block in blocks:
            receiving.write(block)
    finally:
        upload = receiving.close()
    return upload.received


def asset_of(library: Library, asset: str):
    with library.catalogue.tenant(ACME) as records:
        return records.library_asset(asset)


def test_what_was_cut_off_goes_on_and_is_looked_at_next(library, objects, tmp_path):
    data = content(9 * MEBI)
    asset = library.begin(ACME, NewAsset(name="clip.mov"), len(data)).id
    assert send(library, asset, 0, data[: 3 * MEBI]) == 3 * MEBI
    assert library.state(ACME, asset).received == 3 * MEBI
    assert asset_of(library, asset).state == "uploading"
    assert send(library, asset, 3 * MEBI, data[3 * MEBI : 8 * MEBI], data[8 * MEBI :]) == 9 * MEBI
    arrived = asset_of(library, asset)
    assert (arrived.state, arrived.bytes) == ("quarantined", 9 * MEBI)
    objects.get(arrived.object, tmp_path / "read")
    assert (tmp_path / "read").read_bytes() == data
    with pytest.raises(NoSuchUpload):
        library.state(ACME, asset)


def test_more_than_was_announced_is_refused_and_what_came_before_counts(library):
    asset = library.begin(ACME, NewAsset(name="a"), 10).id
    receiving = library.receive(ACME, asset, 0)
    receiving.write(b"12345678")
    with pytest.raises(TooLarge, match="10 bytes that were announced"):
        receiving.write(b"9abc")
    assert receiving.close().received == 8
    assert asset_of(library, asset).state == "uploading"


def test_two_at_once_and_the_wrong_place(library, clock):
    asset = library.begin(ACME, NewAsset(name="a"), 10).id
    first = library.receive(ACME, asset, 0)
    with pytest.raises(UploadBusy):
        library.receive(ACME, asset, 0)
    with pytest.raises(UploadBusy):
        library.remove(ACME, asset)
    first.write(b"123")
    first.close()
    with pytest.raises(WrongOffset):
        library.receive(ACME, asset, 0)
    library.receive(ACME, asset, 3).close()


def test_whoever_was_thought_dead_does_not_count(library, clock):
    asset = library.begin(ACME, NewAsset(name="a"), 6).id
    first = library.receive(ACME, asset, 0)
    first.write(b"zzz")
    clock.pass_(61)
    second = library.receive(ACME, asset, 0)
    second.write(b"abcdef")
    with pytest.raises(UploadBusy, match="taken over"):
        first.close()
    second.close()
    assert asset_of(library, asset).state == "quarantined"


def test_an_upload_that_was_cut_off_is_taken_up_before_clients_give_up(library, clock):
    """The client of the documents, which tries for so many seconds; whoever is only slow goes on where nobody came."""
    delays = re.search(r"retryDelays: \[([0-9, ]+)\]", Path("docs/assets.md").read_text())
    assert delays
    patience = sum(map(int, delays[1].split(","))) / 1000
    asset = library.begin(ACME, NewAsset(name="a"), 6).id
    slow = library.receive(ACME, asset, 0)
    slow.write(b"ab")
    clock.pass_(patience - 0.5)
    slow.write(b"c")
    slow.close()
    cut_off = library.receive(ACME, asset, 3)
    cut_off.write(b"zz")
    clock.pass_(patience - 0.5)
    library.receive(ACME, asset, 3).close()
    with pytest.raises(UploadBusy, match="taken over"):
        cut_off.close()
    assert receiving_module.LEASE.total_seconds() / 2 > receiving_module.NOTED_SECONDS


def test_it_is_noted_as_it_goes_on(library, monkeypatch):
    monkeypatch.setattr(receiving_module, "NOTED_BYTES", 4 * MEBI)
    asset = library.begin(ACME, NewAsset(name="a"), 20 * MEBI).id
    receiving = library.receive(ACME, asset, 0)
    for number in range(9):
        receiving.write(content(MEBI + number)[:MEBI])
    # Here the process would die. A bucket has a part of 8 MiB by now, a folder all.
    assert library.state(ACME, asset).received == 8 * MEBI
    receiving.close()


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_checksums(library, algorithm):
    asset = library.begin(ACME, NewAsset(name="a"), 6).id
    digest = base64.b64encode(hashlib.new(algorithm, b"abc").digest()).decode()
    right = Checksum.read(f"{algorithm} {digest}")
    with pytest.raises(WrongChecksum):
        send(library, asset, 0, b"abd", checksum=right)
    assert library.state(ACME, asset).received == 0
    assert send(library, asset, 0, b"abc", checksum=right) == 3


@pytest.mark.parametrize("text", ["md5 AAAA", "sha1", "sha1 ???", "", "sha1 "])
def test_no_checksums(text):
    with pytest.raises(InvalidRequest):
        Checksum.read(text)


@pytest.mark.parametrize(("size", "error"), [(0, InvalidRequest), (-1, InvalidRequest), (1 << 60, TooLarge)])
def test_sizes(library, size, error):
    with pytest.raises(error):
        library.begin(ACME, NewAsset(name="a"), size)


def test_an_upload_that_nobody_goes_on_with_goes_and_one_whose_end_was_lost_ends(library, clock, objects):
    lost = library.begin(ACME, NewAsset(name="a"), 3).id
    receiving = library.receive(ACME, lost, 0)
    receiving.write(b"abc")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(receiving_module, "finish", lambda *_: None)  # the process died here
        receiving.close()
    dead = library.begin(ACME, NewAsset(name="b"), 9 * MEBI).id
    send(library, dead, 0, content(9 * MEBI)[: 8 * MEBI + 5])
    assert library.tidy() == 1
    assert asset_of(library, lost).state == "quarantined"
    clock.pass_(settings().upload_hours * 3600 + 1)
    with pytest.raises(UploadExpired):
        library.state(ACME, dead)
    assert library.tidy() == 1
    with pytest.raises(NoSuchAsset):
        asset_of(library, dead)
    assert [stat.name for stat in objects.list("")] == [f"acme/{lost}"]


def test_what_is_removed_is_gone_and_orphans_are_swept(library, objects, tmp_path):
    kept, gone = (library.begin(ACME, NewAsset(name="a"), 3).id for _ in range(2))
    for asset in (kept, gone):
        send(library, asset, 0, b"abc")
    library.remove(ACME, gone)
    (tmp_path / "orphan").write_bytes(b"x")
    objects.put("acme/ast_orphan", tmp_path / "orphan", hashlib.sha256(b"x").hexdigest())
    assert library.sweep(0.0) == 0
    assert library.sweep(1e12) == 1
    assert [stat.name for stat in objects.list("")] == [f"acme/{kept}"]


def test_another_tenants_are_not_there(library):
    asset = library.begin(ACME, NewAsset(name="a"), 3).id
    for refused in (
        lambda: library.receive(SUED, asset, 0),
        lambda: library.state(SUED, asset),
        lambda: library.remove(SUED, asset),
        lambda: library.links(SUED, asset, [1]),
        lambda: library.complete(SUED, asset),
    ):
        with pytest.raises((NoSuchAsset, NoSuchUpload)):
            refused()


@pytest.mark.parametrize(
    "url",
    ["", "ftp://a.example/b", "file:///etc/passwd", "http://127.0.0.1/a", "http://[::1]/a", "http://a.example:22/"],
)
def test_addresses_that_may_not_be_asked(library, url):
    with pytest.raises(InvalidRequest) as refused:
        library.fetch(ACME, NewAsset(name="a", source=url))
    assert refused.value.problems[0].place == "url"


class TestLinks:
    @pytest.fixture
    def library(self, catalogue: Catalogue, swift: S3Server) -> Library:
        return Library(catalogue, S3Objects(Bucket("reel", swift.endpoint), f"{uuid.uuid4().hex}/"))

    def test_parts_by_links(self, library):
        data = content(8 * MEBI + 3)
        asset = library.begin(ACME, NewAsset(name="a"), len(data), "multipart").id
        links = library.links(ACME, asset, [1, 2])
        put_to(links[2], data[8 * MEBI :])
        with pytest.raises(InvalidRequest, match="part 1 is missing"):
            library.complete(ACME, asset)
        put_to(links[1], data[: 8 * MEBI - 1])
        with pytest.raises(InvalidRequest, match="were announced"):
            library.complete(ACME, asset)
        put_to(links[1], data[: 8 * MEBI])
        assert library.complete(ACME, asset).state == "quarantined"
        assert library.complete(ACME, asset).state == "quarantined", "the answer may have been lost"

    @pytest.mark.parametrize("numbers", [[0], [3], [1] * 1001])
    def test_parts_that_there_are_not(self, library, numbers):
        asset = library.begin(ACME, NewAsset(name="a"), 8 * MEBI + 3, "multipart").id
        with pytest.raises(InvalidRequest):
            library.links(ACME, asset, numbers)

    def test_each_way_has_its_own_uploads(self, library):
        by_links = library.begin(ACME, NewAsset(name="a"), 9, "multipart").id
        with pytest.raises(NoSuchUpload):
            library.receive(ACME, by_links, 0)
        with pytest.raises(NoSuchUpload):
            library.links(ACME, library.begin(ACME, NewAsset(name="a"), 9).id, [1])

    def test_none_into_a_folder(self, catalogue, tmp_path):
        with pytest.raises(InvalidRequest, match="tus"):
            Library(catalogue, LocalObjects(tmp_path)).begin(ACME, NewAsset(name="a"), 9, "multipart")


def test_a_full_disk_is_told_at_the_begin(catalogue, tmp_path, monkeypatch):
    monkeypatch.setattr("reel.disk.free_bytes", lambda _: 1 << 30)
    with pytest.raises(Resource, match="are free"):
        Library(catalogue, LocalObjects(tmp_path)).begin(ACME, NewAsset(name="a"), 60 << 30)
