"""Outputs of a generation into an archive and back: in a stand-in for AWS, in a real server without archives, in a folder."""

from __future__ import annotations

import hashlib
import os
import uuid
from pathlib import Path

import pytest

from reel.buckets import Archived, Bucket
from reel.catalogue import Catalogue, Generation, NewGeneration
from reel.control.archiving import archive, delivered, holdings, restore, restore_days
from reel.errors import InvalidRequest, Resource
from reel.settings import Settings
from reel.store import LocalObjects, ObjectStore
from reel.store.s3 import S3Objects
from reel.store.tiers import SMALLEST_TIERED_BYTES
from tests.moto import MotoServer
from tests.store.conftest import moto, server

__all__ = ["moto", "server"]

LARGE = os.urandom(SMALLEST_TIERED_BYTES)
NAMES = ("poster.jpg", "report.html", "short.mp4", "variant-001.mp4")


@pytest.fixture
def generation(catalogue: Catalogue) -> Generation:
    with catalogue.tenant("acme") as records:
        made, _ = records.add(NewGeneration(kind="mixer", request={"kind": "mixer"}))
        for status in ("fetching", "rendering", "saving", "done"):
            records.move(made.id, status)
    return delivered(catalogue, made.id)


def published(outputs: ObjectStore, generation: Generation, tmp_path: Path) -> None:
    for name in NAMES:
        content = LARGE[:1000] if name == "short.mp4" else LARGE
        (tmp_path / "file").write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        outputs.put(f"acme/{generation.id}/{name}", tmp_path / "file", sha256)
        outputs.put(f"acme/{generation.id}2/{name}", tmp_path / "file", sha256)  # a neighbour's


def test_what_takes_room_goes_and_comes_back(moto: MotoServer, generation: Generation, tmp_path: Path) -> None:
    moto.restores_after(3)
    outputs = S3Objects(Bucket("reel", moto.endpoint), f"{uuid.uuid4().hex}/")
    published(outputs, generation, tmp_path)
    archived = archive(outputs, generation, "DEEP_ARCHIVE")
    assert [(each.name, each.tier, each.availability) for each in archived.outputs] == [
        ("poster.jpg", "", "ready"),
        ("report.html", "", "ready"),
        ("short.mp4", "", "ready"),  # small ones cost more there
        ("variant-001.mp4", "DEEP_ARCHIVE", "archived"),
    ]
    assert archived.status == "archived"
    video = f"acme/{generation.id}/variant-001.mp4"
    with pytest.raises(Archived, match="reel storage restore"):
        outputs.get(video, tmp_path / "to")
    assert archive(outputs, generation, "DEEP_ARCHIVE") == archived
    seen = [restore(outputs, generation, days=2).status]
    while seen[-1] == "restoring" and len(seen) < 20:
        seen.append(restore(outputs, generation, days=2).status)
    assert (seen[0], seen[-1]) == ("restoring", "restored")
    outputs.get(video, tmp_path / "to")
    assert (tmp_path / "to").read_bytes() == LARGE
    assert {stat.tier for stat in outputs.list(f"acme/{generation.id}2/")} == {""}


def test_a_class_that_can_be_read_at_once_needs_no_restoring(
    moto: MotoServer, generation: Generation, tmp_path: Path
) -> None:
    outputs = S3Objects(Bucket("reel", moto.endpoint), f"{uuid.uuid4().hex}/")
    published(outputs, generation, tmp_path)
    assert archive(outputs, generation, "GLACIER_IR").status == "ready"
    assert restore(outputs, generation, days=1).status == "ready"


def test_a_server_or_a_folder_without_archives_says_so(server: object, generation: Generation, tmp_path: Path) -> None:
    far = S3Objects(Bucket("reel", server.endpoint), f"{uuid.uuid4().hex}/")  # type: ignore[attr-defined]
    for outputs, error in ((far, Resource), (LocalObjects(tmp_path / "outputs"), InvalidRequest)):
        published(outputs, generation, tmp_path)
        before = holdings(outputs, generation)
        with pytest.raises(error, match="REEL_"):
            archive(outputs, generation, "GLACIER")
        assert holdings(outputs, generation) == before
        assert restore(outputs, generation, days=1).status == "ready"


def test_what_is_not_done_is_not_moved(catalogue: Catalogue) -> None:
    with catalogue.tenant("acme") as records:
        made, _ = records.add(NewGeneration(kind="mixer", request={"kind": "mixer"}))
    with pytest.raises(InvalidRequest, match="is queued"):
        delivered(catalogue, made.id)
    with pytest.raises(InvalidRequest, match="nobody"):
        delivered(catalogue, "nobody")


def test_somebody_has_to_say_for_how_long() -> None:
    assert restore_days(Settings(restore_days=7)) == 7
    assert restore_days(Settings(restore_days=7), 2) == 2
    with pytest.raises(InvalidRequest, match="REEL_RESTORE_DAYS"):
        restore_days(Settings())
