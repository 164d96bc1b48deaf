"""Stores to test against. A new implementation of `ObjectStore` joins by one line in `make_objects`."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reel.buckets import Bucket
from reel.store import ArtefactStore, LocalObjects, ObjectStore
from reel.store.s3 import S3Objects
from tests.moto import MotoServer, moto_server
from tests.s3 import CREDENTIALS, S3Server, s3_server


class FarObjects(LocalObjects):
    """Objects that cannot be read in place, as those of a bucket."""

    local = False

    def local_path(self, name: str) -> Path | None:
        super().local_path(name)
        return None


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A real S3 server with the bucket `reel`; boto3 finds its credentials in the environment, and nothing else."""
    with s3_server(tmp_path_factory.mktemp("s3")) as server, pytest.MonkeyPatch.context() as patch:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        patch.setenv("AWS_CONFIG_FILE", "/dev/null")
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        server.make_bucket("reel")
        yield server


@pytest.fixture
def bucket(server: S3Server) -> Bucket:
    return Bucket("reel", server.endpoint)


@pytest.fixture(scope="session")
def moto() -> Iterator[MotoServer]:
    """A stand-in for AWS with the bucket `reel`."""
    with moto_server() as running, pytest.MonkeyPatch.context() as patch:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        running.make_bucket("reel")
        yield running


@pytest.fixture(params=["local", "far", "s3", "moto"])
def make_objects(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], ObjectStore]:
    """Makes a store of one kind, with a name of its own."""
    if request.param in ("s3", "moto"):
        server = request.getfixturevalue("server" if request.param == "s3" else "moto")
        bucket = Bucket("reel", server.endpoint)
        run = uuid.uuid4().hex
        return lambda name: S3Objects(bucket, f"{run}/a b+ü/{name}/")
    kind = LocalObjects if request.param == "local" else FarObjects
    return lambda name: kind(tmp_path / name)


@pytest.fixture
def objects(make_objects: Callable[[str], ObjectStore]) -> ObjectStore:
    return make_objects("objects")


@pytest.fixture
def artefacts(objects: ObjectStore, tmp_path: Path) -> ArtefactStore:
    return ArtefactStore(objects, tmp_path / "cache")


@pytest.fixture
def elsewhere(objects: ObjectStore, tmp_path: Path) -> ArtefactStore:
    """The same store as another worker sees it, with a cache of its own."""
    return ArtefactStore(objects, tmp_path / "cache-elsewhere")


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Path]:
    """Makes a folder with the given files, as a step does."""
    count = iter(range(10_000))

    def make(**files: bytes) -> Path:
        folder = tmp_path / f"made-{next(count)}"
        for name, content in files.items():
            path = folder / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return folder

    return make


@pytest.fixture
def key() -> str:
    return hashlib.sha256(b"a step").hexdigest()
