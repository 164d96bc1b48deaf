"""Artefacts as a janitor sees them: all keys, one key, and what makes a key young again; in every kind of store."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from reel.store import ArtefactStore
from reel.store import artefacts as module
from reel.store.layout import kept_keys
from reel.store.objects import ObjectStat

A, B = "a" * 64, "b" * 64


def test_all_keys_and_one(artefacts: ArtefactStore, made: Callable[..., Path]) -> None:
    for key, operation in ((A, "picture"), (B, "asset"), (A, "join")):
        artefacts.publish(made(a=b"1"), key, operation)
    kept = list(artefacts.keys())
    assert [(each.operation, each.key) for each in kept] == [("asset", B), ("join", A), ("picture", A)]
    assert list(artefacts.keys("join")) == [kept[1]] == [artefacts.kept(A, "join")]
    assert artefacts.kept(B, "join") is None


def test_what_is_touched_is_young_and_the_same(
    artefacts: ArtefactStore, elsewhere: ArtefactStore, made: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    published = artefacts.publish(made(a=b"1"), A, "picture")
    put: list[str] = []
    real = elsewhere.objects.put

    def noting(name: str, path: Path, sha256: str, *, consume: bool = False) -> None:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256
        put.append(name)
        real(name, path, sha256, consume=consume)

    monkeypatch.setattr(elsewhere.objects, "put", noting)
    elsewhere.touch(A, "picture")
    assert put == [], "it is an hour old at most"
    monkeypatch.setattr(module, "YOUNG_SECONDS", -60.0)
    elsewhere.touch(A, "picture")
    elsewhere.touch(B, "picture")
    assert put == [f"artefacts/picture/aa/{A}/manifest.json"]
    assert elsewhere.find(A, "picture") == published
    assert artefacts.open(published, "a").read_bytes() == b"1"


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        ([], []),
        ([f"artefacts/join/aa/{A}/manifest.json", f"artefacts/join/aa/{A}/x/a"], [("join", A, 2)]),
        ([f"artefacts/join/aa/{A}/x/a", f"artefacts/join/bb/{B}/x/a"], [("join", A, 1), ("join", B, 1)]),
        ([f"artefacts/join/aa/{A}"], []),
        (["artefacts/a", "artefacts/join/aa/short/manifest.json", f"artefacts/Join/aa/{A}/a", "artefacts"], []),
    ],
)
def test_keys_are_read_from_names(names: list[str], kept: list[tuple[str, str, int]]) -> None:
    found = kept_keys(ObjectStat(name, 1, 5.0) for name in names)
    assert [(each.operation, each.key, each.bytes) for each in found] == kept
