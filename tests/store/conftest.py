"""Stores to test against. A new implementation of `ObjectStore` joins by one line in `IMPLEMENTATIONS`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from reel.store import ArtefactStore, LocalObjects, ObjectStore


class FarObjects(LocalObjects):
    """Objects that cannot be read in place, as those of a bucket."""

    def local_path(self, name: str) -> Path | None:
        super().local_path(name)
        return None


IMPLEMENTATIONS: dict[str, Callable[[Path], ObjectStore]] = {"local": LocalObjects, "far": FarObjects}


@pytest.fixture(params=IMPLEMENTATIONS)
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    return IMPLEMENTATIONS[request.param](tmp_path / "objects")


@pytest.fixture
def artefacts(objects: ObjectStore, tmp_path: Path) -> ArtefactStore:
    return ArtefactStore(objects, tmp_path / "cache")


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Path]:
    """Makes a folder with the given files, as a step does."""
    count = iter(range(10_000))

    def make(**files: bytes) -> Path:
        folder = tmp_path / f"made-{next(count)}"
        for name, content in files.items():
            path = folder / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return folder

    return make


@pytest.fixture
def key() -> str:
    return hashlib.sha256(b"a step").hexdigest()
