"""Storage classes: what goes where, what an archive does, and what a server without them says. AWS itself is stood in for by
moto; what Swift says is what a server says that knows none of this."""

from __future__ import annotations

import hashlib
import os
import pickle
import uuid
from pathlib import Path
from typing import Any

import pytest

from reel.buckets import Archived, Bucket
from reel.control.stores import output_tiers, tier_of
from reel.errors import InvalidRequest, Resource
from reel.settings import Settings
from reel.store.headers import CHANGING_SECONDS, cache_control, disposition, is_immutable
from reel.store.s3 import S3Objects
from reel.store.tiers import SMALLEST_TIERED_BYTES, Availability, Tiers, availability, kind_of
from tests.moto import MotoServer

LARGE = os.urandom(SMALLEST_TIERED_BYTES)
SHA256 = hashlib.sha256(LARGE).hexdigest()


@pytest.fixture
def aws(moto: MotoServer) -> S3Objects:
    return S3Objects(Bucket("reel", moto.endpoint), f"{uuid.uuid4().hex}/")


def put(objects: S3Objects, name: str, tmp_path: Path, content: bytes = LARGE) -> None:
    source = tmp_path / "source"
    source.write_bytes(content)
    objects.put(name, source, hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("acme/g/variant-001.mp4", "video"),
        ("hls/720p/3.m4s", "video"),
        ("a.opus", "audio"),
        ("poster.JPG", "image"),
        ("hls/master.m3u8", "document"),
        ("report.html", "document"),
        ("sprites.vtt", "document"),
        ("name", "document"),
    ],
)
def test_kinds_of_output(name: str, expected: str) -> None:
    assert kind_of(name) == expected


@pytest.mark.parametrize(
    ("name", "size", "expected"),
    [
        ("a.mp4", SMALLEST_TIERED_BYTES, "STANDARD_IA"),
        ("a.mp4", SMALLEST_TIERED_BYTES - 1, ""),
        ("a.jpg", SMALLEST_TIERED_BYTES, "ONEZONE_IA"),
        ("a.json", SMALLEST_TIERED_BYTES, "HOT"),
    ],
)
def test_each_kind_has_its_class(name: str, size: int, expected: str) -> None:
    assert Tiers("HOT", {"video": "STANDARD_IA", "image": "ONEZONE_IA"}).of(name, size) == expected


@pytest.mark.parametrize(
    ("tier", "restore", "expected"),
    [
        ("", "", "ready"),
        ("GLACIER_IR", "", "ready"),
        ("GLACIER", "", "archived"),
        ("DEEP_ARCHIVE", 'ongoing-request="true"', "restoring"),
        ("GLACIER", 'ongoing-request="false", expiry-date="Fri, 21 Dec 2026 00:00:00 GMT"', "restored"),
    ],
)
def test_what_can_be_read(tier: str, restore: str, expected: Availability) -> None:
    assert availability(tier, restore) == expected


@pytest.mark.parametrize(
    ("given", "place", "says"),
    [
        ({"tier_intermediate": "GLACIER", "restore_days": 7}, "REEL_TIER_INTERMEDIATE", "until they are restored"),
        ({"tier_hot": "DEEP_ARCHIVE", "restore_days": 7}, "REEL_TIER_HOT", "until they are restored"),
        ({"tier_cold": "GLACIER", "output_tiers": {"video": "cold"}}, "REEL_TIER_COLD", "REEL_RESTORE_DAYS"),
        (
            {"tier_cold": "GLACIER", "output_tiers": {"document": "cold"}, "restore_days": 7},
            "REEL_OUTPUT_TIERS",
            "documents",
        ),
    ],
)
def test_archives_that_nothing_could_be_read_from_are_refused(given: dict[str, Any], place: str, says: str) -> None:
    from reel.control.stores import open_stores

    with pytest.raises(InvalidRequest, match=says) as refused:
        open_stores(Settings(**given))
    assert refused.value.problems[0].place == place


def test_an_archive_is_taken_where_restoring_is_asked_for() -> None:
    config = Settings(tier_cold="DEEP_ARCHIVE", output_tiers={"video": "cold", "image": "warm"}, restore_days=7)
    assert output_tiers(config) == Tiers("", {"video": "DEEP_ARCHIVE", "image": "STANDARD_IA"})
    assert tier_of(config, "cold") == "DEEP_ARCHIVE"


def test_a_class_is_kept_and_told(aws: S3Objects, moto: MotoServer, tmp_path: Path) -> None:
    objects = S3Objects(aws.bucket, aws.prefix, Tiers("", {"video": "STANDARD_IA"}))
    put(objects, "a.mp4", tmp_path)
    put(objects, "a.json", tmp_path)
    objects.copy_from(objects, "a.json", "copy.webm", SHA256)
    assert [(stat.name, stat.tier, stat.availability) for stat in objects.list("")] == [
        ("a.json", "", "ready"),
        ("a.mp4", "STANDARD_IA", "ready"),
        ("copy.webm", "STANDARD_IA", "ready"),
    ]


def test_what_moves_stays_what_it_is(aws: S3Objects, moto: MotoServer, tmp_path: Path) -> None:
    put(aws, "a.mp4", tmp_path)
    before = aws.bucket.head(f"{aws.prefix}a.mp4")
    aws.move("a.mp4", "GLACIER_IR")
    after = aws.bucket.head(f"{aws.prefix}a.mp4")
    assert (after.storage_class, after.sha256, after.headers) == ("GLACIER_IR", before.sha256, before.headers)
    aws.get("a.mp4", tmp_path / "to")
    assert (tmp_path / "to").read_bytes() == LARGE


def test_the_way_into_an_archive_and_back(aws: S3Objects, moto: MotoServer, tmp_path: Path) -> None:
    moto.restores_after(2)
    put(aws, "a.mp4", tmp_path)
    aws.move("a.mp4", "DEEP_ARCHIVE")
    for use in (
        lambda: aws.get("a.mp4", tmp_path / "to"),
        lambda: aws.copy_from(aws, "a.mp4", "b.mp4", SHA256),
        lambda: aws.move("a.mp4", "STANDARD_IA"),
    ):
        with pytest.raises(Archived, match=r"[ab]\.mp4.*reel storage restore") as refused:
            use()
        assert pickle.loads(pickle.dumps(refused.value)).problems == refused.value.problems
    assert not (tmp_path / "to").exists()
    seen = [aws.restore("a.mp4", 3)]
    while seen[-1] != "restored" and len(seen) < 20:
        seen.append(aws.restore("a.mp4", 3))  # asked again while it is under way: harmless
    assert (seen[0], seen[-1]) == ("restoring", "restored")
    aws.get("a.mp4", tmp_path / "to")
    assert (tmp_path / "to").read_bytes() == LARGE


def test_a_server_without_archives_says_so(bucket: Bucket, tmp_path: Path) -> None:
    objects = S3Objects(bucket, f"{uuid.uuid4().hex}/")
    put(objects, "a.mp4", tmp_path)
    with pytest.raises(Resource, match=r"InvalidStorageClass.*REEL_TIER_INTERMEDIATE"):
        objects.move("a.mp4", "GLACIER")
    with pytest.raises(Resource, match=r"docs/storage\.md"):
        bucket.restore(f"{objects.prefix}a.mp4", 1, "Standard")


@pytest.mark.parametrize(
    ("name", "immutable"),
    [
        (f"artefacts/join/ab/{'ab' * 32}/{'0f' * 8}/video.mp4", True),
        (f"reel/store/artefacts/join/ab/{'ab' * 32}/{'0f' * 8}/hls/1.m4s", True),
        (f"artefacts/join/ab/{'ab' * 32}/manifest.json", False),  # put again over a damaged one
        (f"acme/g/{'ab' * 32}.m4s", True),
        (f"acme/g/segment-{'ab' * 32}.m4s", True),
        (f"acme/{'ab' * 16}/variant-001.mp4", False),  # the id of a generation says nothing of its bytes
        ("acme/g/report.html", False),
    ],
)
def test_what_is_called_after_its_bytes_is_kept_for_ever(name: str, immutable: bool) -> None:
    assert is_immutable(name) == immutable
    seconds = 31536000 if immutable else CHANGING_SECONDS
    assert cache_control(name) == f"public, max-age={seconds}" + (", immutable" if immutable else "")


@pytest.mark.parametrize("servers", ["server", "moto"])
def test_readers_are_told_what_they_get(request: pytest.FixtureRequest, servers: str, tmp_path: Path) -> None:
    from urllib.request import urlopen

    objects = S3Objects(Bucket("reel", request.getfixturevalue(servers).endpoint), f"{uuid.uuid4().hex}/")
    put(objects, "acme/g/für 1;2.mp4", tmp_path)
    shown, saved = (objects.url("acme/g/für 1;2.mp4", 60, download=download) for download in (False, True))
    with urlopen(shown) as answer:
        assert answer.headers["Cache-Control"] == f"public, max-age={CHANGING_SECONDS}"
        assert answer.headers["Content-Disposition"] == "inline; filename*=UTF-8''f%C3%BCr%201%3B2.mp4"
        assert answer.headers["Content-Type"] == "video/mp4"
    with urlopen(saved) as answer:
        assert answer.headers["Content-Disposition"] == disposition("für 1;2.mp4", download=True)
        assert answer.headers["Content-Disposition"].startswith("attachment;")
