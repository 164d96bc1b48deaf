"""Generations that are done, with files as outputs, for tests of what is done with them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from reel.catalogue import Catalogue, NewGeneration, NewOutputRecord, NewUsageRecord
from reel.store import ObjectStore


def put(outputs: ObjectStore, scratch: Path, name: str, content: bytes) -> str:
    """Put an object; where it is."""
    path = scratch / "put"
    path.write_bytes(content)
    outputs.put(name, path, hashlib.sha256(content).hexdigest())
    return outputs.where(name)


def delivered(
    catalogue: Catalogue,
    outputs: ObjectStore,
    scratch: Path,
    files: dict[str, bytes],
    *,
    tenant: str = "acme",
    upto: str = "done",
    once: bool = False,
) -> str:
    """A generation that has come so far, with its files where they belong; its id."""
    with catalogue.tenant(tenant) as records:
        new = NewGeneration(kind="mixer", request={}, delete_after_download=once)
        id_ = records.add(new)[0].id
        for status in ("fetching", "rendering", "saving"):
            records.move(id_, status)
        made = [
            NewOutputRecord(
                name=name,
                location=put(outputs, scratch, f"{tenant}/{id_}/{name}", content),
                bytes=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
            )
            for name, content in files.items()
        ]
        records.delivered(id_, made, NewUsageRecord(), {}, 1.0)
        if upto == "done":
            records.move(id_, "done")
    return id_
