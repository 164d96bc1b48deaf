"""What the folder store promises beyond the contract: moves, room on the disk, errors by name."""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from reel import disk
from reel.errors import Internal, ReelError, Resource
from reel.settings import Settings
from reel.store import LocalObjects
from reel.store.scratch import owned_name


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file system of one megabyte, of which nothing is reserved."""
    mount = tmp_path / "small"
    mount.mkdir()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"none", bytes(mount), b"tmpfs", 0, b"size=1m") != 0:
        pytest.skip(f"mounting is not possible here: {os.strerror(ctypes.get_errno())}")
    monkeypatch.setattr(disk, "settings", lambda: Settings(min_free_bytes=0))
    yield mount
    assert libc.umount2(bytes(mount), 2) == 0


def source_of(tmp_path: Path, size: int) -> Path:
    path = tmp_path / "source"
    path.write_bytes(b"x" * size)
    return path


def test_consuming_moves_the_very_file(tmp_path: Path) -> None:
    source = source_of(tmp_path, 10)
    inode = source.stat().st_ino
    store = LocalObjects(tmp_path / "objects")
    store.put("a/b", source, "", consume=True)
    path = store.local_path("a/b")
    assert path is not None
    assert path.stat().st_ino == inode


def test_consuming_from_another_file_system_copies(tmp_path: Path, small_disk: Path) -> None:
    source = source_of(tmp_path, 1000)
    LocalObjects(small_disk).put("a/b", source, "", consume=True)
    assert (small_disk / "a/b").read_bytes() == b"x" * 1000
    assert not source.exists()


def test_room_is_asked_for_before_a_copy(tmp_path: Path, small_disk: Path) -> None:
    source = source_of(tmp_path, 2_000_000)
    with pytest.raises(Resource, match=r"2,000,000 bytes are needed and 1,048,576 are free"):
        LocalObjects(small_disk).put("a", source, "")
    assert source.exists()


def test_a_disk_that_fills_while_copying_leaves_nothing(
    tmp_path: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LocalObjects(small_disk)
    monkeypatch.setattr(store, "require_space", lambda needed: None)
    with pytest.raises(Resource, match=r"No space left.*2,000,000 bytes are needed") as caught:
        store.put("a", source_of(tmp_path, 2_000_000), "")
    assert str(small_disk) in str(caught.value)
    assert list(store.list("")) == []
    assert list((small_disk / ".incoming").iterdir()) == []


def test_get_onto_a_full_disk_leaves_nothing(tmp_path: Path, small_disk: Path) -> None:
    store = LocalObjects(tmp_path / "objects")
    store.put("a", source_of(tmp_path, 2_000_000), "")
    with pytest.raises(Resource, match="No space left"):
        store.get("a", small_disk / "to")
    assert not (small_disk / "to").exists()


def test_a_limit_of_file_size_is_a_lack_of_resources(tmp_path: Path) -> None:
    source = source_of(tmp_path, 2_000_000)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        with pytest.raises(Resource, match="File too large"):
            LocalObjects(tmp_path / "objects").put("a", source, "")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_require_space(tmp_path: Path) -> None:
    store = LocalObjects(tmp_path / "not" / "made" / "yet")
    store.require_space(0)
    with pytest.raises(Resource, match="REEL_MIN_FREE_BYTES"):
        store.require_space(1 << 60)


def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        (tmp_path / "objects").mkdir(mode=0o500)
        with pytest.raises(Resource, match="Permission denied"):
            LocalObjects(tmp_path / "objects").put("a", source_of(tmp_path, 1), "")
        return
    # Root may do everything, but not write here.
    with pytest.raises(ReelError) as caught:
        LocalObjects(Path("/proc/reel")).put("a", source_of(tmp_path, 1), "")
    assert isinstance(caught.value, Resource | Internal)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("EACCES", "resource"),
        ("EROFS", "resource"),
        ("EDQUOT", "resource"),
        ("EMFILE", "resource"),
        ("EIO", "transient"),
        ("ESTALE", "transient"),
        ("EISDIR", "internal"),
    ],
)
def test_errors_of_the_system_get_a_class(tmp_path: Path, number: str, kind: str) -> None:
    code = getattr(errno, number)
    with (
        patch.object(os, "replace", side_effect=OSError(code, "x")),
        patch.object(Path, "replace", side_effect=OSError(code, "x")),
        pytest.raises(ReelError) as caught,
    ):
        LocalObjects(tmp_path / "objects").put("a", source_of(tmp_path, 1), "")
    assert caught.value.classification == kind
    assert os.strerror(code) in str(caught.value)


def test_a_missing_source_is_our_mistake(tmp_path: Path) -> None:
    with pytest.raises(Internal, match="none"):
        LocalObjects(tmp_path / "objects").put("a", tmp_path / "none", "")


def test_sweep_removes_copies_of_the_dead(tmp_path: Path) -> None:
    store = LocalObjects(tmp_path)
    code = "from reel.store.scratch import owned_name; print(owned_name())"
    dead = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()
    (tmp_path / ".incoming").mkdir()
    for name in (dead, alive := owned_name()):
        (tmp_path / ".incoming" / name).write_bytes(b"half")
    assert store.sweep() == 1
    assert [path.name for path in (tmp_path / ".incoming").iterdir()] == [alive]
    assert list(store.list("")) == []
