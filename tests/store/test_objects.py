"""The contract of `ObjectStore`, run on every implementation."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import urlopen

import pytest

from reel.errors import InvalidRequest, Transient
from reel.store import LocalObjects, NoSuchObject, ObjectStore
from reel.store.objects import check_object_name
from tests.store.conftest import FarObjects


def put(objects: ObjectStore, name: str, content: bytes, source: Path, consume: bool = False) -> None:
    source.write_bytes(content)
    objects.put(name, source, hashlib.sha256(content).hexdigest(), consume=consume)


def got(objects: ObjectStore, name: str, to: Path) -> bytes:
    objects.get(name, to)
    return to.read_bytes()


@pytest.mark.parametrize("content", [b"", b"x", bytes(range(256)) * 20_000])
def test_what_was_put_is_got(objects: ObjectStore, tmp_path: Path, content: bytes) -> None:
    put(objects, "a/b/c.bin", content, tmp_path / "source")
    assert got(objects, "a/b/c.bin", tmp_path / "to") == content
    assert (tmp_path / "source").read_bytes() == content
    stat = objects.stat("a/b/c.bin")
    assert stat is not None
    assert (stat.name, stat.bytes) == ("a/b/c.bin", len(content))
    assert abs(stat.modified - time.time()) < 60


@pytest.mark.parametrize(
    ("start", "size", "part"),
    [(0, 3, b"012"), (3, 4, b"3456"), (8, 2, b"89"), (8, 100, b"89"), (10, 1, b""), (99, 1, b"")],
)
def test_a_part(objects: ObjectStore, tmp_path: Path, start: int, size: int, part: bytes) -> None:
    put(objects, "a", b"0123456789", tmp_path / "source")
    assert objects.part("a", start, size) == part
    with pytest.raises(NoSuchObject, match="none"):
        objects.part("none", start, size)


def test_a_consumed_file_is_gone(objects: ObjectStore, tmp_path: Path) -> None:
    put(objects, "a", b"1", tmp_path / "source", consume=True)
    assert not (tmp_path / "source").exists()
    assert got(objects, "a", tmp_path / "to") == b"1"


def test_a_link_is_put_as_the_file_it_leads_to(objects: ObjectStore, tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"1")
    (tmp_path / "link").symlink_to("real")
    objects.put("a", tmp_path / "link", hashlib.sha256(b"1").hexdigest(), consume=True)
    (tmp_path / "real").write_bytes(b"2")
    assert got(objects, "a", tmp_path / "to") == b"1"


def test_put_replaces_and_may_be_repeated(objects: ObjectStore, tmp_path: Path) -> None:
    for content in (b"old", b"new", b"new"):
        put(objects, "a", content, tmp_path / "source")
    assert got(objects, "a", tmp_path / "to") == b"new"
    assert [stat.name for stat in objects.list("")] == ["a"]


def test_what_is_not_there(objects: ObjectStore, tmp_path: Path) -> None:
    put(objects, "folder/a", b"1", tmp_path / "source")
    for name in ("none", "folder", "folder/a/b"):
        assert objects.stat(name) is None
        assert objects.local_path(name) is None
        if name != "folder":  # what deleting a folder's name does is not promised
            objects.delete(name)
        with pytest.raises(NoSuchObject, match=name):
            objects.get(name, tmp_path / "to")
        assert not (tmp_path / "to").exists()
    assert list(objects.list("none/")) == []


def test_delete(objects: ObjectStore, tmp_path: Path) -> None:
    put(objects, "a/b/1", b"1", tmp_path / "source")
    put(objects, "a/b/2", b"2", tmp_path / "source")
    objects.delete("a/b/1")
    objects.delete("a/b/1")
    assert [stat.name for stat in objects.list("")] == ["a/b/2"]


def test_list_is_ordered_by_whole_names(objects: ObjectStore, tmp_path: Path) -> None:
    names = ["a-b", "a/b", "a/b.c/d", "a/b/c", "a0", "é", "日本/🎬"]
    put_names = [name for name in names if name != "a/b"]
    for name in reversed(put_names):
        put(objects, name, b"1", tmp_path / "source")
    assert [stat.name for stat in objects.list("")] == sorted(put_names, key=str.encode)
    assert [stat.name for stat in objects.list("a/")] == ["a/b.c/d", "a/b/c"]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/",
        "/etc/passwd",
        "a//b",
        "a/",
        "..",
        "a/../b",
        ".",
        ".incoming/x",
        "a\0",
        "a\nb",
        "a\x7f",
        "a\u2028b",
        "\ud800",
        "a\\b",
        "x" * 256,
        "é" * 128,
        "a/" * 600 + "a",
    ],
)
def test_unsafe_names_are_refused_by_every_method(objects: ObjectStore, tmp_path: Path, name: str) -> None:
    (tmp_path / "source").write_bytes(b"1")
    for use in (
        lambda: objects.put(name, tmp_path / "source", "0" * 64),
        lambda: objects.get(name, tmp_path / "to"),
        lambda: objects.local_path(name),
        lambda: objects.stat(name),
        lambda: objects.delete(name),
    ):
        with pytest.raises(InvalidRequest):
            use()


@pytest.mark.parametrize("prefix", ["a", "/", "../", "a//"])
def test_unsafe_prefixes_are_refused(objects: ObjectStore, prefix: str) -> None:
    with pytest.raises(InvalidRequest):
        list(objects.list(prefix))


@pytest.mark.parametrize("name", ["a", "a/b.mp4", "Ünï/日本 語/👨‍👩‍👧.mp4", "x" * 255, "a..b", "a b+c=d&e?f#g%h"])
def test_safe_names_pass(name: str) -> None:
    assert check_object_name(name) == name


def test_readers_and_writers_at_once_see_whole_objects(objects: ObjectStore, tmp_path: Path) -> None:
    contents = [bytes([i]) * 300_000 for i in range(4)]
    put(objects, "a/b", contents[0], tmp_path / "source")

    def write(i: int) -> None:
        for turn in range(10):
            put(objects, "a/b", contents[i], tmp_path / f"source-{i}", consume=turn % 2 == 0)

    def read(i: int) -> None:
        for turn in range(20):
            assert got(objects, "a/b", tmp_path / f"to-{i}-{turn}") in contents

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(write, i) for i in range(4)] + [pool.submit(read, i) for i in range(4)]:
            done.result()


def test_putting_and_deleting_neighbours_at_once(objects: ObjectStore, tmp_path: Path) -> None:
    def work(i: int) -> None:
        for _ in range(20):
            put(objects, f"a/b/c/{i}", b"1", tmp_path / f"source-{i}", consume=True)
            objects.delete(f"a/b/c/{i}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert list(objects.list("")) == []


def test_many_are_deleted_at_once(objects: ObjectStore, tmp_path: Path) -> None:
    for name in ("a/1", "a/2", "日本/🎬", "b"):
        put(objects, name, b"1", tmp_path / "source")
    objects.delete("a/1", "a/2", "日本/🎬", "none")
    assert [stat.name for stat in objects.list("")] == ["b"]
    objects.delete()
    assert [stat.name for stat in objects.list("")] == ["b"]


@pytest.mark.parametrize("kind", ["the same", "its neighbour", "local", "far"])
@pytest.mark.parametrize("turns", [1, 2])
def test_copying_from_a_store(
    make_objects: Callable[[str], ObjectStore], objects: ObjectStore, tmp_path: Path, kind: str, turns: int
) -> None:
    others = {
        "the same": objects,
        "its neighbour": make_objects("neighbour"),
        "local": LocalObjects(tmp_path / "local"),
        "far": FarObjects(tmp_path / "far"),
    }
    other = others[kind]
    content = bytes(range(256)) * 1000
    put(other, "there/ä.mp4", content, tmp_path / "source")
    for _ in range(turns):
        objects.copy_from(other, "there/ä.mp4", "here/b.mp4", hashlib.sha256(content).hexdigest())
    other.delete("there/ä.mp4")
    assert got(objects, "here/b.mp4", tmp_path / "to") == content
    assert [stat.name for stat in objects.list("")] == ["here/b.mp4"]


@pytest.mark.parametrize("kind", ["the same", "local", "far"])
def test_copying_what_is_not_there(objects: ObjectStore, tmp_path: Path, kind: str) -> None:
    other = {"the same": objects, "local": LocalObjects(tmp_path / "l"), "far": FarObjects(tmp_path / "f")}[kind]
    with pytest.raises(NoSuchObject, match="there"):
        objects.copy_from(other, "there", "here", "0" * 64)
    assert list(objects.list("")) == []


def test_copying_other_bytes_than_were_promised(objects: ObjectStore, tmp_path: Path) -> None:
    other = FarObjects(tmp_path / "far")
    put(other, "there", b"1", tmp_path / "source")
    with pytest.raises(Transient, match="SHA-256"):
        objects.copy_from(other, "there", "here", hashlib.sha256(b"2").hexdigest())
    assert list(objects.list("")) == []


def test_a_link_leads_to_the_bytes(objects: ObjectStore, tmp_path: Path) -> None:
    put(objects, "a/b c+ü.mp4", b"12345", tmp_path / "source")
    with urlopen(objects.url("a/b c+ü.mp4", 60)) as answer:
        assert answer.read() == b"12345"
        assert answer.headers["Content-Type"] == "video/mp4"


def test_a_sweep_leaves_what_is_there(objects: ObjectStore, tmp_path: Path) -> None:
    put(objects, "a", b"1", tmp_path / "source")
    assert objects.sweep() == 0
    assert [stat.name for stat in objects.list("")] == ["a"]


def test_what_has_no_classes_says_so_and_can_always_be_read(objects: ObjectStore, tmp_path: Path) -> None:
    put(objects, "a.mp4", b"1", tmp_path / "source")
    assert objects.restore("a.mp4", 1) == "ready"
    stat = objects.stat("a.mp4")
    assert stat
    assert (stat.tier, stat.availability) == ("", "ready")
    assert list(objects.list("")) == [stat]
    for use in (lambda: objects.move("b.mp4", "GLACIER"), lambda: objects.restore("b.mp4", 1)):
        with pytest.raises(NoSuchObject, match=r"b\.mp4"):
            use()
