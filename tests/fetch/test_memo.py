"""Remembered digests: never wrong, at worst forgetful."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable
from io import FileIO
from pathlib import Path

import pytest

from reel.fetch import DigestMemo, LocalFile, fetch, file_digest, local_files, unchanged

PLACE = "clips[0].asset"


@pytest.fixture
def asset(tmp_path: Path) -> Path:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"12345")
    return path


@pytest.fixture
def memory(tmp_path: Path) -> DigestMemo:
    return DigestMemo(tmp_path / "memo")


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the clock of the memo run ahead, so that a test need not wait for files to grow old."""
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 10)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that were read, one for each block."""
    found: list[str] = []
    real = local_files._read_block

    def counted(source: FileIO, buffer: memoryview, path: Path, place: str) -> int:
        found.append(path.name)
        return real(source, buffer, path, place)

    monkeypatch.setattr(local_files, "_read_block", counted)
    return found


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize(
    "first", [file_digest, lambda file, place, memo: fetch(file, file.path.parent / "to", place, memo)]
)
def test_an_unchanged_file_is_not_read_again(
    asset: Path, memory: DigestMemo, reads: list[str], first: Callable[..., tuple[str, int]]
) -> None:
    once = first(LocalFile(asset), PLACE, memory)
    reads.clear()
    assert file_digest(LocalFile(asset), PLACE, memory) == once == (hashlib.sha256(b"12345").hexdigest(), 5)
    assert reads == []


def test_a_file_changed_just_now_is_not_remembered(asset: Path, memory: DigestMemo, reads: list[str]) -> None:
    file_digest(LocalFile(asset), PLACE, memory)
    assert unchanged(LocalFile(asset), PLACE, memory) is None
    assert not memory.folder.exists()


def _same_size(path: Path) -> None:
    path.write_bytes(b"54321")


def _same_size_and_time(path: Path) -> None:
    before = path.stat()
    path.write_bytes(b"54321")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _exchanged(path: Path) -> None:
    before = path.stat()
    other = path.with_name("other")
    other.write_bytes(b"54321")
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(path)


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize(
    "change", [_same_size, _same_size_and_time, _exchanged, lambda path: path.write_bytes(b"54321x")]
)
def test_a_changed_file_is_read_again(asset: Path, memory: DigestMemo, change: Callable[[Path], None]) -> None:
    file_digest(LocalFile(asset), PLACE, memory)
    time.sleep(0.02)  # more than a tick of the kernel's clock of files
    change(asset)
    assert file_digest(LocalFile(asset), PLACE, memory)[0] == hashlib.sha256(asset.read_bytes()).hexdigest()


@pytest.mark.usefixtures("later")
def test_another_path_is_another_file(asset: Path, memory: DigestMemo) -> None:
    file_digest(LocalFile(asset), PLACE, memory)
    copy = asset.with_name("copy")
    shutil.copy2(asset, copy)
    assert unchanged(LocalFile(copy), PLACE, memory) is None


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize(
    "harm", [b"", b"{", b"[]", b'{"state": 1}', b'{"state": [], "sha256": 1}', b"\xff\xfe", b"null"]
)
def test_a_damaged_memory_is_forgotten(asset: Path, memory: DigestMemo, harm: bytes) -> None:
    right = file_digest(LocalFile(asset), PLACE, memory)
    (entry,) = memory.folder.rglob("*.json")
    entry.write_bytes(harm)
    assert file_digest(LocalFile(asset), PLACE, memory) == right
    assert unchanged(LocalFile(asset), PLACE, memory) == right[0]


@pytest.mark.usefixtures("later")
def test_a_folder_that_cannot_be_written_does_no_harm(asset: Path) -> None:
    assert file_digest(LocalFile(asset), PLACE, DigestMemo(asset / "below" / "a" / "file"))[1] == 5
    assert file_digest(LocalFile(asset), PLACE, DigestMemo(Path("/proc/none")))[1] == 5


@pytest.mark.usefixtures("later")
def test_names_that_are_not_utf8(tmp_path: Path, memory: DigestMemo) -> None:
    path = tmp_path / "\udcff.mp4"
    path.write_bytes(b"1")
    file_digest(LocalFile(path), PLACE, memory)
    assert unchanged(LocalFile(path), PLACE, memory)
