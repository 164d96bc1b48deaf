"""What a bucket promises beyond the contract of stores: links, types, tiers, copies, leftovers, and errors that help."""

from __future__ import annotations

import hashlib
import os
import pickle
import socket
import uuid
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore import exceptions as boto  # type: ignore[import-untyped]

from reel.buckets import Bucket, Headers, NoSuchKey, upload
from reel.buckets import bucket as bucket_module
from reel.buckets.errors import class_of, s3_errors
from reel.errors import BadMedia, Internal, InvalidRequest, ReelError, Resource, Transient
from reel.patience import Policy
from reel.store import scratch
from reel.store.s3 import S3Objects
from reel.store.tiers import SMALLEST_TIERED_BYTES, Tiers
from tests.s3 import OTHER_ACCESS_KEY, OTHER_SECRET_KEY, S3Server


@pytest.fixture
def prefix() -> str:
    return f"{uuid.uuid4().hex}/"


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "PART_BYTES", 5 << 20)


def source(tmp_path: Path, content: bytes) -> tuple[Path, str]:
    path = tmp_path / "source"
    path.write_bytes(content)
    return path, hashlib.sha256(content).hexdigest()


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("size", [0, 1, (5 << 20), (5 << 20) + 1, (15 << 20) + 7])
def test_all_sizes_arrive_and_are_described(bucket: Bucket, prefix: str, tmp_path: Path, size: int) -> None:
    path, sha256 = source(tmp_path, os.urandom(size))
    bucket.put_file(f"{prefix}ü", path, sha256, Headers("video/mp4"))
    assert bucket.download(f"{prefix}ü", tmp_path / "to") == (sha256, size)
    head = bucket.head(f"{prefix}ü")
    assert (head.bytes, head.sha256, head.headers.content_type) == (size, sha256, "video/mp4")
    assert list(bucket.uploads(prefix)) == []


@pytest.mark.usefixtures("small_parts")
def test_a_copy_of_parts_outlasts_its_source(bucket: Bucket, prefix: str, tmp_path: Path) -> None:
    path, sha256 = source(tmp_path, os.urandom((5 << 20) + 1))
    bucket.put_file(f"{prefix}a", path, sha256, Headers("video/mp4"))
    bucket.copy(bucket, bucket.head(f"{prefix}a"), f"{prefix}b/日本")
    bucket.delete(f"{prefix}a")
    assert bucket.download(f"{prefix}b/日本", tmp_path / "to") == (sha256, (5 << 20) + 1)
    head = bucket.head(f"{prefix}b/日本")
    assert (head.sha256, head.headers.content_type) == (sha256, "video/mp4")


def test_a_copy_of_what_was_replaced(bucket: Bucket, prefix: str, tmp_path: Path) -> None:
    bucket.put_file(f"{prefix}a", *source(tmp_path, b"old"))
    found = bucket.head(f"{prefix}a")
    bucket.put_file(f"{prefix}a", *source(tmp_path, b"new"))
    with pytest.raises(Transient):
        bucket.copy(bucket, found, f"{prefix}b")


def test_a_download_has_a_largest_size(bucket: Bucket, prefix: str, tmp_path: Path) -> None:
    bucket.put_file(f"{prefix}a", *source(tmp_path, b"12345"))
    assert bucket.download(f"{prefix}a", tmp_path / "to", most_bytes=5)[1] == 5
    with pytest.raises(BadMedia, match=r"s3://reel/.*a: has 5 bytes, more than the 4 that are allowed"):
        bucket.download(f"{prefix}a", tmp_path / "to", most_bytes=4)
    assert not (tmp_path / "to").exists()


def test_many_are_deleted_in_several_requests(
    bucket: Bucket, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket_module, "MOST_DELETES", 3)
    keys = [f"{prefix}{i:02}" for i in range(13)]
    for key in keys:
        bucket.put_file(key, *source(tmp_path, b"1"))
    assert [head.key for head in bucket.list(prefix)] == keys
    bucket.delete(*keys[1:])
    assert [head.key for head in bucket.list(prefix)] == keys[:1]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a/list.m3u8", "application/vnd.apple.mpegurl"),
        ("a/b.vtt", "text/vtt; charset=utf-8"),
        ("a", "application/octet-stream"),
    ],
)
def test_objects_have_the_type_of_their_name(
    bucket: Bucket, prefix: str, tmp_path: Path, name: str, expected: str
) -> None:
    objects = S3Objects(bucket, prefix)
    objects.put(name, *source(tmp_path, b"1"))
    assert bucket.head(prefix + name).headers.content_type == expected
    objects.copy_from(objects, name, "copy.mp4", hashlib.sha256(b"1").hexdigest())
    assert bucket.head(f"{prefix}copy.mp4").headers.content_type == "video/mp4"


def test_the_tier_is_asked_for_where_it_pays(bucket: Bucket, prefix: str, tmp_path: Path) -> None:
    objects = S3Objects(bucket, prefix, Tiers("STANDARD_IA"))
    objects.put("small", *source(tmp_path, b"x" * (SMALLEST_TIERED_BYTES - 1)))
    # This server has no tiers, and says so: the class went out with the object.
    with pytest.raises(Resource, match=r"InvalidStorageClass.*REEL_TIER_INTERMEDIATE"):
        objects.put("large", *source(tmp_path, b"x" * SMALLEST_TIERED_BYTES))
    assert [stat.name for stat in objects.list("")] == ["small"]


def test_uploads_of_the_dead_are_swept(
    server: S3Server, bucket: Bucket, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "ä/b"):
        server.client().create_multipart_upload(Bucket="reel", Key=f"{prefix}{name}")
    objects = S3Objects(bucket, prefix)
    assert objects.sweep() == 0  # they may belong to somebody who lives
    monkeypatch.setattr(scratch, "STRANGER_SECONDS", -60.0)
    assert objects.sweep() == 2
    assert list(bucket.uploads(prefix)) == []


def test_a_link_is_for_this_object_and_this_time(bucket: Bucket, prefix: str, tmp_path: Path) -> None:
    objects = S3Objects(bucket, prefix)
    objects.put("a.mp4", *source(tmp_path, b"12345"))
    link = objects.url("a.mp4", 3600)
    with urlopen(Request(link, headers={"Range": "bytes=1-2"})) as answer:
        assert (answer.status, answer.read()) == (206, b"23")
    for wrong in (link.replace("a.mp4", "b.mp4"), link.replace("X-Amz-Expires=3600", "X-Amz-Expires=7200")):
        with pytest.raises(HTTPError, match="403"):
            urlopen(wrong)


def test_a_link_expires(bucket: Bucket, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket.put_file(f"{prefix}a", *source(tmp_path, b"1"))
    import botocore.auth  # type: ignore[import-untyped]

    real = botocore.auth.get_current_datetime
    past = lambda: real() - botocore.auth.datetime.timedelta(seconds=61)  # noqa: E731
    monkeypatch.setattr(botocore.auth, "get_current_datetime", past)
    link = bucket.presigned_get(f"{prefix}a", 60)
    monkeypatch.undo()
    with pytest.raises(HTTPError, match="403"):
        urlopen(link)


@pytest.mark.parametrize("seconds", [0, 7 * 24 * 3600 + 1])
def test_a_link_lives_a_week_at_most(bucket: Bucket, seconds: int) -> None:
    with pytest.raises(InvalidRequest, match="seconds"):
        bucket.presigned_get("a", seconds)


def closed_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@pytest.mark.parametrize(
    ("name", "endpoint", "environment", "kind", "said"),
    [
        ("missing", None, {}, Resource, "missing.*NoSuchBucket.*make the bucket"),
        (
            "reel",
            None,
            {"AWS_SECRET_ACCESS_KEY": "x"},
            Resource,
            "bucket reel .*SignatureDoesNotMatch.*AWS_ACCESS_KEY_ID",
        ),
        ("reel", None, {"AWS_ACCESS_KEY_ID": "x"}, Resource, "bucket reel .*AWS_ACCESS_KEY_ID"),
        (
            "reel",
            None,
            {"AWS_ACCESS_KEY_ID": OTHER_ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": OTHER_SECRET_KEY},
            Resource,
            "bucket reel .*AccessDenied.*give these credentials",
        ),
        (
            "reel",
            None,
            {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
            Resource,
            "credentials.*AWS_ACCESS_KEY_ID",
        ),
        ("reel", "http://no-such-host.invalid", {}, Resource, "bucket reel cannot be reached.*REEL_S3_ENDPOINT"),
        ("reel", "no address", {}, Resource, "REEL_S3_ENDPOINT"),
        ("reel", "closed", {}, Transient, "bucket reel cannot be reached"),
        ("no bucket's name!", None, {}, InvalidRequest, "a bucket is named like"),
    ],
)
def test_errors_say_what_to_do(
    server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    name: str, endpoint: str | None, environment: dict[str, str], kind: type[ReelError], said: str,
) -> None:  # fmt: skip
    from reel.buckets import client

    monkeypatch.setattr(client, "ATTEMPTS", 1)
    for module in ("bucket", "download"):
        monkeypatch.setattr(f"reel.buckets.{module}.patience", lambda: Policy((0.0,)))
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value) if value else monkeypatch.delenv(variable)
    address = f"http://127.0.0.1:{closed_port()}" if endpoint == "closed" else endpoint or server.endpoint
    # Another region, so that the client is not that of other tests, which has found its credentials already.
    bucket = Bucket(name, address, "us-east-1")
    client._client.cache_clear()
    try:
        for use in (
            lambda: bucket.put_file("a/b", *source(tmp_path, b"1")),
            lambda: bucket.download("a/b", tmp_path / "to"),
            lambda: list(bucket.list("a/")),
            lambda: bucket.delete("a", "b"),
            bucket.lifecycle,
        ):
            with pytest.raises(kind, match=said) as caught:
                use()
            assert pickle.loads(pickle.dumps(caught.value)).problems == caught.value.problems
    finally:
        client._client.cache_clear()
    assert not (tmp_path / "to").exists()


def test_what_is_not_there(bucket: Bucket, prefix: str, tmp_path: Path) -> None:
    for use in (lambda: bucket.head(f"{prefix}a"), lambda: bucket.download(f"{prefix}a", tmp_path / "to")):
        with pytest.raises(NoSuchKey, match=f"s3://reel/{prefix}a: does not exist"):
            use()
    assert not (tmp_path / "to").exists()


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("NoSuchKey", 404, NoSuchKey),
        ("404", 404, NoSuchKey),
        ("NoSuchBucket", 404, Resource),
        ("403", 403, Resource),
        ("Whatever", 403, Resource),
        ("ExpiredToken", 400, Resource),
        ("RequestTimeTooSkewed", 403, Resource),
        ("PermanentRedirect", 301, Resource),
        ("InsufficientStorage", 507, Resource),
        ("BadDigest", 400, Transient),
        ("PreconditionFailed", 412, Transient),
        ("412", 412, Transient),
        ("SlowDown", 503, Transient),
        ("InternalError", 500, Transient),
        ("502", 502, Transient),
        ("InternalError", 200, Transient),
        ("TooManyRequests", 429, Transient),
        ("EntityTooLarge", 400, Internal),
    ],
)
def test_answers_have_a_class(code: str, status: int, expected: type[ReelError]) -> None:
    assert class_of(code, status) is expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (boto.ReadTimeoutError(endpoint_url="x"), Transient),
        (boto.ConnectTimeoutError(endpoint_url="x"), Transient),
        (boto.ConnectionClosedError(endpoint_url="x"), Transient),
        (boto.EndpointConnectionError(endpoint_url="x", error="refused"), Transient),
        (boto.ProxyConnectionError(proxy_url="x", error="refused"), Transient),
        (boto.ResponseStreamingError(error="cut"), Transient),
        (boto.IncompleteReadError(actual_bytes=1, expected_bytes=2), Transient),
        (boto.SSLError(endpoint_url="x", error="EOF occurred"), Transient),
        (boto.SSLError(endpoint_url="x", error="CERTIFICATE_VERIFY_FAILED"), Resource),
        (boto.NoCredentialsError(), Resource),
        (boto.ProfileNotFound(profile="x"), Resource),
        (boto.CredentialRetrievalError(provider="x", error_msg="x"), Resource),
        (boto.ParamValidationError(report="x"), InvalidRequest),
        (boto.MissingParametersError(object_name="x", missing="y"), Internal),
    ],
)
def test_failures_to_ask_have_a_class(error: Exception, expected: type[ReelError]) -> None:
    with pytest.raises(expected, match="s3://b/k") as caught, s3_errors("s3://b/k", "b"):
        raise error
    assert type(caught.value) is expected
