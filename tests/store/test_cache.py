"""The read cache: bounded, and never without a file that somebody was just given."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from reel import disk
from reel.errors import Resource
from reel.settings import Settings
from reel.store import ArtefactStore, ObjectStore
from reel.store import cache as cache_module
from reel.store.cache import GRACE_SECONDS, Cache

Make = Callable[..., Path]


def filled(cache: Cache, tmp_path: Path, **ages: float) -> None:
    """Give the cache a file of 1000 bytes for each name, used so many times `GRACE_SECONDS` ago."""
    for name, age in ages.items():
        source = tmp_path / "source"
        source.write_bytes(b"x" * 1000)
        path = cache.take(f"{name}/file", source)
        set_age(path, age)


def set_age(path: Path, age: float, changed: bool = False) -> None:
    then = int((time.time() - age * GRACE_SECONDS) * 1e9)
    os.utime(path, ns=(then, then if changed else path.stat().st_mtime_ns))


def names(cache: Cache) -> list[str]:
    files = [path for path in cache.folder.rglob("*") if path.is_file() and path.parent != cache.users]
    return sorted(path.relative_to(cache.folder).as_posix() for path in files)


def test_the_least_recently_used_goes_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache", 1 << 30)
    filled(cache, tmp_path, a=3, b=5, c=2, d=4)
    cache.trim(2000)
    assert names(cache) == ["a/file", "c/file"]
    assert sorted(path.name for path in cache.folder.iterdir()) == [".users", "a", "c"]  # no empty folders either


@pytest.mark.parametrize(
    ("lives_since", "stay"), [(5, ["b/file", "c/file", "d/file"]), (0.7, ["c/file", "d/file"]), (0.01, ["d/file"])]
)
def test_what_a_living_process_was_given_a_while_ago_stays(tmp_path: Path, lives_since: float, stay: list[str]) -> None:
    cache = Cache(tmp_path / "cache", 1 << 30)
    filled(cache, tmp_path, a=1.1, b=0.9, c=0.5, d=0)
    (mine,) = cache.users.iterdir()
    set_age(mine, lives_since, changed=True)
    cache.trim(0)
    assert names(cache) == stay


def test_what_a_dead_process_was_given_may_go(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache", 1 << 30)
    code = "import pathlib, sys; from reel.store.cache import Cache; Cache(pathlib.Path(sys.argv[1])).find('none')"
    subprocess.run([sys.executable, "-c", code, cache.folder], check=True)
    (theirs,) = cache.users.iterdir()
    filled(cache, tmp_path, a=0.5, b=0)
    set_age(theirs, 0.9, changed=True)
    cache.trim(0)
    assert names(cache) == ["b/file"]


def test_finding_is_using(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache", 1 << 30)
    filled(cache, tmp_path, a=3, b=2)
    before = (cache.folder / "a/file").stat().st_mtime_ns
    assert cache.find("a/file") == cache.folder / "a/file"
    assert (cache.folder / "a/file").stat().st_mtime_ns == before
    cache.trim(1000)
    assert names(cache) == ["a/file"]
    assert cache.find("b/file") is None
    assert cache.find("a/file/deeper") is None


def test_a_path_that_was_handed_out_while_others_were_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(tmp_path / "cache", 1 << 30)
    filled(cache, tmp_path, a=3, b=2)
    listed = sorted(cache._copies())
    # Between the look and the removal, somebody asks for the oldest.
    assert cache.find("a/file")
    monkeypatch.setattr(cache, "_copies", lambda: listed)
    cache.trim(0)
    assert names(cache) == ["a/file"]


def test_the_bound_is_kept_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "GRACE_SECONDS", -60.0)
    cache = Cache(tmp_path / "cache", 20_000)
    for i in range(100):
        filled(cache, tmp_path, **{f"n{i:03}": 0})
        assert sum((cache.folder / name).stat().st_size for name in names(cache)) <= 20_000
    assert names(cache)[-1] == "n099/file"


def test_what_was_there_before_counts(tmp_path: Path) -> None:
    filled(Cache(tmp_path / "cache", 1 << 30), tmp_path, a=5, b=4, c=3)
    filled(Cache(tmp_path / "cache", 2500), tmp_path, d=0)
    assert names(Cache(tmp_path / "cache")) == ["c/file", "d/file"]


def test_an_open_file_can_be_read_to_its_end(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache", 1 << 30)
    filled(cache, tmp_path, a=3)
    with (cache.folder / "a/file").open("rb") as file:
        cache.trim(0)
        assert names(cache) == []
        assert file.read() == b"x" * 1000


def test_a_full_disk_is_cleared_before_it_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(tmp_path / "cache", 1 << 30)
    filled(cache, tmp_path, a=3, b=0)
    monkeypatch.setattr(cache_module, "settings", lambda: Settings(min_free_bytes=1 << 60))
    monkeypatch.setattr(disk, "settings", lambda: Settings(min_free_bytes=1 << 60))
    with pytest.raises(Resource, match="REEL_MIN_FREE_BYTES"):
        cache.make_room(1)
    assert names(cache) == ["b/file"]


@pytest.mark.parametrize(("bound", "expected"), [(12345, 12345), (0, 0)])
def test_the_bound_is_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: int, expected: int) -> None:
    monkeypatch.setenv("REEL_CACHE_BYTES", str(bound))
    monkeypatch.setattr(cache_module, "settings", Settings)
    assert Cache(tmp_path / "cache").most_bytes == expected
    monkeypatch.delenv("REEL_CACHE_BYTES")
    assert 0 < Cache(tmp_path / "not" / "there").most_bytes <= cache_module.MOST_BYTES


def test_artefacts_that_left_the_cache_are_fetched_again(
    objects: ObjectStore, tmp_path: Path, made: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    if objects.local:
        pytest.skip("objects are local, nothing is cached")
    monkeypatch.setattr(cache_module, "GRACE_SECONDS", -60.0)
    artefacts = ArtefactStore(objects, tmp_path / "cache", cache_bytes=5000)
    keys = [hashlib.sha256(bytes([i])).hexdigest() for i in range(20)]
    kept = [artefacts.publish(made(a=bytes([i]) * 1000), key, "picture") for i, key in enumerate(keys)]
    assert len(names(artefacts.cache)) <= 5
    for i, artefact in enumerate(kept):
        path = artefacts.open(artefact, "a")
        assert path.read_bytes() == bytes([i]) * 1000
    assert len(names(artefacts.cache)) <= 5
