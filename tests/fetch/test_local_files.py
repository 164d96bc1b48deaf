"""Copying and hashing files that may be anything and may change."""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import FileIO
from pathlib import Path

import pytest

from reel.errors import BadMedia, InvalidRequest, Resource, Transient
from reel.fetch import LocalFile, fetch, file_digest, local_files
from tests.fetch.conftest import Configure

PLACE = "clips[2].asset"


@pytest.mark.parametrize(
    "size", [1, local_files.BLOCK_BYTES - 1, local_files.BLOCK_BYTES, 3 * local_files.BLOCK_BYTES + 7]
)
def test_a_copy_and_its_digest(tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    source = tmp_path / "a.mp4"
    source.write_bytes(content)
    expected = (hashlib.sha256(content).hexdigest(), size)
    assert fetch(LocalFile(source), tmp_path / "to", PLACE) == expected
    assert (tmp_path / "to").read_bytes() == content
    assert file_digest(LocalFile(source), PLACE) == expected


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "link").symlink_to("a")
    fetch(LocalFile(tmp_path / "link"), tmp_path / "to", PLACE)
    assert not (tmp_path / "to").is_symlink()
    assert (tmp_path / "to").read_bytes() == b"1"


def _loop(path: Path) -> None:
    path.symlink_to(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(path))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: None, "does not exist"),
        (lambda path: path.mkdir(), "is a folder"),
        (lambda path: path.write_bytes(b""), "is empty"),
        (os.mkfifo, "is a pipe"),
        (_socket, "is a socket"),
        (_loop, "leads back to itself"),
        (lambda path: path.symlink_to("/nowhere/at/all"), "a symbolic link to /nowhere/at/all, which does not exist"),
        (lambda path: path.symlink_to("/dev/zero"), "is a device"),
    ],
)
@pytest.mark.parametrize(
    "use",
    [lambda path: fetch(LocalFile(path), path.parent / "to", PLACE), lambda path: file_digest(LocalFile(path), PLACE)],
)
def test_what_is_no_asset(
    tmp_path: Path, make: Callable[[Path], None], says: str, use: Callable[[Path], tuple[str, int]]
) -> None:
    path = tmp_path / "a.mp4"
    make(path)
    with pytest.raises(BadMedia) as caught:
        use(path)
    (problem,) = caught.value.problems
    assert problem.place == PLACE
    assert f"{path} " in problem.what
    assert says in problem.what
    assert not (tmp_path / "to").exists()


@pytest.mark.parametrize(("name", "says"), [("x" * 300, "too long"), ("file/below", "a part of the path is no folder")])
def test_paths_that_cannot_be(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / "file").write_bytes(b"1")
    with pytest.raises(BadMedia, match=says):
        fetch(LocalFile(tmp_path / name), tmp_path / "to", PLACE)


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"1")
    path.chmod(0)
    if os.geteuid() == 0:  # root reads everything, so the system's answer is given in its stead
        monkeypatch.setattr(os, "open", _failing(errno.EACCES))
    with pytest.raises(BadMedia, match="may not be read"):
        fetch(LocalFile(path), tmp_path / "to", PLACE)


def test_a_pipe_put_in_place_of_the_file_does_not_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"1")
    real = os.open

    def exchange(name: Path, flags: int) -> int:
        path.unlink()
        os.mkfifo(path)
        return real(name, flags)

    monkeypatch.setattr(os, "open", exchange)
    with pytest.raises(BadMedia, match="is a pipe"):
        file_digest(LocalFile(path), PLACE)


@pytest.mark.parametrize("most", [9, 10])
def test_the_largest_asset(tmp_path: Path, configure: Configure, most: int) -> None:
    configure(max_asset_bytes=most)
    (tmp_path / "a").write_bytes(b"x" * 10)
    if most == 10:
        fetch(LocalFile(tmp_path / "a"), tmp_path / "to", PLACE)
        return
    with pytest.raises(BadMedia, match="has 10 bytes, more than the 9"):
        fetch(LocalFile(tmp_path / "a"), tmp_path / "to", PLACE)


@pytest.mark.parametrize("change", ["grow", "shrink", "rewrite"])
def test_a_file_that_changes_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    path = tmp_path / "a.mp4"
    size = 3 * local_files.BLOCK_BYTES
    path.write_bytes(b"x" * size)
    os.utime(path, (1, 1))
    real = local_files._read_block
    turns = iter(range(100))

    def read(*args: object) -> int:
        if next(turns) == 1:
            with path.open("r+b") as file:
                file.seek(size if change == "grow" else 0)
                file.truncate(100) if change == "shrink" else file.write(b"y")
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(local_files, "_read_block", read)
    with pytest.raises(BadMedia, match="changed while it was read"):
        fetch(LocalFile(path), tmp_path / "to", PLACE)
    assert not (tmp_path / "to").exists()


def test_a_file_that_grows_for_ever_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"x" * 1000)
    real = local_files._read_block
    turns = iter(range(5))

    def read(*arguments: object) -> int:
        next(turns)
        with path.open("ab") as file:
            file.write(b"x" * local_files.BLOCK_BYTES)
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(local_files, "_read_block", read)
    with pytest.raises(BadMedia, match="changed while it was read"):
        file_digest(LocalFile(path), PLACE)


def test_a_read_error_passes(tmp_path: Path) -> None:
    # A file whose first bytes no kernel gives: nothing is mapped at address zero.
    path = Path("/proc/self/mem")
    with FileIO(path) as source, pytest.raises(Transient, match="/proc/self/mem could not be read: Input/output error"):
        local_files._read_block(source, memoryview(bytearray(10)), path, PLACE)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    mount = tmp_path / "small"
    mount.mkdir()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"none", bytes(mount), b"tmpfs", 0, b"size=1m") != 0:
        pytest.skip(f"mounting is not possible here: {os.strerror(ctypes.get_errno())}")
    yield mount
    assert libc.umount2(bytes(mount), 2) == 0


def test_a_target_without_room_is_refused_before_the_copy(tmp_path: Path, small_disk: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 10)
    with pytest.raises(Resource, match="10 bytes are needed and 1,048,576 are free"):
        fetch(LocalFile(tmp_path / "a"), small_disk / "to", PLACE)


@pytest.mark.parametrize("size", [1_100_000, 2_000_000])
def test_a_disk_that_fills_leaves_nothing(
    tmp_path: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(local_files, "require_space", lambda folder, needed: None)
    (tmp_path / "a").write_bytes(b"x" * size)
    with pytest.raises(Resource, match="No space left") as caught:
        fetch(LocalFile(tmp_path / "a"), small_disk / "to", PLACE)
    assert str(small_disk) in str(caught.value)
    assert list(small_disk.iterdir()) == []


def test_many_threads_fetch_one_file(tmp_path: Path) -> None:
    content = os.urandom(3_000_000)
    (tmp_path / "a").write_bytes(content)
    with ThreadPoolExecutor(8) as pool:
        results = set(pool.map(lambda i: fetch(LocalFile(tmp_path / "a"), tmp_path / f"to-{i}", PLACE), range(16)))
    assert results == {(hashlib.sha256(content).hexdigest(), len(content))}


def _failing(code: int) -> Callable[..., int]:
    def fail(*args: object) -> int:
        raise OSError(code, os.strerror(code))

    return fail


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("in/a", True),
        ("in/deep/../a", True),
        ("also/a", True),
        ("link-to-in/a", True),
        ("out/link-into-in", True),
        ("out/a", False),
        ("in/../out/a", False),
        ("in/link-out", False),
        ("in/folder-out/a", False),
        ("in-truth/a", False),
        ("out/missing", False),
        ("/etc/passwd", False),
        ("/proc/self/environ", False),
    ],
)
@pytest.mark.parametrize("use", [file_digest, lambda file, place: fetch(file, file.path.parent / "to", place)])
def test_files_lie_in_the_folders_that_are_allowed(
    tmp_path: Path, configure: Configure, name: str, allowed: bool, use: Callable[[LocalFile, str], tuple[str, int]]
) -> None:
    for folder in ("in", "in/deep", "also", "out", "in-truth"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a").write_bytes(b"1")
    (tmp_path / "link-to-in").symlink_to("in")
    (tmp_path / "out/link-into-in").symlink_to("../in/a")
    (tmp_path / "in/link-out").symlink_to("../out/a")
    (tmp_path / "in/folder-out").symlink_to(tmp_path / "out")
    configure(file_roots=[tmp_path / "link-to-in", tmp_path / "also"])
    source = LocalFile(tmp_path / name)
    if allowed:
        assert use(source, PLACE)[1] == 1
        return
    with pytest.raises(InvalidRequest) as caught:
        use(source, PLACE)
    assert f"REEL_FILE_ROOTS allows {tmp_path}/link-to-in, {tmp_path}/also" in str(caught.value)


def test_a_link_put_in_place_of_the_file_leads_nowhere(
    tmp_path: Path, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "secret").write_bytes(b"1")
    path = tmp_path / "in" / "a"
    path.write_bytes(b"1")
    configure(file_roots=[tmp_path / "in"])
    real = os.open

    def exchange(name: Path, flags: int) -> int:
        path.unlink()
        path.symlink_to("../secret")
        return real(name, flags)

    monkeypatch.setattr(os, "open", exchange)
    with pytest.raises(InvalidRequest, match="outside the folders"):
        file_digest(LocalFile(path), PLACE)


def test_no_folder_at_all(tmp_path: Path, configure: Configure) -> None:
    (tmp_path / "a").write_bytes(b"1")
    configure(file_roots=[])
    with pytest.raises(
        InvalidRequest, match="allows none: give an address of https://, or upload it and write `asset:ID`"
    ):
        file_digest(LocalFile(tmp_path / "a"), PLACE)
