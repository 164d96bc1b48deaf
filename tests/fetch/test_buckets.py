"""Assets in the buckets of a real S3 server."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from reel.errors import BadMedia, InvalidRequest, ReelError, Resource
from reel.fetch import BucketObject, DigestMemo, fetch, unchanged
from tests.fetch.conftest import Configure
from tests.s3 import CREDENTIALS, OTHER_ACCESS_KEY, OTHER_SECRET_KEY, S3Server

PLACE = "clips[2].asset"
CONTENT = os.urandom(2_000_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def credentials(s3: S3Server, configure: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(s3_endpoint=s3.endpoint)
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def asset(s3: S3Server, tmp_path: Path) -> BucketObject:
    key = f"{tmp_path.name}/a b?#%20é.mp4"
    s3.client().put_object(Bucket="media", Key=key, Body=CONTENT)
    return BucketObject("media", key)


@pytest.fixture
def memory(tmp_path: Path) -> DigestMemo:
    return DigestMemo(tmp_path / "memo")


def test_a_copy_and_its_digest(asset: BucketObject, tmp_path: Path) -> None:
    assert fetch(asset, tmp_path / "to", PLACE) == (SHA256, len(CONTENT))
    assert (tmp_path / "to").read_bytes() == CONTENT


def test_what_is_unchanged_is_known_without_its_bytes(
    asset: BucketObject, tmp_path: Path, memory: DigestMemo, s3: S3Server
) -> None:
    assert unchanged(asset, PLACE, memory) is None
    fetch(asset, tmp_path / "to", PLACE, memory)
    assert unchanged(asset, PLACE, memory) == SHA256
    s3.client().put_object(Bucket="media", Key=asset.key, Body=CONTENT[::-1])
    assert unchanged(asset, PLACE, memory) is None
    s3.client().delete_object(Bucket="media", Key=asset.key)
    with pytest.raises(BadMedia, match="does not exist"):
        unchanged(asset, PLACE, memory)


@pytest.mark.parametrize(
    ("bucket", "key", "kind", "says"),
    [
        ("media", "gone.mp4", BadMedia, "s3://media/gone.mp4: does not exist"),
        ("no-such-bucket", "a.mp4", BadMedia, "s3://no-such-bucket/a.mp4: does not exist"),
        ("media", "empty.mp4", BadMedia, "s3://media/empty.mp4 is empty"),
        ("media", "large.mp4", BadMedia, "s3://media/large.mp4 has 1,001 bytes, more than the 1,000 that are allowed"),
        ("no bucket", "a.mp4", InvalidRequest, "s3://no bucket/a.mp4: "),
    ],
)
def test_what_is_no_asset(
    s3: S3Server, configure: Configure, tmp_path: Path, bucket: str, key: str, kind: type[ReelError], says: str
) -> None:
    configure(max_asset_bytes=1000)
    s3.client().put_object(Bucket="media", Key="empty.mp4", Body=b"")
    s3.client().put_object(Bucket="media", Key="large.mp4", Body=b"x" * 1001)
    with pytest.raises(kind) as caught:
        fetch(BucketObject(bucket, key), tmp_path / "to", PLACE)
    (problem,) = caught.value.problems
    assert problem.place == PLACE
    assert says in problem.what
    assert not (tmp_path / "to").exists()


def test_credentials_that_may_not(
    s3: S3Server, asset: BucketObject, tmp_path: Path, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Clients are kept for each endpoint, with the credentials that they began with.
    configure(s3_endpoint=s3.endpoint.replace("127.0.0.1", "localhost"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", OTHER_ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", OTHER_SECRET_KEY)
    with pytest.raises(Resource, match=r"clips\[2\].asset: s3://media/.* 403"):
        fetch(asset, tmp_path / "to", PLACE)


def test_a_disk_without_room(asset: BucketObject, tmp_path: Path, configure: Configure) -> None:
    configure(min_free_bytes=1 << 60)
    with pytest.raises(Resource, match="2,000,000 bytes are needed"):
        fetch(asset, tmp_path / "to", PLACE)


@pytest.mark.parametrize(
    ("root", "allowed"),
    [
        ("media", True),
        ("s3://media/", True),
        ("media/tenants/a", True),
        ("media/tenants/a/", True),
        ("medi", False),
        ("media/tenant", False),
        ("media/tenants/b", False),
        ("other", False),
    ],
)
def test_assets_lie_where_the_settings_allow(
    s3: S3Server, configure: Configure, tmp_path: Path, root: str, allowed: bool
) -> None:
    configure(s3_roots=[root])
    key = "tenants/a/b.mp4"
    s3.client().put_object(Bucket="media", Key=key, Body=CONTENT)
    if allowed:
        assert fetch(BucketObject("media", key), tmp_path / "to", PLACE)[0] == SHA256
        return
    with pytest.raises(InvalidRequest) as caught:
        fetch(BucketObject("media", key), tmp_path / "to", PLACE)
    assert f"REEL_S3_ROOTS allows {root}" in str(caught.value)
