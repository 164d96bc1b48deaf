"""A server that fails in all the ways that servers do: the result is right or an error with a class, and nothing is left."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import get_args

import pytest

from reel.artefact import Artefact
from reel.buckets import Bucket, client, upload
from reel.buckets.breaker import breaker_of
from reel.errors import Damaged, Internal, Transient
from reel.patience import Clock, Policy, retry
from reel.store import ArtefactStore
from reel.store.local import LocalObjects
from reel.store.s3 import S3Objects
from tests.s3 import S3Server
from tests.some import some_pairs
from tests.store.faulty import ALWAYS, Fault, FaultyServer, Kind, faulty_server

SMALL = os.urandom(3_000_000)
LARGE = os.urandom((10 << 20) + 12_345)
"""Three parts of the smallest size that S3 takes."""


@pytest.fixture(scope="module")
def proxy(server: S3Server) -> Iterator[FaultyServer]:
    """A proxy before the server, and two clients: one is made for each address, when it is first used. Only the one at its
    other address has little patience, as on a busy machine that ends what would come."""
    with faulty_server(server.endpoint) as proxy, pytest.MonkeyPatch.context() as patch:
        patch.setattr(client, "ATTEMPTS", 2)
        client.client_of(proxy.endpoint, None)
        patch.setattr(client, "SILENCE_SECONDS", 2.0)
        client.client_of(_impatient(proxy), None)
        patch.undo()
        patch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda self, context: 0.0)
        yield proxy


@pytest.fixture
def faulty(proxy: FaultyServer, monkeypatch: pytest.MonkeyPatch) -> FaultyServer:
    """The proxy without faults, and nobody who remembers some."""
    breaker_of.cache_clear()
    impatient = Policy((0.0,), retries={Transient: 2})
    for module in ("bucket", "download"):
        monkeypatch.setattr(f"reel.buckets.{module}.patience", lambda: impatient)
    monkeypatch.setattr(upload, "PART_BYTES", 5 << 20)
    proxy.faults.clear()
    proxy.requests.clear()
    return proxy


@pytest.fixture
def far(faulty: FaultyServer, request: pytest.FixtureRequest) -> Bucket:
    asked = getattr(request.node, "callspec", None)
    params = asked.params if asked else {}
    silent = "silence" in (params.get("kind"), *params.get("fault", ()))
    return Bucket("reel", _impatient(faulty) if silent else faulty.endpoint)


def _impatient(proxy: FaultyServer) -> str:
    return proxy.endpoint.replace("127.0.0.1", "localhost")


@pytest.fixture
def key() -> str:
    return f"{uuid.uuid4().hex}/ü.mp4"


def source(tmp_path: Path, content: bytes) -> tuple[Path, str]:
    path = tmp_path / "source"
    path.write_bytes(content)
    return path, hashlib.sha256(content).hexdigest()


def held(bucket: Bucket, key: str, to: Path) -> bytes | None:
    """What the server has, asked for without the proxy."""
    if not list(bucket.list(key)):
        return None
    bucket.download(key, to)
    return to.read_bytes()


@pytest.mark.parametrize("kind", get_args(Kind))
@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
def test_getting(
    faulty: FaultyServer, far: Bucket, bucket: Bucket, key: str, tmp_path: Path, kind: Kind, content: bytes
) -> None:
    bucket.put_file(key, *source(tmp_path, content))
    faulty.faults = [Fault(kind, "GET")]
    assert far.download(key, tmp_path / "to") == (hashlib.sha256(content).hexdigest(), len(content))
    assert (tmp_path / "to").read_bytes() == content
    assert faulty.faults[0].times == 0


@pytest.mark.parametrize("kind", [kind for kind in get_args(Kind) if kind not in ("wrong request", "slow")])
def test_getting_from_one_that_always_fails(
    faulty: FaultyServer, far: Bucket, bucket: Bucket, key: str, tmp_path: Path, kind: Kind
) -> None:
    bucket.put_file(key, *source(tmp_path, b"x" * 1000))
    faulty.faults = [Fault(kind, "GET", times=ALWAYS)]
    with pytest.raises(Transient) as caught:
        far.download(key, tmp_path / "to")
    assert f"s3://reel/{key}" in str(caught.value)
    assert not (tmp_path / "to").exists()


def test_a_cut_body_goes_on_from_where_it_was(
    faulty: FaultyServer, far: Bucket, bucket: Bucket, key: str, tmp_path: Path
) -> None:
    bucket.put_file(key, *source(tmp_path, LARGE))
    faulty.faults = [Fault("cut answer", "GET", times=3)]
    far.download(key, tmp_path / "to")
    assert (tmp_path / "to").read_bytes() == LARGE
    starts = [int(range_.removeprefix("bytes=").removesuffix("-") or 0) for _, _, range_ in faulty.requests]
    assert len(starts) == 4
    assert starts == sorted(starts)
    assert starts[1] == len(LARGE) // 2


def test_an_object_that_is_replaced_under_a_reader(
    faulty: FaultyServer, far: Bucket, bucket: Bucket, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put_file(key, *source(tmp_path, SMALL))
    faulty.faults = [Fault("cut answer", "GET")]
    other = SMALL[::-1]

    def replace(seconds: float) -> None:
        bucket.put_file(key, *source(tmp_path, other))

    monkeypatch.setattr("reel.buckets.download.retry", partial(retry, clock=Clock(sleep=replace)))
    assert far.download(key, tmp_path / "to") == (hashlib.sha256(other).hexdigest(), len(other))
    assert (tmp_path / "to").read_bytes() == other


REQUESTS = {
    "whole": (SMALL, "PUT", ""),
    "begin": (LARGE, "POST", "?uploads"),
    "part": (LARGE, "PUT", "partNumber=2"),
    "complete": (LARGE, "POST", "?uploadId="),
}


FAULTS = [(kind, 1) for kind in get_args(Kind)] + [(kind, ALWAYS) for kind in ("500", "cut request", "lost answer")]


@pytest.mark.parametrize(("fault", "request_"), some_pairs(FAULTS, REQUESTS, 2))
def test_putting(
    faulty: FaultyServer, far: Bucket, bucket: Bucket, key: str, tmp_path: Path,
    fault: tuple[Kind, int], request_: str,
) -> None:  # fmt: skip
    kind, times = fault
    content, method, inside = REQUESTS[request_]
    bucket.put_file(key, *source(tmp_path, b"old"))
    path, sha256 = source(tmp_path, content)
    faulty.faults = [Fault(kind, method, inside, times)]
    failed = None
    try:
        far.put_file(key, path, sha256)
    except Transient as error:
        failed = error
    # Where only the answer was lost or harmed, all may have been done.
    assert held(bucket, key, tmp_path / "to") in ((b"old", content) if failed else (content,))
    assert failed is None or key in str(failed)
    assert path.read_bytes() == content
    assert faulty.faults[0].times < times
    # An upload whose very name got lost is left to the janitor; every other one is aborted.
    if not (inside == "?uploads" and kind in ("lost answer", "cut answer", "silence", "wrong answer")):
        assert list(bucket.uploads(key)) == []


def test_a_file_that_changes_while_it_is_put(bucket: Bucket, key: str, tmp_path: Path) -> None:
    for content in (SMALL, LARGE):
        path, sha256 = source(tmp_path, content)
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        with pytest.raises(Internal, match="while it was stored"):
            bucket.put_file(key, path, sha256)
    assert list(bucket.list(key)) == []
    assert list(bucket.uploads(key)) == []


def test_an_interrupt_aborts(bucket: Bucket, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    under_way: list[str] = []

    def interrupted(*given: object) -> None:
        under_way.extend(each.key for each in bucket.uploads(key))
        raise KeyboardInterrupt

    monkeypatch.setattr(upload, "PART_BYTES", 5 << 20)
    monkeypatch.setattr(upload, "_check", interrupted)
    with pytest.raises(KeyboardInterrupt):
        bucket.put_file(key, *source(tmp_path, LARGE))
    assert under_way == [key]
    assert list(bucket.uploads(key)) == []
    assert list(bucket.list(key)) == []


def test_an_artefact_whose_object_holds_other_bytes_is_made_again(
    faulty: FaultyServer, bucket: Bucket, tmp_path: Path, server: S3Server
) -> None:
    """Each time it is read, they are wrong; it says of itself what was put."""
    objects = S3Objects(bucket, f"{uuid.uuid4().hex}/")
    here, there = ArtefactStore(objects, tmp_path / "here"), ArtefactStore(objects, tmp_path / "there")
    folder = tmp_path / "made"

    def publish() -> Artefact:
        folder.mkdir(exist_ok=True)
        (folder / "a.mp4").write_bytes(SMALL)
        return here.publish(folder, "0" * 64, "picture")

    damages = [
        lambda artefact: there.open(artefact, "a.mp4"),
        lambda artefact: there.copy_to(LocalObjects(tmp_path / "outputs"), "out.mp4", artefact, "a.mp4"),
    ]
    for read in damages:
        artefact = publish()
        (name,) = (found.key for found in bucket.list(objects.prefix) if found.key.endswith("a.mp4"))
        digest = hashlib.sha256(SMALL).hexdigest()
        server.client().put_object(Bucket="reel", Key=name, Body=SMALL[:-1], Metadata={"sha256": digest})
        with pytest.raises(Damaged, match=r"a\.mp4.* is damaged.*a retry makes it again"):
            read(artefact)
        assert there.find("0" * 64, "picture") is None
        assert not (tmp_path / "outputs" / "out.mp4").exists()
    assert there.open(publish(), "a.mp4").read_bytes() == SMALL


@pytest.mark.parametrize("kind", get_args(Kind))
def test_artefacts_over_a_failing_server(
    faulty: FaultyServer, far: Bucket, bucket: Bucket, tmp_path: Path, kind: Kind
) -> None:
    """Each kind of request fails once; what was published is whole for another worker, and no temporary file is left."""
    prefix = f"{uuid.uuid4().hex}/"
    here = ArtefactStore(S3Objects(far, prefix), tmp_path / "here")
    there = ArtefactStore(S3Objects(far, prefix), tmp_path / "there")
    folder = tmp_path / "made"
    folder.mkdir()
    (folder / "a.mp4").write_bytes(SMALL)
    faulty.faults = [Fault(kind, method) for method in ("PUT", "GET", "HEAD")]
    key = "0" * 64
    artefact = here.publish(folder, key, "picture")
    assert there.find(key, "picture") in (artefact, None)  # a manifest with a wrong bit is none
    assert there.open(artefact, "a.mp4").read_bytes() == SMALL
    assert list((tmp_path / "there" / ".incoming").iterdir()) == []
    assert not list(folder.iterdir())
