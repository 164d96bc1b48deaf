"""Where a tenant's assets may lie: by what a path leads to, and not by what it says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reel.errors import InvalidRequest
from reel.fetch import BucketObject, DigestMemo, LocalFile, fetch, locate, unchanged
from reel.fetch.buckets import bucket_of
from reel.fetch.roots import Roots
from tests.fetch.conftest import Configure

PLACE = "clips[0].asset"


@pytest.fixture
def roots(tmp_path: Path) -> Roots:
    for tenant in ("acme", "sued"):
        (tmp_path / tenant).mkdir()
        (tmp_path / tenant / "a.mp4").write_bytes(tenant.encode())
    return Roots(files=(str(tmp_path / "acme"),), buckets=("media/acme/",), said_by="`reel tenant set acme`")


def test_its_own_files_are_read(roots: Roots, tmp_path: Path) -> None:
    fetch(LocalFile(tmp_path / "acme" / "a.mp4"), tmp_path / "to", PLACE, roots=roots)
    assert (tmp_path / "to").read_bytes() == b"acme"


@pytest.mark.parametrize("way", ["plain", "dots", "link", "linked folder", "uri", "encoded"])
def test_no_way_leads_to_anothers(way: str, roots: Roots, tmp_path: Path) -> None:
    other = tmp_path / "sued" / "a.mp4"
    (tmp_path / "acme" / "link").symlink_to(other)
    (tmp_path / "acme" / "folder").symlink_to(other.parent)
    named = {
        "plain": str(other),
        "dots": str(tmp_path / "acme" / ".." / "sued" / "a.mp4"),
        "link": "link",
        "linked folder": "folder/a.mp4",
        "uri": f"file://{other}",
        "encoded": "file:%2e%2e/sued/a.mp4",
    }[way]
    source = locate(named, tmp_path / "acme", PLACE)
    for read in (
        lambda: fetch(source, tmp_path / "to", PLACE, roots=roots),
        lambda: unchanged(source, PLACE, DigestMemo(tmp_path / "memo"), roots),
    ):
        with pytest.raises(InvalidRequest, match=r"outside the folders for assets \(`reel tenant set acme` allows"):
            read()
    assert not (tmp_path / "to").exists()


def test_a_hard_link_is_refused_where_tenants_have_folders_of_their_own(roots: Roots, tmp_path: Path) -> None:
    os.link(tmp_path / "sued" / "a.mp4", tmp_path / "acme" / "hard")
    source = LocalFile(tmp_path / "acme" / "hard")
    with pytest.raises(InvalidRequest, match=r"has 2 names \(hard links\)"):
        fetch(source, tmp_path / "to", PLACE, roots=roots)
    with pytest.raises(InvalidRequest, match="hard links"):
        unchanged(source, PLACE, DigestMemo(tmp_path / "memo"), roots)
    fetch(source, tmp_path / "to", PLACE)  # where all share one, it is no secret


def test_a_tenants_folder_does_not_widen_the_installations(roots: Roots, tmp_path: Path, configure: Configure) -> None:
    configure(file_roots=(tmp_path / "elsewhere",))
    with pytest.raises(InvalidRequest, match="REEL_FILE_ROOTS allows"):
        fetch(LocalFile(tmp_path / "acme" / "a.mp4"), tmp_path / "to", PLACE, roots=roots)


@pytest.mark.parametrize("key", ["sued/a.mp4", "acme", "acmes/a.mp4"])
def test_other_prefixes_of_a_bucket_are_refused(key: str, roots: Roots) -> None:
    with pytest.raises(InvalidRequest, match="outside the buckets for assets"):
        bucket_of(BucketObject("media", key), PLACE, roots)


@pytest.mark.parametrize(
    "key",
    ["acme/../sued/a", "acme/%2e%2e/sued/a", "acme/%252e%252e/sued/a", "..", "acme/.", "acme\\..\\sued\\a", "a/%2E%2e"],
)
def test_keys_that_climb_are_refused(key: str) -> None:
    with pytest.raises(InvalidRequest, match=r"has a part that is \. or \.\."):
        locate(f"s3://media/{key}", Path("/"), PLACE)


@pytest.mark.parametrize("key", ["acme/..a", "acme/a..b/...", "acme/100%.mp4", "acme/.hidden", "a%2fb"])
def test_keys_that_only_look_so_are_not(key: str) -> None:
    assert locate(f"s3://media/{key}", Path("/"), PLACE) == BucketObject("media", key)
