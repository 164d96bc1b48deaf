"""Artefacts: whole or not there, checked when they are opened."""

from __future__ import annotations

import hashlib
import json
import math
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from reel.artefact import Artefact, Spent
from reel.errors import Internal, InvalidRequest, Transient
from reel.store import ArtefactStore, LocalObjects, ObjectStore

Make = Callable[..., Path]


Harm = Callable[[bytes], bytes]


def harm(artefacts: ArtefactStore, file: str, change: Harm | None) -> None:
    """Change, or remove, the one stored object of that file name, behind the store's back."""
    objects = artefacts.objects
    (name,) = [stat.name for stat in objects.list("") if stat.name.endswith(f"/{file}")]
    if change is None:
        objects.delete(name)
    elif isinstance(objects, LocalObjects):
        path = objects.root / name
        path.write_bytes(change(path.read_bytes()))
    else:
        artefacts.cache_folder.mkdir(exist_ok=True)
        path = artefacts.cache_folder / "harmed"
        objects.get(name, path)
        path.write_bytes(change(path.read_bytes()))
        objects.put(name, path, hashlib.sha256(path.read_bytes()).hexdigest(), consume=True)


def flipped(content: bytes) -> bytes:
    half = len(content) // 2
    return content[:half] + bytes([content[half] ^ 1]) + content[half + 1 :]


def test_what_is_published_is_found_and_opened(artefacts: ArtefactStore, made: Make, key: str) -> None:
    measured = {
        "frames": 2401,
        "seconds": 80.0,
        "loudness": -math.inf,
        "levels": [0.1, -3.0],
        "ok": True,
        "codec": "h264",
    }
    folder = made(video_mp4=b"abc", hls__a_m3u8=b"list")
    artefact = artefacts.publish(folder, key, "picture", measured, Spent(seconds=1.5, cpu_seconds=2.5, machine="a"))
    assert [file.name for file in artefact.files] == ["hls/a.m3u8", "video.mp4"]
    assert artefact.file("video.mp4").sha256 == hashlib.sha256(b"abc").hexdigest()
    assert artefact.bytes == 7
    assert [path for path in folder.rglob("*") if path.is_file()] == []
    found = artefacts.find(key, "picture")
    assert found == artefact
    assert found.measured == measured
    assert {name: type(found.measured[name]) for name in measured} == {name: type(measured[name]) for name in measured}
    assert artefacts.open(artefact, "video.mp4").read_bytes() == b"abc"
    assert artefacts.open(artefact, "hls/a.m3u8").name == "a.m3u8"
    with pytest.raises(KeyError):
        artefacts.open(artefact, "none")


def test_files_of_one_artefact_lie_together(artefacts: ArtefactStore, made: Make, key: str) -> None:
    artefact = artefacts.publish(made(list_m3u8=b"1", part__0_m4s=b"2"), key, "package")
    path = artefacts.open(artefact, "list.m3u8")
    assert artefacts.open(artefact, "part/0.m4s") == path.parent / "part" / "0.m4s"


def test_a_key_belongs_to_its_operation(artefacts: ArtefactStore, made: Make, key: str) -> None:
    artefacts.publish(made(a=b"1"), key, "picture")
    assert artefacts.find(key, "sound") is None
    assert artefacts.find("0" * 64, "picture") is None


def test_publishing_again(artefacts: ArtefactStore, made: Make, key: str) -> None:
    old = artefacts.publish(made(a=b"old"), key, "picture")
    assert artefacts.publish(made(a=b"old"), key, "picture") == old
    new = artefacts.publish(made(a=b"newer"), key, "picture")
    assert artefacts.find(key, "picture") == new
    assert artefacts.open(new, "a").read_bytes() == b"newer"
    # Whoever found the old one a moment ago can still read it.
    assert artefacts.open(old, "a").read_bytes() == b"old"


OTHER_MANIFEST = {"artefact": Artefact(key="0" * 64, operation="x", files=()).model_dump(), "sha256": ""}
MANIFEST_HARMS: dict[str, Harm | None] = {
    "truncate": lambda text: text[: len(text) // 2],
    "empty": lambda text: b"",
    "flip": lambda text: text.replace(b"2401", b"2400"),
    "other": lambda text: json.dumps(OTHER_MANIFEST).encode(),
    "not json": lambda text: b"\x00" * 100,
    "no object": lambda text: b"[1]",
    "remove": None,
}


@pytest.mark.parametrize("kind", MANIFEST_HARMS)
def test_a_damaged_manifest_is_no_artefact(artefacts: ArtefactStore, made: Make, key: str, kind: str) -> None:
    artefact = artefacts.publish(made(a=b"1"), key, "picture", {"frames": 2401})
    harm(artefacts, "manifest.json", MANIFEST_HARMS[kind])
    assert artefacts.find(key, "picture") is None
    assert artefacts.publish(made(a=b"1"), key, "picture", {"frames": 2401}) == artefact
    assert artefacts.find(key, "picture") == artefact


@pytest.mark.parametrize("change", [None, lambda content: content[:2]])
def test_a_missing_or_short_file_is_no_artefact(
    artefacts: ArtefactStore, elsewhere: ArtefactStore, made: Make, key: str, change: Harm | None
) -> None:
    artefact = artefacts.publish(made(a=b"123", b=b"456"), key, "picture")
    harm(artefacts, "a", change)
    assert artefacts.find(key, "picture") is None
    with pytest.raises(Transient, match=f"damaged artefact picture/{key}"):
        elsewhere.open(artefact, "a")
    artefacts.publish(made(a=b"123", b=b"456"), key, "picture")
    assert artefacts.open(artefact, "a").read_bytes() == b"123"


def test_a_flipped_bit_is_seen_and_made_good(
    artefacts: ArtefactStore, elsewhere: ArtefactStore, made: Make, key: str
) -> None:
    artefact = artefacts.publish(made(a=b"x" * 100_000), key, "picture")
    harm(artefacts, "a", flipped)
    assert artefacts.find(key, "picture") == artefact  # only its size was looked at
    with pytest.raises(Transient, match=rf"damaged artefact picture/{key}: a .* a retry makes it again"):
        elsewhere.open(artefact, "a")
    assert artefacts.find(key, "picture") is None
    artefacts.publish(made(a=b"x" * 100_000), key, "picture")
    assert artefacts.open(artefact, "a").read_bytes() == b"x" * 100_000


def test_damage_of_an_old_content_does_not_forget_the_new(
    artefacts: ArtefactStore, elsewhere: ArtefactStore, made: Make, key: str
) -> None:
    old = artefacts.publish(made(a=b"old"), key, "picture")
    harm(artefacts, "a", flipped)
    new = artefacts.publish(made(a=b"new!"), key, "picture")
    with pytest.raises(Transient):
        elsewhere.open(old, "a")
    assert artefacts.find(key, "picture") == new


def test_a_damaged_copy_in_the_cache_is_fetched_again(artefacts: ArtefactStore, made: Make, key: str) -> None:
    artefact = artefacts.publish(made(a=b"123"), key, "picture")
    path = artefacts.open(artefact, "a")
    if artefacts.objects.local:
        pytest.skip("objects are local, nothing is cached")
    path.write_bytes(flipped(path.read_bytes()))
    assert artefacts.open(artefact, "a").read_bytes() == b"123"
    assert list((artefacts.cache_folder / ".incoming").iterdir()) == []


def test_what_was_made_here_is_not_fetched(
    artefacts: ArtefactStore, made: Make, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    artefact = artefacts.publish(made(a__b=b"123"), key, "picture")

    def get(name: str, to: Path) -> None:
        raise AssertionError(f"{name} was fetched")

    monkeypatch.setattr(artefacts.objects, "get", get)
    assert artefacts.open(artefact, "a/b").read_bytes() == b"123"


@pytest.mark.parametrize("kind", ["the same", "its neighbour", "local"])
def test_a_copy_outlasts_its_artefact(
    make_objects: Callable[[str], ObjectStore],
    artefacts: ArtefactStore,
    made: Make,
    key: str,
    tmp_path: Path,
    kind: str,
) -> None:
    others = {
        "the same": artefacts.objects,
        "its neighbour": make_objects("outputs"),
        "local": LocalObjects(tmp_path / "l"),
    }
    artefact = artefacts.publish(made(a__b_mp4=b"123"), key, "picture")
    for _ in range(2):
        artefacts.copy_to(others[kind], "tenant/0/ä.mp4", artefact, "a/b.mp4")
    artefacts.forget(key, "picture")
    others[kind].get("tenant/0/ä.mp4", tmp_path / "to")
    assert (tmp_path / "to").read_bytes() == b"123"
    assert [stat.name for stat in others[kind].list("")] == ["tenant/0/ä.mp4"]


def test_a_file_is_read_whole_once_per_process(
    artefacts: ArtefactStore, elsewhere: ArtefactStore, made: Make, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    artefact = artefacts.publish(made(a=b"123"), key, "picture")
    read: list[str] = []
    real = hashlib.file_digest

    def counted(file: Any, name: str) -> Any:
        read.append(file.name)
        return real(file, name)

    monkeypatch.setattr(hashlib, "file_digest", counted)
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: artefacts.open(artefact, "a"), range(50)))) == 1
        assert read == []  # a file that was moved into the store or the cache was hashed for its manifest already
        assert len(set(pool.map(lambda _: elsewhere.open(artefact, "a"), range(50)))) == 1
    assert len(read) == (0 if artefacts.objects.local else 1)


@pytest.mark.parametrize("content", ["nothing", "link", "pipe", "dot"])
def test_what_is_no_artefact_is_not_published(artefacts: ArtefactStore, tmp_path: Path, key: str, content: str) -> None:
    folder = tmp_path / "made"
    folder.mkdir()
    if content == "link":
        (folder / "a").symlink_to("/etc/passwd")
    elif content == "pipe":
        os.mkfifo(folder / "a")
    elif content == "dot":
        (folder / ".a").write_bytes(b"1")
    with pytest.raises((Internal, InvalidRequest)):
        artefacts.publish(folder, key, "picture")
    assert list(artefacts.keys("picture")) == []


@pytest.mark.parametrize(
    ("key", "operation"), [("../x", "picture"), ("A" * 64, "picture"), ("0" * 64, "../x"), ("0" * 64, "")]
)
def test_keys_and_operations_are_checked(artefacts: ArtefactStore, key: str, operation: str) -> None:
    with pytest.raises(Internal):
        artefacts.find(key, operation)


def test_a_folder_taken_in_part_is_not_published_as_a_whole(
    artefacts: ArtefactStore, made: Make, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = made(a=b"1", b=b"2")
    real = artefacts.objects.put

    def put(name: str, *rest: object, consume: bool = False) -> None:
        if name.endswith("/b"):
            raise Transient.at(name, "the store went away")
        real(name, *rest, consume=consume)  # type: ignore[arg-type]

    monkeypatch.setattr(artefacts.objects, "put", put)
    with pytest.raises(Transient):
        artefacts.publish(folder, key, "picture")
    assert artefacts.find(key, "picture") is None
    monkeypatch.undo()
    with pytest.raises(Internal, match="in part"):
        artefacts.publish(folder, key, "picture")


def test_forget_and_keys(artefacts: ArtefactStore, made: Make) -> None:
    keys = sorted(hashlib.sha256(bytes([i])).hexdigest() for i in range(5))
    for key in keys:
        artefacts.publish(made(a=b"1", b=b"22"), key, "picture")
    artefacts.publish(made(a=b"3" * 1000), keys[0], "picture")
    kept = list(artefacts.keys("picture"))
    assert [each.key for each in kept] == keys
    assert kept[0].bytes > kept[1].bytes == kept[2].bytes > 3  # the first holds the files of both its publications
    assert all(abs(each.modified - time.time()) < 60 for each in kept)
    assert list(artefacts.keys("sound")) == []
    for key in keys:
        artefacts.forget(key, "picture")
        artefacts.forget(key, "picture")
        assert artefacts.find(key, "picture") is None
    assert list(artefacts.objects.list("")) == []
