"""Copying between stores that can do no better: by way of a file of this machine."""

from __future__ import annotations

import hashlib
from pathlib import Path

from reel.store.objects import NoSuchObject, ObjectStore
from reel.store.scratch import workspace


def copy_through_file(
    source: ObjectStore, name_there: str, target: ObjectStore, name: str, sha256: str, scratch: Path
) -> None:
    """Put the object `name_there` of one store into another under `name`; what is on the way lies in `scratch`.

    Errors: those of `get` and `put`; `NoSuchObject` where the bytes are not those of `sha256`.
    """
    if path := source.local_path(name_there):
        target.put(name, path, sha256)
        return
    with workspace(scratch) as folder:
        path = folder / "object"
        source.get(name_there, path)
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != sha256:
            raise NoSuchObject.at(name_there, f"its bytes have the SHA-256 {found}, not {sha256}")
        target.put(name, path, sha256, consume=True)
