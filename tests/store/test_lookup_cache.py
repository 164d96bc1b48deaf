"""What a store need not be asked twice."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from reel.artefact import Artefact
from reel.errors import Damaged
from reel.store import ArtefactStore, ObjectStat
from reel.store.lookup_cache import LookupCache
from tests.store.conftest import FarObjects

Make = Callable[..., Path]
KEYS = [f"{number:064x}" for number in range(4)]


class Counted(FarObjects):
    """Far objects that count what they are asked."""

    asked = 0

    def get(self, name: str, to: Path) -> None:
        self.asked += 1
        super().get(name, to)

    def stat(self, name: str) -> ObjectStat | None:
        self.asked += 1
        return super().stat(name)


@pytest.fixture
def far(tmp_path: Path) -> Counted:
    return Counted(tmp_path / "far")


def store(far: Counted, cache: Path, remember_seconds: float = 60.0) -> ArtefactStore:
    """The store as one process sees it."""
    return ArtefactStore(far, cache, remember_seconds=remember_seconds)


def asked(far: Counted, store: ArtefactStore, key: str) -> int:
    """How many calls it takes to find a key."""
    before = far.asked
    store.find(key, "picture")
    return far.asked - before


def test_what_was_found_or_published_is_not_asked_for_again(far: Counted, made: Make, tmp_path: Path) -> None:
    here, there = store(far, tmp_path / "here"), store(far, tmp_path / "there")
    artefact = here.publish(made(a=b"1", b=b"2"), KEYS[0], "picture")
    assert asked(far, here, KEYS[0]) == 0
    assert asked(far, there, KEYS[0]) > 0
    assert asked(far, there, KEYS[0]) == 0
    assert there.find(KEYS[0], "picture") == artefact
    assert there.find(KEYS[0], "join") is None


def test_what_is_missing_is_asked_for_each_time(far: Counted, made: Make, tmp_path: Path) -> None:
    here, there = store(far, tmp_path / "here"), store(far, tmp_path / "there")
    assert here.find(KEYS[0], "picture") is None
    there.publish(made(a=b"1"), KEYS[0], "picture")
    assert here.find(KEYS[0], "picture"), "another process has made it meanwhile"


def test_a_store_remembers_nothing_unless_told_to(far: Counted, made: Make, tmp_path: Path) -> None:
    here = store(far, tmp_path / "here", remember_seconds=0)
    here.publish(made(a=b"1"), KEYS[0], "picture")
    assert asked(far, here, KEYS[0]) == asked(far, here, KEYS[0]) > 0


def test_what_turns_out_to_be_gone_puts_all_in_doubt(far: Counted, made: Make, tmp_path: Path) -> None:
    here = store(far, tmp_path / "here")
    lost, other = (here.publish(made(a=key.encode()), key, "picture") for key in KEYS[:2])
    shutil.rmtree(far.root)
    shutil.rmtree(here.cache_folder)
    assert here.find(lost.key, "picture") == lost
    with pytest.raises(Damaged):
        here.open(lost, "a")
    assert here.find(lost.key, "picture") is None
    assert here.find(other.key, "picture") is None


def test_what_is_forgotten_is_gone(far: Counted, made: Make, tmp_path: Path) -> None:
    here = store(far, tmp_path / "here")
    here.publish(made(a=b"1"), KEYS[0], "picture")
    here.forget(KEYS[0], "picture")
    assert here.find(KEYS[0], "picture") is None


def test_memory_is_bounded_and_ages() -> None:
    now = [100.0]
    known = LookupCache(seconds=10, most=2, clock=lambda: now[0])
    artefacts = [Artefact(key=key, operation="picture", files=()) for key in KEYS]
    for artefact in artefacts[:2]:
        known.remember(artefact)
    known.remember(artefacts[0])  # again: the other one is the oldest now
    known.remember(artefacts[2])
    assert [known.recall(key, "picture") for key in KEYS] == [artefacts[0], None, artefacts[2], None]
    now[0] += 10
    assert [known.recall(key, "picture") for key in KEYS] == [None] * 4
