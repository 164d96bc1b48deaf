"""Stores by their location, the prefixes of tenants, and the types of files."""

from __future__ import annotations

from pathlib import Path

import pytest

from reel.buckets import Bucket
from reel.errors import InvalidRequest
from reel.settings import Settings
from reel.store import LocalObjects, location, objects_at, tenant_prefix
from reel.store.content_types import content_type
from reel.store.s3 import S3Objects
from reel.store.tiers import Tiers


@pytest.mark.parametrize(
    ("place", "bucket", "prefix"),
    [
        ("s3://media", "media", ""),
        ("s3://media/", "media", ""),
        ("s3://media/reel", "media", "reel/"),
        ("s3://media/a b/ü/", "media", "a b/ü/"),
        (Path("s3://media/reel/x"), "media", "reel/x/"),
    ],
)
def test_a_bucket(monkeypatch: pytest.MonkeyPatch, place: str | Path, bucket: str, prefix: str) -> None:
    config = Settings(s3_endpoint="https://minio.example:9000", s3_region="eu-west-1")
    monkeypatch.setattr(location, "settings", lambda: config)
    objects = objects_at(place, Tiers("STANDARD_IA"))
    assert isinstance(objects, S3Objects)
    assert objects.bucket == Bucket(bucket, "https://minio.example:9000", "eu-west-1")
    assert (objects.prefix, objects.tiers) == (prefix, Tiers("STANDARD_IA"))


@pytest.mark.parametrize("place", ["a/b", "/a/b", Path("a/b")])
def test_a_folder(place: str | Path) -> None:
    objects = objects_at(place)
    assert isinstance(objects, LocalObjects)
    assert objects.root == Path(place).absolute()


@pytest.mark.parametrize(
    "place", ["s3://", "s3:///a", "https://host/bucket", "gs://bucket/a", "s3://b/../c", "s3://b/a//c"]
)
def test_what_is_no_place(place: str) -> None:
    with pytest.raises(InvalidRequest):
        objects_at(place)


def test_settings_keep_a_bucket_as_it_is_written(tmp_path: Path) -> None:
    assert Settings(store="s3://media/reel").store_location == "s3://media/reel"
    assert Settings(outputs=tmp_path).outputs_folder == tmp_path
    assert Settings(home=tmp_path).store_location == str(tmp_path / "store")


@pytest.mark.parametrize(
    ("tenant", "generation", "expected"),
    [("acme", "", "acme/"), ("a-1", "0d3f", "a-1/0d3f/"), ("acme", "Ünïcode 1", "acme/Ünïcode 1/")],
)
def test_what_belongs_to_a_tenant(tenant: str, generation: str, expected: str) -> None:
    assert tenant_prefix(tenant, generation) == expected


@pytest.mark.parametrize(
    ("tenant", "generation"),
    [
        ("", ""),
        ("..", ""),
        ("a/b", ""),
        ("A", ""),
        ("a\n", ""),
        ("é", ""),
        ("x" * 65, ""),
        ("a", ".."),
        ("a", "b/c"),
        ("a", "/"),
    ],
)
def test_what_belongs_to_no_tenant(tenant: str, generation: str) -> None:
    with pytest.raises(InvalidRequest):
        tenant_prefix(tenant, generation)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("hls/master.m3u8", "application/vnd.apple.mpegurl"),
        ("dash/manifest.mpd", "application/dash+xml"),
        ("hls/720p/3.m4s", "video/iso.segment"),
        ("a.MP4", "video/mp4"),
        ("a.webm", "video/webm"),
        ("sound.wav", "audio/wav"),
        ("sound.mp3", "audio/mpeg"),
        ("sprites.vtt", "text/vtt; charset=utf-8"),
        ("report.html", "text/html; charset=utf-8"),
        ("report.json", "application/json"),
        ("poster.jpg", "image/jpeg"),
        ("poster.png", "image/png"),
        ("rows.csv", "text/csv; charset=utf-8"),
        ("rows.csv.gz", "application/octet-stream"),
        ("name", "application/octet-stream"),
        ("name.", "application/octet-stream"),
        ("a.b/c", "application/octet-stream"),
        ("what.is.this-suffix", "application/octet-stream"),
    ],
)
def test_types(name: str, expected: str) -> None:
    assert content_type(name) == expected
