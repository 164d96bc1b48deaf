"""Artefacts while processes race and die: at every moment whole or not there."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from reel.artefact import Artefact
from reel.errors import Transient
from reel.store import ArtefactStore, LocalObjects, sweep
from tests.waiting import wait_for

PUBLISH = """
import sys
from pathlib import Path
from reel.store import ArtefactStore, LocalObjects, workspace
root, key, mark, turns = Path(sys.argv[1]), sys.argv[2], sys.argv[3].encode(), int(sys.argv[4])
store = ArtefactStore(LocalObjects(root / "objects"), root / "cache")
print("ready", flush=True)
for turn in range(turns):
    with workspace(root / "scratch") as folder:
        for name in "abc":
            (folder / name).write_bytes(b"%s %d " % (mark, turn % 3) * 20_000)
        store.publish(folder, key, "picture", {"mark": f"{sys.argv[3]} {turn % 3}"})
"""


def publisher(root: Path, key: str, mark: str, turns: int) -> subprocess.Popen[bytes]:
    child = subprocess.Popen([sys.executable, "-c", PUBLISH, str(root), key, mark, str(turns)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    return child


def store_in(root: Path) -> ArtefactStore:
    return ArtefactStore(LocalObjects(root / "objects"), root / "cache")


def assert_whole(store: ArtefactStore, artefact: Artefact) -> None:
    contents = {store.open(artefact, name).read_bytes() for name in "abc"}
    assert contents == {f"{artefact.measured['mark']} ".encode() * 20_000}


def test_killed_while_publishing(tmp_path: Path, key: str) -> None:
    chance = random.Random(1)
    found = []

    def kill_one(turn: int) -> None:
        root = tmp_path / str(turn)
        child = publisher(root, key, "m", 1000)
        if turn == 0:  # one that has published at least once
            wait_for(lambda: store_in(root).find(key, "picture"), "the first")
        time.sleep(chance.uniform(0, 0.06))
        child.kill()
        child.communicate()
        artefact = store_in(root).find(key, "picture")
        found.append(artefact is not None)
        if artefact:
            assert_whole(store_in(root), artefact)
        sweep(root / "scratch")
        LocalObjects(root / "objects").sweep()
        assert list((root / "scratch").glob("*")) == []

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(kill_one, range(20)))
    assert len(found) == 20
    assert any(found), "every child was killed before it had published anything"


def test_two_processes_publish_one_key_under_a_reader(tmp_path: Path, key: str) -> None:
    children = [publisher(tmp_path, key, mark, 60) for mark in ("one", "two")]
    store = store_in(tmp_path)
    marks = set()
    while any(child.poll() is None for child in children):
        if artefact := store.find(key, "picture"):
            assert_whole(store, artefact)
            marks.add(artefact.measured["mark"])
        else:
            assert not marks, "once there, it is always there"
    for child in children:
        child.communicate()
        assert child.returncode == 0
    assert len(marks) > 1


def test_forgetting_under_a_publisher_and_a_reader(tmp_path: Path, key: str) -> None:
    child = publisher(tmp_path, key, "one", 60)
    store = store_in(tmp_path)
    while child.poll() is None:
        if artefact := store.find(key, "picture"):
            # Forgotten between finding and reading: the step is made again.
            with suppress(Transient, FileNotFoundError):
                assert_whole(store, artefact)
            store.forget(key, "picture")
    child.communicate()
    assert child.returncode == 0


def test_threads_publish_one_key(artefacts: ArtefactStore, tmp_path: Path, key: str) -> None:
    def publish(i: int) -> None:
        for turn in range(5):
            folder = tmp_path / f"made-{i}-{turn}"
            folder.mkdir()
            for name in "abc":
                (folder / name).write_bytes(f"{i} ".encode() * 20_000)
            artefacts.publish(folder, key, "picture", {"mark": str(i)})
            artefact = artefacts.find(key, "picture")
            assert artefact is not None
            assert_whole(artefacts, artefact)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(publish, range(6)))
