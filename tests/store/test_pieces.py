"""Objects in pieces: one conformance suite for a folder, a real S3 server and a stand-in for AWS."""

from __future__ import annotations

import random
import uuid
from pathlib import Path

import pytest

from reel.buckets import Bucket
from reel.errors import InvalidRequest, Transient
from reel.store import LocalObjects, ObjectStore
from reel.store.pieces import Pieces, Received, pieces_of
from reel.store.s3 import S3Objects
from reel.store.s3_pieces import S3Pieces
from tests.web import put_to

MEBI = 1 << 20


@pytest.fixture(params=["local", "s3", "moto"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "local":
        return LocalObjects(tmp_path / "library")
    server = request.getfixturevalue("server" if request.param == "s3" else "moto")
    return S3Objects(Bucket("reel", server.endpoint), f"{uuid.uuid4().hex}/")


@pytest.fixture
def pieces(objects: ObjectStore) -> Pieces:
    return pieces_of(objects)


def content(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def write(pieces: Pieces, received: Received, data: bytes, block: int = MEBI) -> Received:
    writer = pieces.writer(received)
    for start in range(0, len(data), block):
        writer.write(data[start : start + block])
    return writer.close()


def read(objects: ObjectStore, name: str, tmp_path: Path) -> bytes:
    objects.get(name, tmp_path / "read")
    return (tmp_path / "read").read_bytes()


@pytest.mark.parametrize(
    "cuts",
    [
        (1,),
        (MEBI,),
        (10, 3 * MEBI, 3 * MEBI + 1),
        (8 * MEBI,),
        (5 * MEBI, 8 * MEBI, 16 * MEBI, 17 * MEBI),
        (20 * MEBI + 7,),
    ],
    ids=str,
)
def test_pieces_become_the_object(objects, pieces, cuts, tmp_path):
    data = content(cuts[-1])
    received = pieces.begin("acme/one", len(data))
    for start, end in zip((0, *cuts), cuts, strict=False):
        received = write(pieces, received, data[start:end])
        assert received.bytes == end
        assert objects.stat("acme/one") is None
    pieces.finish(received)
    assert read(objects, "acme/one", tmp_path) == data
    assert [stat.name for stat in objects.list("")] == ["acme/one"]
    pieces.finish(received)  # again is harmless: the answer to the first may have been lost


def test_whoever_goes_on_from_an_older_state_writes_the_same(objects, pieces, tmp_path):
    data = content(18 * MEBI)
    older = write(pieces, pieces.begin("acme/one", len(data)), data[: 3 * MEBI])
    # A process writes on and dies before anybody has noted how far it is: once with a part of S3's, once with less.
    write(pieces, older, data[3 * MEBI : 12 * MEBI])
    write(pieces, older, data[3 * MEBI : 4 * MEBI])
    pieces.finish(write(pieces, older, data[3 * MEBI :]))
    assert read(objects, "acme/one", tmp_path) == data


def test_what_is_durable_while_it_is_written(pieces):
    data = content(10 * MEBI)
    writer = pieces.writer(pieces.begin("acme/one", len(data)))
    for start in range(0, len(data), MEBI):
        writer.write(data[start : start + MEBI])
    assert writer.durable().bytes in (8 * MEBI, 10 * MEBI)
    writer.discard()


def test_what_is_discarded_does_not_count(objects, pieces, tmp_path):
    received = write(pieces, pieces.begin("acme/one", 6), b"abc")
    writer = pieces.writer(received)
    writer.write(b"xyz" * 100)
    writer.discard()
    pieces.finish(write(pieces, received, b"def"))
    assert read(objects, "acme/one", tmp_path) == b"abcdef"


def test_what_is_abandoned_leaves_nothing(objects, pieces):
    received = write(pieces, pieces.begin("acme/one", 9 * MEBI), content(9 * MEBI))
    pieces.abandon(received)
    pieces.abandon(received)
    assert list(objects.list("")) == []
    if isinstance(objects, S3Objects):
        assert list(objects.bucket.uploads(objects.prefix)) == []
    else:
        assert isinstance(objects, LocalObjects)
        assert [path for path in objects.root.rglob("*") if path.is_file()] == []
        with pytest.raises(Transient, match="is gone"):
            pieces.writer(received)


def test_two_uploads_of_a_tenant_do_not_mind_each_other(objects, pieces, tmp_path):
    one, two = (write(pieces, pieces.begin(f"acme/{name}", 3), name.encode()) for name in ("one", "two"))
    pieces.abandon(one)
    pieces.finish(two)
    assert read(objects, "acme/two", tmp_path) == b"two"


def test_parts_by_links(server, tmp_path):
    objects = S3Objects(Bucket("reel", server.endpoint), f"{uuid.uuid4().hex}/")
    pieces, data = S3Pieces(objects), content(9 * MEBI)
    received = pieces.begin("acme/one", len(data))
    links = pieces.links(received, [1, 2], 60)
    assert put_to(links[2], data[8 * MEBI :]) == put_to(links[1], data[: 8 * MEBI]) == 200
    sent = pieces.sent(received)
    assert [(piece.number, piece.bytes) for piece in sent] == [(1, 8 * MEBI), (2, MEBI)]
    pieces.complete(received, sent)
    assert read(objects, "acme/one", tmp_path) == data
    assert put_to(links[1].replace("partNumber=1", "partNumber=3"), b"x") == 403


def test_a_store_that_takes_none(tmp_path):
    class Other:
        local = False

    with pytest.raises(InvalidRequest):
        pieces_of(Other())  # type: ignore[arg-type]
